import Foundation
public import Tensor

/// What a song is made of.
public struct PipelineRequest: Sendable {
  public var prompt: Prompt
  public var instruction: Prompt.Instruction
  public var denoising: DenoisingSettings
  /// What the noise is a sum of.
  public var noise: [NoiseShare]
  /// Latent frames.
  public var frames: Int
  /// What the song is made over, in latents [frames, channels]; nil for silence.
  public var source: Matrix?
  /// For each frame 1 where sound is to be made; nil for everywhere.
  public var mask: [Float]?
  public var repainting: Repainting?
  /// What `Pipeline.timbre` gave for a reference; nil for none.
  public var timbre: Matrix?
  /// Latents to start from in place of noise, mixed with it for the schedule's first time.
  public var start: Matrix?
  public var edit: LatentEdit?

  public init(
    prompt: Prompt, instruction: Prompt.Instruction = .textToMusic, denoising: DenoisingSettings, noise: [NoiseShare], frames: Int
  ) {
    self.prompt = prompt
    self.instruction = instruction
    self.denoising = denoising
    self.noise = noise
    self.frames = frames
  }
}

/// How a song is changed into what another prompt tells (`FlowEditing`).
public struct LatentEdit: Sendable {
  /// The song's latents, [frames, channels].
  public var clean: Matrix
  /// What the song was made of.
  public var prompt: Prompt
  /// Shares of the steps, 0 ... 1.
  public var start = 0.0
  public var end = 1.0
  /// Draws of noise in each step.
  public var averages = 1

  public init(clean: Matrix, prompt: Prompt) {
    self.clean = clean
    self.prompt = prompt
  }
}

/// A seed's share of a song's noise. The squares of all weights sum to 1.
public struct NoiseShare: Sendable, Equatable, Codable {
  public var seed: UInt32
  public var weight: Double
  public init(seed: UInt32, weight: Double) {
    self.seed = seed
    self.weight = weight
  }

  /// Noise that is the old one at a variance of 0 and new at 1 (`acestep.md` A.2).
  public static func retaking(_ shares: [NoiseShare], seed: UInt32, variance: Double) -> [NoiseShare] {
    let angle = min(max(variance, 0), 1) * .pi / 2
    return shares.map { NoiseShare(seed: $0.seed, weight: $0.weight * cos(angle)) } + [NoiseShare(seed: seed, weight: sin(angle))]
  }
}

/// The stages of making a song with the networks.
public enum PipelineStage: Sendable {
  /// A source's sound to latents.
  case encode
  /// Prompt, lyrics and timbre are read.
  case condition
  /// Steps from noise to latents.
  case denoise
  /// Latents to sound.
  case decode
}

/// All networks of an installation in memory, and the way from words to sound through them (`acestep.md` 1.2, 1.9).
public struct Pipeline: Sendable {
  public let configuration: ModelConfiguration
  public let sampleRate: Int
  /// Samples of a latent frame.
  public let hop: Int
  /// Latents of silence, [frames, channels]: no song is longer.
  public let silence: Matrix
  private let model: ModelFolder
  private let tokenizer: TextTokenizer
  private let textEncoder: TextEncoder
  private let conditionEncoder: ConditionEncoder
  private let transformer: DiffusionTransformer
  private let encoder: OobleckEncoder
  private let decoder: OobleckDecoder
  /// The timbre that stands for no reference.
  private let noTimbre: Matrix
  /// The condition that stands for none.
  private let none: Condition

  /// Loads everything.
  /// - Throws: `CheckpointError`.
  public init(_ installation: Installation) throws {
    model = installation.model
    configuration = model.configuration
    sampleRate = installation.autoencoder.configuration.sampleRate
    hop = installation.autoencoder.configuration.hop
    silence = try model.silenceLatent()
    tokenizer = try TextTokenizer(folder: installation.tokenizerPath)
    textEncoder = try TextEncoder(folder: installation.textEncoderPath, precision: installation.precision)
    conditionEncoder = try model.conditionEncoder()
    transformer = try model.diffusionTransformer()
    encoder = try installation.autoencoder.encoder()
    decoder = try installation.autoencoder.decoder()
    noTimbre = conditionEncoder.timbre(silence[rows: 0..<configuration.timbreFrames])
    none = transformer.unconditional(conditionEncoder.null)
  }

