public import Audio
public import Music

/// The one seam between the studio and whatever makes the music.
///
/// An engine is called on a thread of the worker's own, never on the cooperative pool, and may block it
/// for as long as a song takes. One variation is one call; a batch is several.
public protocol SongEngine: Sendable {
  /// "score" or "acestep".
  var name: String { get }
  var capabilities: EngineCapabilities { get }
  /// Loads what the engine needs so that the first song is not the slow one. Throws when no song can be made.
  func prepare() throws
  /// Makes one variation of a song.
  /// - Parameters:
  ///   - source: the song that `request.edit` starts from, or the recording of `request.sourceUse`; nil where there is neither.
  ///   - progress: told of every step; its `checkCancellation` is called between steps.
  /// - Throws: `GenerationError`, or `CancellationError` when the caller has cancelled.
  func makeSong(_ request: SongRequest, source: SourceSong?, progress: any SongProgress) throws -> Song
  /// Writes the score of a song, or revises that of the source, without a sound (`api.md` 20).
  /// - Throws: as `makeSong`.
  func writeScore(_ request: SongRequest, source: SourceSong?, progress: any SongProgress) throws -> WrittenScore
  /// Whether `writeScore` can do what a sentence asks for; if not, what can be asked for.
  func complaint(aboutInstruction instruction: String) -> String?
  /// Plays a finished song again from its score.
  /// - Returns: the stems that `makeSong` gave with it, sample for sample unless it kept sound of a source; one a part,
  ///   in score order.
  /// - Throws: `GenerationError`, or `CancellationError` when the caller has cancelled.
  func makeStems(of recipe: StemRecipe, progress: any SongProgress) throws -> [Stem]
}

extension SongEngine {
  /// Makes a song that starts from no other.
  public func makeSong(_ request: SongRequest, progress: any SongProgress) throws -> Song {
    try makeSong(request, source: nil, progress: progress)
  }

  public func writeScore(_ request: SongRequest, source: SourceSong?, progress: any SongProgress) throws -> WrittenScore {
    throw GenerationError.unsupported("The \(name) engine writes no scores.")
  }

  public func complaint(aboutInstruction instruction: String) -> String? { "The \(name) engine revises no scores." }
}

/// A score and what its engine keeps with it.
public struct WrittenScore: Sendable {
  public var score: Score
  public var manuscript: [UInt8]?
  public var used: UsedParameters
  public var warnings: [String]
  public init(score: Score, manuscript: [UInt8]?, used: UsedParameters, warnings: [String]) {
    self.score = score
    self.manuscript = manuscript
    self.used = used
    self.warnings = warnings
  }
}

/// A finished song that an edit starts from, or a recording of any origin, which has no score and no manuscript.
public struct SourceSong: Sendable {
  public var score: Score?
  /// What the engine gave with the song as `Song.manuscript`.
  public var manuscript: [UInt8]?
  /// Decodes its lossless file: the samples that were published, 48 kHz.
  public var audio: @Sendable () throws -> StereoBuffer
  /// As its `UsedParameters` had it, for its parts and its edits to be mastered alike.
  public var master = MasterMeasures()
  /// Its stems that are there already, by name; decodes one.
  public var stems: [String: @Sendable () throws -> StereoBuffer] = [:]
  public init(score: Score?, manuscript: [UInt8]?, audio: @escaping @Sendable () throws -> StereoBuffer) {
    self.score = score
    self.manuscript = manuscript
    self.audio = audio
  }

  /// A recording that was not made here.
  public init(recording: @escaping @Sendable () throws -> StereoBuffer) {
    self.init(score: nil, manuscript: nil, audio: recording)
  }
}

/// What an engine can do, for the forms, the validation and `model/status`.
public struct EngineCapabilities: Sendable {
  public var tasks: Set<MusicTask>
  /// Canonical names of parameters (`api.md` 7) that this engine accepts and does not use.
  public var unusedParameters: Set<String>
  public var sings: Bool
  public init(tasks: Set<MusicTask>, unusedParameters: Set<String>, sings: Bool) {
    self.tasks = tasks
    self.unusedParameters = unusedParameters
    self.sings = sings
  }
}

/// Where an engine tells how far it has got.
public protocol SongProgress: Sendable {
  /// One step of a stage is done. `done` never goes down within a stage; `total` is true, not estimated.
  func report(_ stage: Stage, done: Int, total: Int)
  /// Throws `CancellationError` once the song is no longer wanted.
  func checkCancellation() throws
}

/// The engines of this studio by name, the default first.
public enum EngineName: String, Sendable, CaseIterable {
  /// Composes a score and plays it.
  case score
  /// Makes the sound from noise with the networks of a checkpoint.
  case acestep
}

/// The stages of making a song, in order.
public enum Stage: String, Sendable, CaseIterable, Codable {
  case load, plan, compose, sing, render, mix, encode
  /// As shown to people.
  public var title: String {
    switch self {
    case .load: "Load the model"
    case .plan: "Plan"
    case .compose: "Compose"
    case .sing: "Sing"
    case .render: "Play the instruments"
    case .mix: "Mix and master"
    case .encode: "Write the files"
    }
  }

