public import JSON

/// The stems that are to come out of one recording (`api.md` 19.1). They share it out: no two have a sound in common.
public struct StemSelection: Sendable, Equatable {
  /// One of them.
  public struct Stem: Sendable, Hashable {
    /// As it was asked for: "vocals", "piano", "no_vocals".
    public let name: String
    public let track: StemTrack
    /// All but the track.
    public let isRest: Bool

    /// Nil for words that name no stem. "piano" is the keyboard track, "no_drums" all but the drums.
    public init?(named word: String) {
      let folded = word.lowercased().split { $0 == " " || $0 == "-" || $0 == "_" }.joined(separator: "_")
      if folded == "instrumental" || folded == "accompaniment" {
        (name, track, isRest) = ("instrumental", .vocals, true)
      } else if folded.hasPrefix("no_"), let left = StemTrack(named: String(folded.dropFirst(3))), left != .other, left != .instrumental {
        (name, track, isRest) = ("no_" + Self.name(left, asked: String(folded.dropFirst(3))), left, true)
      } else {
        guard let found = StemTrack(named: folded) else { return nil }
        (name, track, isRest) = (Self.name(found, asked: folded), found, false)
      }
    }

    private static func name(_ track: StemTrack, asked: String) -> String { track == .keyboard && asked == "piano" ? asked : track.rawValue }

    /// As shown to people.
    public var title: String {
      let words = name.replacing("_", with: " ")
      return isRest && name != "instrumental" ? "Without \(words.dropFirst(3))" : words.prefix(1).uppercased() + words.dropFirst()
    }

    /// Whether any recording can be asked for it; the others are tracks of a score, which only songs made here have.
    public var isOfAnyRecording: Bool { [.vocals, .drums, .bass, .other].contains(track) }

    /// Why its notes can't be written down from what is heard, in a sentence; nil where they can.
    /// - Parameter isGiven: it is there as a sound of its own, and needn't be told from a mix.
    public func refusalOfNotes(isGiven: Bool) -> String? {
      if isRest { return "\(title): the notes of several stems at once are not written down." }
      switch track {
      case .drums, .percussion, .fx: return "\(title): there are no pitches to write down."
      case .other: return "Other: what voice, drums and bass leave is written down as piano."
      case .vocals, .bass, .keyboard: return nil
      default: return isGiven ? nil : "\(title) can't be told from the other instruments of a finished recording."
      }
    }
  }

  /// In the order asked; none for each part of a song's score by itself.
  public let stems: [Stem]
  /// Whether stems in which nothing plays are left out, for the number of stems is a ceiling.
  public let leavesOutSilent: Bool

  /// Every part of a score, as it is written.
  public static let everyPart = StemSelection(stems: [], leavesOutSilent: true)
  /// All that can be told from a finished recording.
  public static let ofAnyRecording = StemSelection(
    stems: ["vocals", "drums", "bass", "other"].compactMap { Stem(named: $0) }, leavesOutSilent: false)
  /// How many stems a song is split into at most.
  public static let maximum = 16

  private init(stems: [Stem], leavesOutSilent: Bool) {
    self.stems = stems
    self.leavesOutSilent = leavesOutSilent
  }

  /// - Throws: the end of a sentence about what was given: "names no stem: …", "can't have … beside …".
  public init(named words: [String], leavesOutSilent: Bool = false) throws(Refusal) {
    var stems: [Stem] = []
    for word in words {
      guard let stem = Stem(named: word) else { throw Refusal("has no stem \(word.prefix(40)); there are \(Self.words.joined(separator: ", "))") }
      if !stems.contains(where: { $0.name == stem.name }) { stems.append(stem) }
    }
    guard !stems.isEmpty else { throw Refusal("must name at least one of \(Self.words.joined(separator: ", "))") }
    guard stems.count <= Self.maximum else { throw Refusal("must name at most \(Self.maximum) stems") }
    for stem in stems where stem.isRest {
      if let other = stems.first(where: { $0 != stem && ($0.isRest || $0.track != stem.track) }) {
        throw Refusal("can't have \(stem.name) beside \(other.name): they share sounds")
      }
    }
    if let twice = stems.first(where: { stem in stems.contains { $0 != stem && $0.track == stem.track && $0.isRest == stem.isRest } }) {
      throw Refusal("names \(twice.track.rawValue) twice")
    }
    self.init(stems: stems, leavesOutSilent: leavesOutSilent)
  }

