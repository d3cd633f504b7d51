public import Audio
public import Music
import Checkpoint
import Synchronization

/// Sings the voices of a score: words and notes to dry samples (`singer.md`).
///
/// With a voice pack the voice network sings where it can pronounce the language, espeak-ng's draft voice elsewhere; without
/// one the draft voice sings everything. The same part gives the same samples on any number of threads. Lines that were
/// sung lately are kept, so a chorus is sung once. Safe to use from several threads at once.
public final class ScoreSinger: Sendable {
  public let reader: LyricReader
  private let network: KokoroVoice?
  private let clock: SingingClock
  private let known = PhraseCache(bytes: 96 << 20)

  /// - Parameter pack: nil where none is installed.
  /// - Parameter clock: notes what singing costs.
  /// - Throws: `LyricReaderError`; `PackError` or `CheckpointError` where the pack can't be read.
  public init(pack: VoicePack?, clock: SingingClock = .off) throws {
    self.clock = clock
    reader = try LyricReader()
    network = try pack.map { try KokoroVoice($0, clock: clock) }
  }

  /// Whether a voice pack is there.
  public var hasNaturalVoice: Bool { network != nil }

  /// What a language is sung with here. An unknown one is read by its script.
  public func source(for language: String?) -> SingingLanguage.Source {
    let entry = language.flatMap { reader.languages[$0] }
    let source = entry?.source ?? (language == nil ? .neural : .none)
    return source == .neural && network == nil ? .draft : source
  }

  /// A vocal part as sung.
  public struct Performance: Sendable {
    /// Dry, 48 kHz; the same on both sides but where the voice doubles another.
    public var sound: StereoBuffer
    /// Words that nobody here can read; they are sung on "la".
    public var unread: [String]
    /// Lines that could not be sung; they are silent.
    public var unsung: [String]
  }

  /// Cuts one part of a score into the phrases that `sing` takes.
  /// - Parameter voice: who sings it, and how.
  /// - Throws: `EspeakError`.
  public func read(
    _ part: Part, as voice: VoiceKind, _ delivery: Instrument.Delivery, in score: Score
  ) throws -> VocalSheet {
    try VocalSheet(part, voice: voice, delivery: delivery, score: score, reader: reader)
  }

  /// Sings parts that were read: the phrases of all of them together, the longest first, so that no thread waits for a part.
  ///
  /// Where a part has the words and notes of an earlier one at the same time and in the same voice it doubles it: two more
  /// performances of that phrase, left and right.
  /// - Parameters:
  ///   - frames: the length of the recording.
  ///   - progress: told of the phrases done and their true number; what it throws ends the work and is thrown on.
  /// - Returns: a performance of each part.
  /// - Throws: what `progress` throws, and `AudioError`.
  public func sing(
    _ sheets: [VocalSheet], frames: Int, crew: Crew, progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> [Performance] {
    let usesNetwork = sheets.map { source(for: $0.language) == .neural }
    let casting = Casting(sheets)
    let pieces = casting.pieces.sorted {
      ($1.phrase.line.durationSeconds, $1.phrase.manner.seed) < ($0.phrase.line.durationSeconds, $0.phrase.manner.seed)
    }
    let sung = Mutex([Casting.Piece: [[Float]]]())
    let unsung = Mutex(sheets.map(\.unsung))
    try crew.run(pieces: pieces.count, steps: pieces.count, progress: progress) { [self] number, steps in
      let piece = pieces[number]
      do {
        let isDoubled = casting.doubled.contains(piece)
        let sounds = try known.sounds(of: piece.phrase, usesNetwork: usesNetwork[piece.sheet], isDoubled: isDoubled) {
          try render(piece.phrase, usesNetwork: usesNetwork[piece.sheet], isDoubled: isDoubled)
        }
        sung.withLock { $0[piece] = sounds }
      } catch is SingerError {
        // The song is worth more than the line.
        unsung.withLock { $0[piece.sheet].append(piece.phrase.speech) }
      } catch is EspeakError {
        unsung.withLock { $0[piece.sheet].append(piece.phrase.speech) }
      }
      try steps.advance()
    }
    let (sounds, silent) = (sung.withLock { $0 }, unsung.withLock { $0 })
    return sheets.enumerated().map { number, sheet in
      var (left, right) = ([Float](repeating: 0, count: frames), [Float]())
      func add(_ sound: [Float], at start: Double, to side: inout [Float]) {
        let first = Int((start * Double(PhraseRenderer.sampleRate)).rounded())
        for index in max(0, -first)..<max(0, -first, min(sound.count, frames - first)) { side[first + index] += sound[index] }
      }
      let cues = casting.cues[number]
      for cue in cues where !cue.isDouble { if let sound = sounds[cue.piece] { add(sound[0], at: cue.start, to: &left) } }
      right = left
      for cue in cues where cue.isDouble {
        guard let sound = sounds[cue.piece], sound.count == 3 else { continue }
        add(sound[1], at: cue.start, to: &left)
        add(sound[2], at: cue.start, to: &right)
      }
      return Performance(sound: StereoBuffer(left: left, right: right), unread: sheet.unread, unsung: silent[number].sorted())
    }
  }

  private func render(_ phrase: Phrase, usesNetwork: Bool, isDoubled: Bool) throws -> [[Float]] {
    let renderer = PhraseRenderer(clock: clock)
    if usesNetwork, let network {
      return try renderer.sing(phrase.line, phrase.manner, doubled: isDoubled, with: NetworkVoice(network, clock: clock))
    }
    return try renderer.sing(
      phrase.line, phrase.manner, doubled: isDoubled,
      with: DraftVoice(text: phrase.speech, espeakVoice: phrase.espeakVoice, clock: clock))
  }
}

/// A line and who sings it: all that its samples depend on.
struct Phrase: Hashable, Sendable {
  var line: SungLine
  var manner: PhraseRenderer.Part
  /// For the draft voice.
  var speech: String
  var espeakVoice: String
}

/// A part cut into phrases.
public struct VocalSheet: Sendable {
  /// Each phrase and when its time 0 is, in seconds of the song.
  private(set) var placed: [(phrase: Phrase, start: Double)] = []
  private(set) var unread: [String] = []
  private(set) var unsung: [String] = []
  let language: String?