  /// As shown to people while an engine does a task: stems and notes are not composed, and networks play no instruments.
  public func title(in task: MusicTask?, by engine: EngineName?) -> String {
    switch (engine, task, self) {
    case (.acestep, _, .plan): "Read the prompt"
    case (.acestep, _, .compose): "Denoise"
    case (.acestep, _, .render): "Decode the sound"
    case (.acestep, _, .mix): "Set the level"
    case (_, .separation, .render), (_, .extract, .render): "Make the stems"
    case (_, .transcription, .plan): "Listen and take apart"
    case (_, .transcription, .compose): "Write down the notes"
    default: title
    }
  }
}

extension EngineName {
  /// The stages that it goes through in a task.
  public func stages(of task: MusicTask?) -> [Stage] {
    switch (self, task) {
    case (.acestep, _): [.load, .plan, .compose, .render, .mix, .encode]
    case (.score, .separation), (.score, .extract): [.sing, .render, .mix, .encode]
    case (.score, .transcription): [.plan, .compose]
    case (.score, _): [.plan, .compose, .sing, .render, .mix, .encode]
    }
  }
}

/// One finished variation.
public struct Song: Sendable {
  /// 48 kHz, mastered.
  public var audio: StereoBuffer
  /// One a part, in score order; they sum to `audio`.
  public var stems: [Stem]
  /// The score it was played from, where the engine has one.
  public var score: Score?
  /// What the engine wants back when the song is edited, in its own format; kept beside the song.
  public var manuscript: [UInt8]?
  /// What was really used, where the request left the choice open.
  public var used: UsedParameters
  /// When its words are sung; nil without words.
  public var lyrics: TimedLyrics?
  public var warnings: [String]
  /// Nil where the request wanted none, or the engine can't tell.
  public var quality: QualityScore?
  public init(
    audio: StereoBuffer, stems: [Stem], score: Score?, manuscript: [UInt8]? = nil, used: UsedParameters,
    lyrics: TimedLyrics? = nil, warnings: [String] = [], quality: QualityScore? = nil
  ) {
    self.audio = audio
    self.stems = stems
    self.score = score
    self.manuscript = manuscript
    self.used = used
    self.lyrics = lyrics
    self.warnings = warnings
    self.quality = quality
  }
}

/// One part of a song, as mastered as the song is.
public struct Stem: Sendable {
  /// The part's id: "bass".
  public var name: String
  /// As shown to people; nil shows the name.
  public var title: String?
  private let play: @Sendable () throws -> StereoBuffer

  /// Makes the samples, anew each time: they are too many to keep those of a whole song.
  public var audio: StereoBuffer { get throws { try play() } }

  /// - Parameter play: gives the same samples each time.
  public init(name: String, title: String? = nil, play: @escaping @Sendable () throws -> StereoBuffer) {
    self.name = name
    self.title = title
    self.play = play
  }

  /// A stem that is in memory already.
  public init(name: String, audio: StereoBuffer) { self.init(name: name) { audio } }
}

/// What an engine chose, and what a plan shows as "asked / used".
public struct UsedParameters: Sendable {
  public var caption: String
  public var genre: String?
  public var mood: String?
  public var bpm: Double?
  public var key: Key?
  public var meter: Meter?
  public var language: String?
  public var lyrics: String?
  /// Instruments by their shown names.
  public var instruments: [String]
  /// The style within the genre: "Bossa Nova". With the genre it decides the mix.
  public var style: String?
  public var form: SongForm?
  public var feel: PulseFeel?
  /// The form, in order, from the first sample to the last; empty for a one-shot.
  public var sections: [UsedSection]
  /// What the engine read in the caption, by topic. What the request sets by a parameter of its own is not in it.
  public var understood: [PlanTopic: [String]]
  /// A sentence on what a revision changed, or what was kept of a recording.
  public var note: String?
  /// What a reference set for the master, and what the master then measured (without the tone).
  public var master = MasterMeasures()
  public var mastered = MasterMeasures()
  /// What became of the stems that were asked for, in their order.
  public var stems: [UsedStem] = []
  /// The stems of which nothing was written down, and why.
  public var skippedStems: [String: String] = [:]
  /// The checkpoint of a neural engine, and what its products were computed in.
  public var checkpoint: String?
  public var precision: String?
  /// How a diffusion model was sampled.
  public var diffusion: DiffusionParameters?
  public init(
    caption: String, genre: String? = nil, mood: String? = nil, bpm: Double? = nil, key: Key? = nil,
    meter: Meter? = nil, language: String? = nil, lyrics: String? = nil, instruments: [String] = [],
    style: String? = nil, form: SongForm? = nil, feel: PulseFeel? = nil, sections: [UsedSection] = [],
    understood: [PlanTopic: [String]] = [:]
  ) {
    self.caption = caption
    self.genre = genre
    self.mood = mood
    self.bpm = bpm
    self.key = key
    self.meter = meter
    self.language = language
    self.lyrics = lyrics
    self.instruments = instruments
    self.style = style
    self.form = form
    self.feel = feel
    self.sections = sections
    self.understood = understood
  }
}

/// Why a song could not be made, in words its owner can act on.
public enum GenerationError: Error, Sendable, CustomStringConvertible {
  /// The engine lacks something on this machine: a SoundFont, a checkpoint, memory.
  case unavailable(String)
  /// The request can't be met as asked.
  case unsupported(String)
  /// The engine failed on a good request.
  case failed(String)
  public var description: String {
    switch self {
    case .unavailable(let reason), .unsupported(let reason), .failed(let reason): reason
    }
  }
}
