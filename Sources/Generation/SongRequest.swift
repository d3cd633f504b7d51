public import Music

/// The generation tasks of `api.md` 6.4 that exist so far.
public enum MusicTask: String, Sendable, CaseIterable, Codable {
  case text2music, prompt2instrumental, text2rap, lyric2vocals, text2samples, simple
  case retake, repaint, extend, edit
  /// From a recording (`api.md` 9): the same music in another style, new music like it, one stem of it, a stem more to it, and all that
  /// it lacks.
  case cover, reference, extract, lego, complete
  /// Score first (`api.md` 20): write a score, change one in plain words, record one, or write and record.
  case scorePlan = "v3_plan"
  case scoreRevise = "v3_revise"
  case scoreRecord = "v3_edit"
  case scoreGenerate = "v3_generate"
  /// The neighbour services (`api.md` 19): a recording in its stems, and its notes.
  case separation = "stem_extraction"
  case transcription = "midi"

  /// As `api.md` 20.7 names what is done score first; nil for the other tasks.
  public var workflow: String? { rawValue.hasPrefix("v3_") ? String(rawValue.dropFirst(3)) : nil }
  /// Whether a score comes out, and no sound.
  public var writesScoreOnly: Bool { [.scorePlan, .scoreRevise, .transcription].contains(self) }
  /// Whether it starts from a recording, of any origin (`api.md` 9).
  public var usesRecording: Bool { [.cover, .reference, .extract, .lego, .complete].contains(self) || isService }
  /// Whether it belongs to a service beside music, which has calls and lists of its own (`api.md` 19).
  public var isService: Bool { self == .separation || self == .transcription }
  /// Whether what comes out is a song, and no part of one.
  public var makesSong: Bool { self != .extract && !isService }
  /// What it is billed and reported as (`api.md` 17, 18).
  public var service: String {
    switch self {
    case .separation: "stem_extraction"
    case .transcription: "midi_conversion"
    default: "music_generation"
    }
  }
  /// Whether it starts from a finished song (`api.md` 10).
  public var editsSong: Bool { [.retake, .repaint, .extend, .edit].contains(self) }
}

/// A change of a score in plain words (`api.md` 20.4).
public struct ScoreRevision: Sendable, Equatable {
  public var instruction: String
  /// Counted from 1; nil for the whole score.
  public var bars: [ClosedRange<Int>]?
  public var allowsTempoChange: Bool
  public init(instruction: String, bars: [ClosedRange<Int>]? = nil, allowsTempoChange: Bool = false) {
    self.instruction = instruction
    self.bars = bars
    self.allowsTempoChange = allowsTempoChange
  }
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
  /// Who sings; nil lets the caption or the engine choose.
  public var voice: VoiceKind?
  /// text2samples: "loop" or "one-shot".
  public var sampleType: String?
  public var useCotLyrics = false
  /// Whether the finished song is scored (`api.md` 11.3).
  public var calculateQuality = true
  /// The checkpoint to make it with, by the name that it is registered under; nil for engines without checkpoints.
  public var checkpoint: String?
  /// What was said to a diffusion model.
  public var diffusion = DiffusionParameters()
  /// What is done to the source song; then `caption` and `lyrics` are those of the change, empty where nothing is said.
  public var edit: SongEdit?
  /// What is made of the recording that comes along as the source.
  public var sourceUse: SourceUse?
  /// A score to record, in ABC 2.1 (`api.md` 20.5).
  public var abc: String?
  /// What to change in the source's score (`api.md` 20.4).
  public var revision: ScoreRevision?
  /// Canonical names of the parameters that the caller set, so that an engine can warn of those it doesn't use.
  public var given: Set<String> = []

  public init(task: MusicTask) { self.task = task }
}