  init(_ part: Part, voice: VoiceKind, delivery: Instrument.Delivery, score: Score, reader: LyricReader) throws {
    language = score.language
    let type = VoiceType.of(voice)
    let octaves = type.octaves(for: part.notes.filter { $0.syllable != nil }.map { Double($0.pitch.midi) })
    var end = -1.0
    for range in part.lyricLines {
      let notes = Array(part.notes[range])
      let times = Self.times(of: notes, in: score)
      let delivery = notes.first.flatMap { score.delivery(atTick: $0.startTick) } ?? delivery
      let read = try reader.line(notes, language: score.language)
      unread += read.unread
      unsung += read.unsung
      for setting in read.phrases {
        guard let first = setting.syllables.first?.notes.first, let last = setting.syllables.last?.notes.last else { continue }
        let start = times[first].lowerBound - SungLine.leadInSeconds
        let syllables = setting.syllables.map { syllable in
          syllable.notes.map { index in
            SungNote(
              startSeconds: Self.rounded(times[index].lowerBound - start),
              endSeconds: Self.rounded(times[index].upperBound - start), pitch: Double(notes[index].pitch.midi))
          }
        }
        let line: SungLine
        do { line = try SungLine(tokens: TrainedSounds.rewritten(setting.tokens, espeakVoice: setting.espeakVoice), syllables: syllables) } catch {
          unsung.append(setting.speech)
          continue
        }
        var manner = PhraseRenderer.Part(voice: type)
        manner.delivery = delivery
        manner.octaves = octaves
        manner.seed = Self.seed(line)
        manner.breathesIn = times[first].lowerBound - end > 0.4 && delivery == .sung
        let phrase = Phrase(line: line, manner: manner, speech: setting.speech, espeakVoice: setting.espeakVoice)
        placed.append((phrase, start))
        end = times[last].upperBound
      }
    }
  }

  /// Seconds of each note as played, in order and without overlap.
  private static func times(of notes: [Note], in score: Score) -> [Range<Double>] {
    var starts = notes.map { max(0, score.seconds(atTick: max(0, $0.startTick + $0.nudgeTicks))) }
    for index in starts.indices.dropFirst() { starts[index] = max(starts[index], starts[index - 1] + 0.03) }
    let first = starts.first ?? 0
    return notes.indices.map { index in
      let end = score.seconds(atTick: notes[index].startTick + notes[index].durationTicks)
      let limit = index + 1 < starts.count ? starts[index + 1] : first + SungLine.maximumSeconds - 2
      return starts[index]..<max(starts[index] + 0.03, min(end, limit))
    }
  }

  /// To the microsecond, so that a phrase that comes again is the same phrase.
  private static func rounded(_ seconds: Double) -> Double { (seconds * 1e6).rounded() / 1e6 }

  /// The chance in a phrase hangs on what it is, not on where it stands (FNV-1a).
  private static func seed(_ line: SungLine) -> UInt32 {
    var hash: UInt32 = 0x811C_9DC5
    func mix(_ value: Int) {
      for shift in stride(from: 0, to: 32, by: 8) {
        hash = (hash ^ UInt32(truncatingIfNeeded: value >> shift) & 0xFF) &* 0x0100_0193
      }
    }
    for token in line.tokens { mix(token.id) }
    for note in line.notes {
      mix(Int(note.pitch * 100))
      mix(Int(note.startSeconds * 1000))
    }
    return hash
  }
}

/// Phrases sung lately, so many bytes of them.
private final class PhraseCache: Sendable {
  private struct Key: Hashable {
    var phrase: Phrase
    var usesNetwork: Bool
    var isDoubled: Bool
  }
  private struct State {
    var samples: [Key: [[Float]]] = [:]
    var order: [Key] = []
    var bytes = 0
  }
  private let limit: Int
  private let state = Mutex(State())

  init(bytes: Int) { limit = bytes }

  func sounds(of phrase: Phrase, usesNetwork: Bool, isDoubled: Bool, make: () throws -> [[Float]]) rethrows -> [[Float]] {
    let key = Key(phrase: phrase, usesNetwork: usesNetwork, isDoubled: isDoubled)
    if let samples = state.withLock({ $0.samples[key] }) { return samples }
    let samples = try make()
    state.withLock { state in
      guard state.samples[key] == nil else { return }
      state.samples[key] = samples
      state.order.append(key)
      state.bytes += samples.reduce(0) { $0 + $1.count } * 4
      while state.bytes > limit, let oldest = state.order.first {
        state.order.removeFirst()
        state.bytes -= (state.samples.removeValue(forKey: oldest) ?? []).reduce(0) { $0 + $1.count } * 4
      }
    }
    return samples
  }
}
