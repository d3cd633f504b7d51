/// A line to be sung: the symbols of its words, and the notes of each syllable.
public struct SungLine: Sendable, Hashable {
  /// As the network takes them: pad, syllables with a space before each word but the first, full stop, pad.
  public let tokens: [Token]
  /// The notes of each syllable, in seconds from the start of the phrase; several make a melisma.
  public let syllables: [[SungNote]]

  /// How long before the first note a phrase starts: its first consonants need the time.
  public static let leadInSeconds = 0.5
  /// How long a phrase goes on after the last note.
  public static let tailSeconds = 0.5
  /// Longest line; the network's symbols end earlier (510).
  public static let maximumSeconds = 60.0

  /// - Throws: `SingerError.badLine` where notes and syllables don't fit, notes overlap or aren't in order, or times and
  ///   pitches are out of range.
  public init(tokens: [Token], syllables: [[SungNote]]) throws {
    self.tokens = tokens
    self.syllables = syllables
    guard tokens.count >= 3, tokens.first?.role == .pad, tokens.last?.role == .pad,
      tokens[tokens.count - 2].role == .end
    else { throw SingerError.badLine("the tokens are not pad, syllables, full stop, pad") }
    var number = -1
    for token in tokens[1..<tokens.count - 2] {
      guard let syllable = token.syllable, syllable == number || syllable == number + 1, token.role != .pad, token.role != .end
      else { throw SingerError.badLine("the tokens of a syllable don't lie together") }
      number = syllable
    }
    guard !syllables.isEmpty, number + 1 == syllables.count else {
      throw SingerError.badLine("\(number + 1) syllables have the notes of \(syllables.count)")
    }
    var end = 0.0
    for notes in syllables {
      guard !notes.isEmpty else { throw SingerError.badLine("a syllable has no note") }
      for note in notes {
        guard note.startSeconds >= end - 1e-6, note.endSeconds > note.startSeconds, note.endSeconds <= Self.maximumSeconds else {
          throw SingerError.badLine(
            "a note from \(note.startSeconds) to \(note.endSeconds) s; notes follow each other and end within \(Int(Self.maximumSeconds)) s")
        }
        guard (0...127).contains(note.pitch) else {
          throw SingerError.badLine("pitch \(note.pitch) is not a MIDI number 0...127")
        }
        end = note.endSeconds
      }
    }
  }

  /// All notes in order.
  public var notes: [SungNote] { syllables.flatMap { $0 } }
  /// Where the first syllable starts.
  public var startSeconds: Double { syllables.first?.first?.startSeconds ?? 0 }
  /// Where the last syllable ends.
  public var endSeconds: Double { syllables.last?.last?.endSeconds ?? 0 }
  /// The phrase with its tail.
  public var durationSeconds: Double { endSeconds + Self.tailSeconds }

  /// The median of the notes' pitches; the mean of the middle two where their number is even.
  public var medianPitch: Double {
    let sorted = notes.map(\.pitch).sorted()
    guard !sorted.isEmpty else { return 60 }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  /// The same words on notes so many semitones higher and so many seconds later.
  /// - Throws: `SingerError.badLine` where they leave the range.
  public func moved(semitones: Double = 0, seconds: Double = 0) throws -> SungLine {
    try SungLine(
      tokens: tokens,
      syllables: syllables.map { notes in
        notes.map {
          SungNote(
            startSeconds: $0.startSeconds + seconds, endSeconds: $0.endSeconds + seconds, pitch: $0.pitch + semitones)
        }
      })
  }
}

/// Why a line could not be sung.
public enum SingerError: Error, Hashable, CustomStringConvertible {
  case badLine(String)
  /// What the voice network said doesn't belong to the line.
  case badNaturalSpeech(String)
  /// The draft voice said something else than the line.
  case unspeakable(String)

  public var description: String {
    switch self {
    case .badLine(let reason): "This line can't be sung: \(reason)."
    case .badNaturalSpeech(let reason): "The voice network's natural speech doesn't fit the line: \(reason)."
    case .unspeakable(let reason): "espeak-ng doesn't speak this line: \(reason)."
    }
  }
}

/// A line as the voice network would speak it: what the sung line is made from (`singer.md` 2.6).
public struct NaturalSpeech: Sendable, Hashable {
  /// Frames of 25 ms for each token, at least 1.
  public let frames: [Int]
  /// Hertz, two values a frame; small or negative where unvoiced.
  public let pitch: [Float]
  /// Two values a frame.
  public let energy: [Float]

  /// - Throws: `SingerError.badNaturalSpeech` where the lengths don't fit each other.
  public init(frames: [Int], pitch: [Float], energy: [Float]) throws {
    guard frames.allSatisfy({ (1...1_000).contains($0) }) else {
      throw SingerError.badNaturalSpeech("a token has less than 1 frame or more than 1,000")
    }
    let total = 2 * frames.reduce(0, +)
    guard pitch.count == total, energy.count == total else {
      throw SingerError.badNaturalSpeech("\(total) half-frames, \(pitch.count) pitches, \(energy.count) energies")
    }
    self.frames = frames
    self.pitch = pitch
    self.energy = energy
  }
}