  /// The fewest frames that the model is run with; a shorter song is cut from a longer one.
  static let minimumFrames = 128

  /// The latent frames of so many samples, as many as the model needs and has silence for.
  public func frames(samples: Int) -> Int { min(max((samples + hop - 1) / hop, Self.minimumFrames), silence.rows) }

  /// The latents of a sound, [channels, samples].
  public func latents(of sound: Matrix, progress: (_ done: Int, _ total: Int) throws -> Void) rethrows -> Matrix {
    let total = sound.columns / hop
    return try encoder(sound) { try progress($0, total) }
  }

  /// The codes of latents, [frames, channels]: what a cover keeps of its source. The networks for it are loaded for it.
  /// - Throws: `CheckpointError`.
  public func codes(of latents: Matrix) throws -> [Int] { try model.audioTokenizer().codes(of: latents, silence: silence) }

  /// The latents that codes stand for, cut or filled up with silence to so many frames.
  /// - Throws: `CheckpointError`.
  public func hints(of codes: [Int], frames: Int) throws -> Matrix {
    filled(try model.audioDetokenizer()(model.audioTokenizer().quantizer.embeddings(of: codes)), frames: frames)
  }

  /// Latents cut or filled up with silence to so many frames.
  public func filled(_ latents: Matrix, frames: Int) -> Matrix {
    latents.rows >= frames ? latents[rows: 0..<frames] : .stacking([latents, silence[rows: 0..<frames - latents.rows]])
  }

  /// Samples of a reference.
  public var referenceSamples: Int { configuration.timbreFrames * hop }

  /// What a reference sounds like, for `PipelineRequest.timbre`: [1, width].
  /// - Parameter latents: of `referenceSamples`.
  public func timbre(of latents: Matrix) -> Matrix { conditionEncoder.timbre(latents) }

  /// The width of what `timbre` gives.
  public var timbreWidth: Int { noTimbre.columns }

  /// What of a prompt the text encoder doesn't get to read whole: "description", "text of the lyrics".
  public func excess(_ prompt: Prompt, _ instruction: Prompt.Instruction) -> [String] {
    [("description", prompt.text(instruction), Prompt.textLimit), ("text of the lyrics", prompt.lyricText, Prompt.lyricLimit)]
      .filter { tokenizer.exceeds($0.1, limit: $0.2) }.map(\.0)
  }

  /// A prompt with the timbre of a reference, ready for the transformer.
  private func condition(_ prompt: Prompt, _ instruction: Prompt.Instruction, timbre: Matrix?) throws -> Condition {
    let text = tokenizer.encode(prompt.text(instruction), limit: Prompt.textLimit)
    let lyrics = tokenizer.encode(prompt.lyricText, limit: Prompt.lyricLimit)
    return transformer.condition(
      conditionEncoder(
        lyric: try textEncoder.embeddings(of: lyrics), timbres: [timbre ?? noTimbre], text: try textEncoder(text)))
  }

