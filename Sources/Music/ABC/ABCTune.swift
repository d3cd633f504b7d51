/// An ABC tune as it was read: its header, and for each voice the bars as written, repeats not yet played out.
///
/// Lengths are counted in units of 1/2520 tick, so that tuplets up to ten are exact.
struct ABCTune: Hashable {
  static let unitsPerTick = 2520
  static let unitsPerWhole = Score.ticksPerQuarter * 4 * unitsPerTick

  struct Place: Hashable {
    var line: Int
    var column: Int
  }

  /// One note head.
  struct Head: Hashable {
    /// As written, before a kit's `drummap`.
    var midi: Int
    /// Letter and octave as one number, by which ties find their note.
    var step: Int
    /// Whether it has an accidental of its own.
    var isExplicit: Bool
    var isTied: Bool
  }

  /// A note, chord or rest.
  struct Event: Hashable {
    var offset: Int
    var length: Int
    var notes: [Head]
    var velocity: Int?
    /// One for each `w:` line under it: its text, nil for none; "-" holds the one before.
    var syllables: [String?] = []
  }

  /// Something at a place in a bar: a chord symbol, a tempo, a section's label, a key.
  enum Mark: Hashable {
    case chord(String)
    case tempo(Double)
    case section(String)
    case key(Key)
  }

  struct Bar: Hashable {
    var place: Place
    var length = 0
    var events: [Event] = []
    var marks: [Int: [Mark]] = [:]
    var startsRepeat = false
    /// How often the repeat that ends here is played beyond the first time.
    var repeats = 0
    /// The numbers of the ending this bar is in; empty for none.
    var endings: Set<Int> = []
    /// Whether a double bar line closes it: there a bar need not be full.
    var isClosed = false
    /// Bars of rest that stand in for this one (`Z8`).
    var restBars = 1
  }

  struct Voice: Hashable {
    var id: String
    var name: String?
    var clef = "treble"
    var channel: Int?
    var program: Int?
    /// Written pitch to General MIDI key.
    var drumMap: [Int: Int] = [:]
    /// Of our own writing.
    var partID: String?
    var role: Part.Role?
    var instrument: Instrument?
    var bars: [Bar] = []
  }

  var title = ""
  var key = Key(tonic: PitchClass(rawValue: 0), mode: .major)
  /// As written; nil for free metre.
  var meter: Meter? = .fourFour
  var quartersPerMinute: Double?
  var voices: [Voice] = []
  /// The embedded score, if any.
  var scoreJSON = ""
}
