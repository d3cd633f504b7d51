import Music

/// How one kind of music is made, as read from `Styles/NAME.json`. `Styles/README.md` explains each field to
/// the musician who writes one.
struct Style: Decodable, Sendable {
  struct Tempo: Decodable, Sendable {
    var min: Double
    var max: Double
    var usual: Double
  }
  struct Swing: Decodable, Sendable {
    /// Share of a pair that its first half takes: 0.5 is straight, 0.667 is triplets.
    var ratio: Double
    /// The note value that swings: 8 or 16.
    var unit: Int
  }
  struct Humanize: Decodable, Sendable {
    /// Standard deviation of the timing, milliseconds.
    var milliseconds: Double
    /// Standard deviation of the velocity.
    var velocity: Double
  }
  struct Progression: Decodable, Sendable, Hashable {
    var chords: String
    var weight: Double?
  }
  /// Other chords that may stand in for one, or lead into one.
  struct Substitution: Decodable, Sendable {
    /// A bar's chords.
    var chords: String
    /// The chord whose whole bar they take.
    var replaces: String?
    /// The chord before which they take half a bar.
    var before: String?
    var weight: Double?
  }
  /// The lift of the last chorus.
  struct Modulation: Decodable, Sendable {
    /// How likely a song has it.
    var chance: Double
    /// By how many semitones, to choose from.
    var semitones: [Int]
  }
  struct Form: Decodable, Sendable {
    /// From the shortest piece to the longest: letters for sections, capitals full length, small letters half.
    var ladder: [String]
    /// What longer pieces repeat, put in front of the last bridge or the last chorus.
    var cycle: String
    /// The form of a piece whose length was not asked for.
    var usual: String
    /// Lengths that a full section may have, in bars.
    var sectionBars: [Int]
  }

  var name: String
  /// The preset it belongs to.
  var preset: String
  var tempo: Tempo
  /// Metres by weight: `{"4/4": 1}`.
  var meters: [String: Double]
  /// Modes by weight: `{"major": 0.6, "minor": 0.4}`.
  var modes: [String: Double]
  /// Tonics that lie well under the hands.
  var tonics: [String]
  var swing: Swing
  var humanize: Humanize
  var form: Form
  /// By "major" or "minor", then by section kind or "any".
  var progressions: [String: [String: [Progression]]]
  /// What stands in front of a tonic at the end of a section, by "major" or "minor".
  var cadences: [String: [Progression]]
  /// By "major" or "minor".
  var substitutions: [String: [Substitution]]?
  var modulation: Modulation?
  var melody: MelodyStyle
  var drums: DrumStyle
  /// What hand percussion plays, by metre.
  var percussion: [String: [DrumStyle.Groove]]?
  var parts: [StylePart]
  /// Patterns that parts name, by metre.
  var patterns: [String: [String: [Pattern]]]
  /// Played into strong sections: "riser", "crash", "dropout".
  var transitions: [String]
  /// How songs end, by weight: "ring", "cold", "ritard" (`Ending.Kind`).
  var endings: [String: Double]?
}

/// What a melody of the style is like.
struct MelodyStyle: Decodable, Sendable {
  struct Rhythm: Decodable, Sendable {
    /// Bars separated by `|`; `x` starts a note, `-` holds it, `.` rests.
    var steps: String
    var weight: Double?
  }
  /// Lowest and highest key.
  var range: [Int]
  var rhythms: [String: [Rhythm]]
  /// Which phrases of a section repeat: "AABA", "ABAC".
  var phrasing: [String]
  /// 0 (steps only) ... 1 (wide leaps are fine).
  var leaps: Double
  /// Chance that a sung line anticipates a beat.
  var syncopation: Double
  /// Chance that a phrase has a pick-up; 0.35 where nothing is said.
  var pickups: Double?
  /// Pitches used besides the key's own: "blues" adds the flat third and fifth; "pentatonic" leaves two out.
  var colour: String?
}

