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
  /// What the song starts from, in latents [frames, channels]; nil for silence.
  public var source: Matrix?
  /// For each frame 1 where sound is to be made; nil for everywhere.
  public var mask: [Float]?
  public var repainting: Repainting?

  public init(
    prompt: Prompt, instruction: Prompt.Instruction = .textToMusic, denoising: DenoisingSettings, noise: [NoiseShare], frames: Int,
    source: Matrix? = nil, mask: [Float]? = nil, repainting: Repainting? = nil
  ) {
    self.prompt = prompt
    self.instruction = instruction
    self.denoising = denoising
    self.noise = noise
    self.frames = frames
    self.source = source
    self.mask = mask
    self.repainting = repainting
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
  private let team: ThreadTeam

  /// Loads everything.
  /// - Parameter threads: that the networks run on.
  /// - Throws: `CheckpointError`.
  public init(_ installation: Installation, threads: Int = ThreadTeam.machineThreads) throws {
    let team = ThreadTeam(threads: threads)
    self = try team.lead { try Pipeline(installation, team) }
  }

  private init(_ installation: Installation, _ team: ThreadTeam) throws {
    self.team = team
    let model = installation.model
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
    return try team.lead { try encoder(sound) { try progress($0, total) } }
  }

  /// The sequence that a prompt is told as.
  func condition(_ prompt: Prompt, _ instruction: Prompt.Instruction) throws -> Matrix {
    let text = tokenizer.encode(prompt.text(instruction), limit: Prompt.textLimit)
    let lyrics = tokenizer.encode(prompt.lyricText, limit: Prompt.lyricLimit)
    return conditionEncoder(
      lyric: try textEncoder.embeddings(of: lyrics), timbres: [noTimbre], text: try textEncoder(text))
  }

  /// Makes a song's latents.
  /// - Parameter progress: is told of every step done; what it throws ends the work.
  /// - Throws: `PipelineError.notFinite` where the result is no music; what `progress` throws.
  public func latents(
    for request: PipelineRequest, progress: (_ stage: PipelineStage, _ done: Int, _ total: Int) throws -> Void
  ) throws -> Matrix {
    try team.lead { try denoised(request, progress) }
  }

  private func denoised(
    _ request: PipelineRequest, _ progress: (_ stage: PipelineStage, _ done: Int, _ total: Int) throws -> Void
  ) throws -> Matrix {
    try progress(.condition, 0, 1)
    let condition = transformer.condition(try condition(request.prompt, request.instruction))
    let source = request.source ?? silence[rows: 0..<request.frames]
    let context = transformer.context(source: source, mask: request.mask ?? [Float](repeating: 1, count: request.frames))
    try progress(.condition, 1, 1)

    let (frames, channels) = (request.frames, configuration.latentChannels)
    let noise = Self.noise(request.noise, frames: frames, channels: channels)
    let fresh = PhiloxNoise(seed: UInt64(request.noise.last?.seed ?? 0))
    var denoising = Denoising(request.denoising, noise: noise, repainting: request.repainting) { step in
      fresh.matrix(frames: frames, channels: channels, stream: UInt32(step) + 1)
    }
    let total = request.denoising.schedule.steps
    while !denoising.isFinished {
      try progress(.denoise, denoising.step, total)
      denoising.advance { evaluation in
        transformer(
          evaluation.x, t: evaluation.time, condition: evaluation.isConditional ? condition : none, context: context)
      }
    }
    try progress(.denoise, total, total)
    guard denoising.latents.values.allSatisfy(\.isFinite), denoising.latents.values.contains(where: { $0 != 0 }) else {
      throw PipelineError.notFinite
    }
    return denoising.latents
  }

  /// The sound of latents, [channels, samples], as the decoder gives it.
  public func sound(
    of latents: Matrix, progress: (_ stage: PipelineStage, _ done: Int, _ total: Int) throws -> Void
  ) rethrows -> Matrix {
    try progress(.decode, 0, latents.rows)
    return try team.lead { try decoder(latents) { try progress(.decode, $0, latents.rows) } }
  }

  private static func noise(_ shares: [NoiseShare], frames: Int, channels: Int) -> Matrix {
    var sum = Matrix(rows: frames, columns: channels)
    for share in shares {
      var noise = PhiloxNoise(seed: UInt64(share.seed)).matrix(frames: frames, channels: channels)
      if share.weight != 1 { noise *= Float(share.weight) }
      sum += noise
    }
    return sum
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
