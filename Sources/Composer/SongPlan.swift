public import Music

/// What was understood and decided before a note is written: the "asked / used" table of a song.
public struct SongPlan: Sendable, Hashable, Codable {
  /// How the pulse is felt against the written beat.
  public enum Feel: String, Sendable, Hashable, Codable {
    case normal, halfTime, doubleTime
  }

  public var title: String
  public var form: CompositionBrief.Form
  /// The preset: "Jazz".
  public var genre: String
  /// The style file used: "Bossa Nova", or the preset's own name.
  public var style: String
  /// Mood words as understood, in canonical English: "dark", "dreamy".
  public var moods: [String]
  /// -1 (sad) ... 1 (happy).
  public var valence: Double
  /// -1 (calm) ... 1 (agitated).
  public var arousal: Double
  /// Instruments named in the caption, by canonical names: "piano".
  public var instrumentsAsked: [String]
  /// Instruments that the caption rules out.
  public var instrumentsExcluded: [String]
  /// Whether the caption asks for only the instruments that it names.
  public var onlyAskedInstruments: Bool
  /// Felt beats a minute: quarters, or dotted quarters in 6/8.
  public var bpm: Double
  public var key: Key
  public var meter: Meter
  public var feel: Feel
  public var sections: [PlannedSection]
  /// Length of the last bar, in which the final chord rings; 0 for loops.
  public var finalBarSeconds: Double
  public var durationSeconds: Double
  /// ISO 639-1 of the lyrics or the caption; nil when unknown.
  public var language: String?
  /// Whether a vocal part with syllables is written.
  public var usesVocal: Bool
  /// Who sings it; nil where nobody can, and the lead instrument plays it.
  public var singer: Instrument?
  /// What one-shots play.
  public var oneShot: OneShot?
  /// What could not be done as asked, in sentences for the user.
  public var notices: [String]
  /// What the caption says, whether or not the brief overrules it.
  public var understood: CaptionReading

  /// Bars of the music, the final bar included.
  public var totalBars: Int { sections.reduce(0) { $0 + $1.bars } + (form == .song ? 1 : 0) }
}

/// What a caption was understood to say, beside the moods and instruments of its plan; nil or empty where it says nothing.
public struct CaptionReading: Sendable, Hashable, Codable {
  /// Style names, the strongest first.
  public var genres: [String]
  public var bpm: Double?
  /// -2 (very slow) ... 2 (very fast).
  public var speed: Double?
  public var key: Key?
  /// A mode without a tonic: "in minor".
  public var isMinor: Bool?
  /// "3/4", also a metre that isn't written here: "5/4".
  public var meter: String?
  /// ISO 639-1.
  public var language: String?
  /// The kind of voice: "female".
  public var voice: String?
  /// "Instrumental", "no vocals".
  public var wantsNoVocals: Bool
}

/// One section of the form.
public struct PlannedSection: Sendable, Hashable, Codable {
  public var kind: Section.Kind
  public var label: String
  /// Bars as written.
  public var bars: Int
  /// 0...1.
  public var energy: Double
  /// Lyric lines sung in it.
  public var lines: [String]
  /// How many bars a lyric line takes; 0 without lyrics.
  public var barsPerLine: Int
  /// Semitones by which the section lies above the song's key.
  public var keyShift: Int

  public init(
    kind: Section.Kind, label: String, bars: Int, energy: Double, lines: [String] = [], barsPerLine: Int = 0,
    keyShift: Int = 0
  ) {
    self.kind = kind
    self.label = label
    self.bars = bars
    self.energy = energy
    self.lines = lines
    self.barsPerLine = barsPerLine
    self.keyShift = keyShift
  }

  /// Lets its words be given in another manner, which its label says; nil: as the rest of the song.
  mutating func setDelivery(_ delivery: Instrument.Delivery?) {
    guard delivery != Instrument.Delivery(sectionName: label) else { return }
    let number = label.split(separator: " ").last.flatMap { Int($0) }
    label = Energies.name(kind, delivery) + (number.map { " \($0)" } ?? "")
  }
}

/// What a one-shot sample is.
public enum OneShot: Sendable, Hashable, Codable {
  /// A single hit of a drum, by its General MIDI key.
  case drum(key: Int)
  case note
  case chord
  case phrase
}

/// A composed piece.
public struct Composition: Sendable, Hashable {
  public var score: Score
  public var lyricLines: [LyricLine]
  public var usesVocal: Bool
  /// What could not be done as asked, in sentences for the user.
  public var notices: [String]
}

/// A sung line and when it is sung.
public struct LyricLine: Sendable, Hashable, Codable {
  public var text: String
  public var startTick: Int
  public var endTick: Int
}