/// Grooves and fills.
struct DrumStyle: Decodable, Sendable {
  struct Groove: Decodable, Sendable {
    var name: String?
    /// Lowest and highest section energy that it suits.
    var energy: [Double]
    var weight: Double?
    /// Step strings by drum; bars separated by `|`.
    var lanes: [String: String]
  }
  struct Fill: Decodable, Sendable {
    var energy: [Double]
    var weight: Double?
    /// As in a groove; `~` leaves the groove as it is.
    var lanes: [String: String]
  }
  var grooves: [String: [Groove]]
  var fills: [String: [Fill]]
  /// How freely a song's drummer changes a groove: 0 (as written) ... 1; 0.6 where nothing is said.
  var freedom: Double?
}

/// One instrument of the band.
struct StylePart: Decodable, Sendable {
  struct Choice: Decodable, Sendable {
    var instrument: String
    var name: String?
    var weight: Double?
    /// Where it lies, if elsewhere than the usual instrument.
    var range: [Int]?
  }
  var id: String
  var name: String
  var role: String
  /// "program 24", "kit 16", "synth supersaw".
  var instrument: String
  /// Other instruments that may play it in another song.
  var alternatives: [Choice]?
  /// Names by which a caption asks for it or rules it out: "guitar", "strings".
  var families: [String]?
  /// Plays where the section's energy lies between these.
  var energy: [Double]?
  /// Section kinds in which alone it plays.
  var only: [String]?
  /// How likely the song has it at all.
  var chance: Double?
  /// The name of a pattern, or several to choose from.
  var pattern: OneOrMany?
  /// How chords are laid out: "close", "open", "power", "guitar", "rootless", "strings", "single".
  var voicing: String?
  var range: [Int]?
  var pan: Double?
  var gain: Double?
  /// Share of a step that a note sounds; 1 is legato.
  var gate: Double?
  /// Milliseconds between the strings of a strum.
  var strum: Double?

  init(
    id: String, name: String, role: String, instrument: String, pattern: OneOrMany?, gate: Double?, strum: Double?
  ) {
    self.id = id
    self.name = name
    self.role = role
    self.instrument = instrument
    self.pattern = pattern
    self.gate = gate
    self.strum = strum
  }
}

/// A rhythm for bass or chords. `Pattern` reads either a plain step string or an object.
struct Pattern: Decodable, Sendable {
  var steps: String
  var energy: [Double]
  var weight: Double

  private enum CodingKeys: String, CodingKey {
    case steps, energy, weight
  }

  init(from decoder: any Decoder) throws {
    if let text = try? decoder.singleValueContainer().decode(String.self) {
      (steps, energy, weight) = (text, [0, 1], 1)
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    steps = try container.decode(String.self, forKey: .steps)
    energy = try container.decodeIfPresent([Double].self, forKey: .energy) ?? [0, 1]
    weight = try container.decodeIfPresent(Double.self, forKey: .weight) ?? 1
  }

  init(steps: String) { (self.steps, energy, weight) = (steps, [0, 1], 1) }
}

/// "name" or ["name", "other"].
struct OneOrMany: Decodable, Sendable {
  var values: [String]

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let one = try? container.decode(String.self) {
      values = [one]
    } else {
      values = try container.decode([String].self)
    }
  }
}

/// A step string cut into bars and steps.
struct StepBars: Sendable {
  let bars: [[Character]]

  init(_ text: String) {
    bars = text.split(separator: "|").map { bar in bar.filter { !$0.isWhitespace }.map { $0 } }
  }

  func bar(_ index: Int) -> [Character] {
    bars.isEmpty ? [] : bars[index % bars.count]
  }
}

extension [Double] {
  /// Whether `value` lies in the range that the first two numbers give.
  func spans(_ value: Double) -> Bool {
    count >= 2 && self[0] - 1e-9 <= value && value <= self[1] + 1e-9
  }
}
