public import Music

/// The generation tasks of `api.md` 6.4 that exist so far.
public enum MusicTask: String, Sendable, CaseIterable, Codable {
  case text2music, prompt2instrumental, text2samples, simple
  case retake, repaint, extend, edit

  /// Whether it starts from a finished song (`api.md` 10).
  public var editsSong: Bool { [.retake, .repaint, .extend, .edit].contains(self) }
}

/// What is done to a finished song (`api.md` 10).
public enum SongEdit: Sendable, Equatable {
  /// 0 (the same take) ... 1 (independent).
  case retake(variance: Double)
  /// Made anew in this range, in seconds; beyond the end means up to the end.
  case repaint(seconds: Range<Double>)
  /// Seconds added in front and behind.
  case extend(left: Double, right: Double)
  /// Other words over the same structure. `strength`, 0...1: how much of the accompaniment is made anew.
  case edit(onlyLyrics: Bool, strength: Double)
}

/// A validated request for music: the base parameters of `api.md` chapter 7 by their canonical names,
/// defaults filled in. `ParameterSchema` makes one from JSON and writes it back.
public struct SongRequest: Sendable, Equatable {
  public var task: MusicTask
  public var caption = ""
  public var lyrics: String?
  public var instrumental = false
  /// A canonical preset name of `api.md` 13.1, never "Custom".
  public var genrePreset: String?
  /// Seconds, 1...600; nil lets the engine choose.
  public var audioDuration: Double?
  /// This variation's seed.
  public var seed: UInt32 = 0
  public var bpm: Int?
  public var key: Key?
  public var meter: Meter?
  /// ISO 639-1, nil when unknown.
  public var vocalLanguage: String?
  /// text2samples: "loop" or "one-shot".
  public var sampleType: String?
  public var useCotLyrics = false
  /// What is done to the source song; then `caption` and `lyrics` are those of the change, empty where nothing is said.
  public var edit: SongEdit?
  /// Canonical names of the parameters that the caller set, so that an engine can warn of those it doesn't use.
  public var given: Set<String> = []

  public init(task: MusicTask) { self.task = task }
}