  /// Makes a song's latents.
  /// - Parameter progress: is told of every step done; what it throws ends the work.
  /// - Throws: `PipelineError.notFinite` where the result is no music; what `progress` throws.
  public func latents(
    for request: PipelineRequest, progress: (_ stage: PipelineStage, _ done: Int, _ total: Int) throws -> Void
  ) throws -> Matrix {
    try progress(.condition, 0, 1)
    let mask = request.mask ?? [Float](repeating: 1, count: request.frames)
    let silent = silence[rows: 0..<request.frames]
    let told = try condition(request.prompt, request.instruction, timbre: request.timbre)
    let context = transformer.context(source: request.source ?? silent, mask: mask)
    // What follows where a cover lets go of its source (7.8).
    let isCover = request.denoising.coverStrength < 1
    let plain = try isCover ? condition(request.prompt, .textToMusic, timbre: request.timbre) : told
    let plainContext = isCover ? transformer.context(source: silent, mask: mask) : context
    try progress(.condition, 1, 1)

    let noise = noise(request.noise, frames: request.frames)
    let fresh = fresh(request)
    var settings = request.denoising
    var edited: Matrix?
    if let edit = request.edit {
      let editing = try changed(edit, request, told, context, progress: progress)
      guard let rest = editing.rest else { return try checked(editing.result) }
      (settings.schedule, edited) = rest
    }
    let total = request.denoising.schedule.steps
    let left = total - settings.schedule.steps
    var denoising = Denoising(settings, noise: noise, start: request.start, latents: edited, repainting: request.repainting, fresh: fresh)
    while !denoising.isFinished {
      try progress(.denoise, left + denoising.step, total)
      denoising.advance { evaluation in
        transformer(
          evaluation.x, t: evaluation.time,
          condition: !evaluation.isConditional ? none : evaluation.isPastCover ? plain : told,
          context: evaluation.isPastCover ? plainContext : context)
      }
    }
    try progress(.denoise, total, total)
    return try checked(denoising.latents)
  }

  /// Takes the steps of an edit.
  private func changed(
    _ edit: LatentEdit, _ request: PipelineRequest, _ told: Condition, _ context: Context,
    progress: (_ stage: PipelineStage, _ done: Int, _ total: Int) throws -> Void
  ) throws -> FlowEditing {
    let before = try condition(edit.prompt, request.instruction, timbre: request.timbre)
    var editing = FlowEditing(
      request.denoising, clean: edit.clean, start: edit.start, end: edit.end, averages: edit.averages, fresh: fresh(request))
    let total = request.denoising.schedule.steps
    while !editing.isFinished {
      try progress(.denoise, editing.step, total)
      editing.advance { evaluation in
        transformer(
          evaluation.x, t: evaluation.time,
          condition: !evaluation.isConditional ? none : evaluation.isSource ? before : told, context: context)
      }
    }
    try progress(.denoise, editing.step, total)
    return editing
  }

  private func checked(_ latents: Matrix) throws -> Matrix {
    guard latents.values.allSatisfy(\.isFinite), latents.values.contains(where: { $0 != 0 }) else { throw PipelineError.notFinite }
    return latents
  }

  /// The sound of latents, [channels, samples], as the decoder gives it.
  public func sound(
    of latents: Matrix, progress: (_ stage: PipelineStage, _ done: Int, _ total: Int) throws -> Void
  ) rethrows -> Matrix {
    try progress(.decode, 0, latents.rows)
    return try decoder(latents) { try progress(.decode, $0, latents.rows) }
  }

  /// What a generation starts from.
  private func noise(_ shares: [NoiseShare], frames: Int) -> Matrix {
    var sum = Matrix(rows: frames, columns: configuration.latentChannels)
    for share in shares {
      var noise = PhiloxNoise(seed: UInt64(share.seed)).matrix(frames: frames, channels: configuration.latentChannels)
      if share.weight != 1 { noise *= Float(share.weight) }
      sum += noise
    }
    return sum
  }

  /// Noise for what comes later, a stream for each draw.
  private func fresh(_ request: PipelineRequest) -> @Sendable (_ draw: Int) -> Matrix {
    let noise = PhiloxNoise(seed: UInt64(request.noise.last?.seed ?? 0))
    let (frames, channels) = (request.frames, configuration.latentChannels)
    return { noise.matrix(frames: frames, channels: channels, stream: UInt32($0) + 1) }
  }
}

/// Why the networks made no song.
public enum PipelineError: Error, Sendable, CustomStringConvertible {
  /// The latents have no number, an infinite one, or nothing but zeros.
  case notFinite
  public var description: String {
    switch self {
    case .notFinite: "The model gave no sound: its weights may be damaged, or guidance is too strong for it."
    }
  }
}
