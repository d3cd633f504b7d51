public import Music

/// What the composer is asked for. What is left nil is read from the caption, then chosen to fit the style.
public struct CompositionBrief: Sendable, Hashable {
  /// What comes out: a piece with a beginning and an end, whole bars that repeat without a seam, or a single
  /// sound or phrase.
  public enum Form: String, Sendable, Hashable, CaseIterable, Codable {
    case song, loop, oneShot
  }

  public var caption: String
  /// With structure tags such as `[Verse 1]`; nil or blank for none.
  public var lyrics: String?
  /// Whether to write lyrics where none are given and the caption doesn't rule out singing.
  public var writesLyrics: Bool
  public var instrumental: Bool
  /// A preset's name (`api.md` 13.1), any case; nil or "Custom" takes the style from the caption.
  public var preset: String?
  /// Felt beats a minute, 30...300.
  public var bpm: Double?
  public var key: Key?
  public var meter: Meter?
  /// 1...600.
  public var durationSeconds: Double?
  /// ISO 639-1.
  public var language: String?
  /// Who sings; nil takes the voice that the caption names, or one that suits the style.
  public var voice: VoiceKind?
  /// How the words are given.
  public var delivery: Instrument.Delivery
  public var form: Form
  /// Whether only the voices will be heard: no section without words is planned, but a bar to breathe in.
  public var isVoiceOnly: Bool
  public var title: String?
  /// Decides what the brief leaves open in the plan.
  public var seed: UInt64

  public init(
    caption: String, lyrics: String? = nil, writesLyrics: Bool = false, instrumental: Bool = false, preset: String? = nil,
    bpm: Double? = nil, key: Key? = nil, meter: Meter? = nil, durationSeconds: Double? = nil,
    language: String? = nil, voice: VoiceKind? = nil, delivery: Instrument.Delivery = .sung, form: Form = .song,
    isVoiceOnly: Bool = false, title: String? = nil, seed: UInt64 = 0
  ) {
    self.caption = caption
    self.lyrics = lyrics
    self.writesLyrics = writesLyrics
    self.instrumental = instrumental
    self.preset = preset
    self.bpm = bpm
    self.key = key
    self.meter = meter
    self.durationSeconds = durationSeconds
    self.language = language
    self.voice = voice
    self.delivery = delivery
    self.form = form
    self.isVoiceOnly = isVoiceOnly
    self.title = title
    self.seed = seed
  }
}

/// Why the composer can't do its work, in words its user can act on.
public enum ComposerError: Error, Hashable, CustomStringConvertible {
  case missingResource(String)
  case badResource(name: String, reason: String)
  case unknownPreset(String, known: [String])
  case outOfRange(name: String, value: Double, range: ClosedRange<Double>)

  public var description: String {
    switch self {
    case .missingResource(let name):
      "The composer's data “\(name)” is not beside the program. Run the program from its build folder, or install its resource bundle with it."
    case .badResource(let name, let reason):
      "The composer's data file \(name) can't be used: \(reason)"
    case .unknownPreset(let name, let known):
      "There is no preset “\(name)”. Known are \(known.joined(separator: ", "))."
    case .outOfRange(let name, let value, let range):
      "\(name) is \(value); it must be from \(range.lowerBound) to \(range.upperBound)."
    }
  }
}