  /// Why there are no such stems.
  public struct Refusal: Error, Sendable, Equatable {
    /// The end of a sentence.
    public let words: String
    init(_ words: String) { self.words = words }
  }

  /// What can be asked for by name.
  public static let words = StemTrack.extractable.map { $0 == .keyboard ? "piano" : $0.rawValue } + ["other", "instrumental"]

  /// Which of the stems a track's sounds go to: its own, else the one it belongs to (backing vocals to vocals, percussion to drums),
  /// else what is left over. Nil for none.
  public func index(of track: StemTrack) -> Int? {
    let family: [StemTrack] = switch track {
    case .backingVocals: [.backingVocals, .vocals]
    case .percussion: [.percussion, .drums]
    default: [track]
    }
    if let own = family.lazy.compactMap({ member in stems.firstIndex { $0.track == member && !$0.isRest } }).first { return own }
    if let rest = stems.firstIndex(where: { $0.isRest && !family.contains($0.track) }) { return rest }
    let isPillar = [.vocals, .backingVocals, .drums, .percussion, .bass].contains(track)
    return isPillar ? nil : stems.firstIndex { $0.track == .other }
  }
}

/// The ways to split a recording (`api.md` 19.1).
public enum StemMode: String, Sendable, CaseIterable {
  case single, two, four, six, producer, studio, mastering
  /// Those that the request names.
  case custom

  /// What comes out, for the list of modes.
  public var description: String {
    switch self {
    case .single: "One stem by name"
    case .two: "Vocals and everything else"
    case .four: "Vocals, drums, bass and other"
    case .six: "Vocals, drums, bass, guitar, piano and other, of songs made here"
    case .producer: "Kick, snare and hi-hat apart: can't be made, for a drum kit is one part here"
    case .studio: "Up to twelve kinds of track, of songs made here"
    case .mastering: "Every part of the score by itself, of songs made here"
    case .custom: "The stems that are named"
    }
  }

  /// At most; nil where the request decides.
  public var stemCount: Int? {
    switch self {
    case .single: 1
    case .two: 2
    case .four: 4
    case .six: 6
    case .producer: 8
    case .studio: 12
    case .mastering: StemSelection.maximum
    case .custom: nil
    }
  }

  /// Why it can't be made at all; nil where it can.
  public var refusal: String? {
    self == .producer ? "can't be producer: a drum kit is one part here, so kick, snare and hi-hat can't be parted; studio gives the most" : nil
  }

  /// Whether songs made here alone have such stems.
  public var isOfOwnSongs: Bool { [.six, .studio, .mastering].contains(self) }

  /// The names of its stems; nil where the request has them. Of `mastering` there are none: it takes each part.
  public var names: [String]? {
    switch self {
    case .single, .custom: nil
    case .two: ["vocals", "no_vocals"]
    case .four: ["vocals", "drums", "bass", "other"]
    case .six: ["vocals", "drums", "bass", "guitar", "piano", "other"]
    case .studio: StemTrack.extractable.map { $0 == .keyboard ? "piano" : $0.rawValue }
    case .producer, .mastering: []
    }
  }
}

/// A list of words as clients send one (`api.md` 19.2): a JSON array, the text of one, a Python list, or words with commas between.
public enum WordList {
  /// - Returns: nil for a value that is none of these.
  public static func words(in value: JSON) -> [String]? {
    if let elements = value.array {
      let words = elements.compactMap(\.string)
      guard words.count == elements.count else { return nil }
      return words.map { $0.trimmingBlanks() }.filter { !$0.isEmpty }
    }
    guard let text = value.string?.trimmingBlanks() else { return nil }
    if text.hasPrefix("["), let array = (try? JSON(parsing: text))?.array { return words(in: .array(array)) }
    let inner = text.hasPrefix("[") && text.hasSuffix("]") || text.hasPrefix("(") && text.hasSuffix(")") ? String(text.dropFirst().dropLast()) : text
    return inner.split(separator: ",").map { word in
      let trimmed = String(word).trimmingBlanks()
      let quotes: [Character] = ["'", "\""]
      guard trimmed.count > 1, let first = trimmed.first, quotes.contains(first), trimmed.last == first else { return trimmed }
      return String(trimmed.dropFirst().dropLast()).trimmingBlanks()
    }.filter { !$0.isEmpty }
  }
}
