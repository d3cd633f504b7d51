import Audio
import Foundation
public import Tensor

/// How fast this machine runs the networks in their released sizes, with weights of noise made in memory: no checkpoint is
/// needed, and time doesn't depend on what the weights are.
public struct NeuralBenchmark: Sendable {
  public var size: ReleasedSize
  public var precision: Precision
  /// Lengths of song to measure.
  public var seconds: [Double]
  /// Runs of which the median counts.
  public var runs: Int
  public var threads: Int
  /// Names of stages; nil for all.
  public var stages: Set<String>?

  public init(
    size: ReleasedSize, precision: Precision, seconds: [Double], runs: Int, threads: Int = ThreadTeam.machineThreads,
    stages: Set<String>? = nil
  ) {
    self.stages = stages
    self.threads = threads
    self.size = size
    self.precision = precision
    self.seconds = seconds
    self.runs = runs
  }

  /// In the order in which they are measured; "song" is all of them: prompt, lyrics, eight steps, sound, and a FLAC file, with all
  /// networks in memory.
  public static let stageNames = [
    "text_encoder", "lyric_encoder", "timbre_encoder", "dit_step", "dit_step_cfg", "vae_decode", "vae_encode", "song",
  ]

  /// What one stage took.
  public struct Stage: Sendable {
    /// One of `stageNames`.
    public let name: String
    /// Of the song; nil where the stage doesn't depend on it.
    public let songSeconds: Double?
    public let seconds: Double
    /// Operations by count.
    public let flops: Double
    /// Seconds to make the stage's layers.
    public let loadSeconds: Double
    /// Its operations a second over `peak`.
    public let shareOfPeak: Double
    /// The most memory that the process has had until then, in MiB.
    public let peakMebibytes: Int
  }

  /// Tokens of a prompt and of lyrics, as a song has them.
  private static let textTokens = 150
  private static let lyricTokens = 300

  /// Operations a second that the processor can do in this precision on all threads.
  public func peak() -> Double { precision.peak(threads: threads) }

  /// Measures every stage, one network in memory at a time.
  public func run(peak: Double, report: (Stage) -> Void) throws {
    try ThreadTeam(threads: threads).lead { try measure(peak: peak, report: report) }
  }

  private func measure(peak: Double, report: (Stage) -> Void) throws {
    let weights = Weights(.random { _, _ in }, precision: precision)
    let configuration = ModelConfiguration(released: size)
    func add(_ name: String, _ song: Double?, load: Double, flops: Double, _ work: () throws -> Void) rethrows {
      guard stages?.contains(name) ?? true else { return }
      let times = try (0..<runs).map { _ in try time(work) }.sorted()
      let seconds = times[times.count / 2]
      report(
        Stage(
          name: name, songSeconds: song, seconds: seconds, flops: flops, loadSeconds: load,
          shareOfPeak: flops / seconds / peak, peakMebibytes: Self.peakMebibytes))
    }
    func wants(_ names: String...) -> Bool { stages.map { !$0.isDisjoint(with: names) } ?? true }
    if wants("text_encoder") { try text(weights, add) }
    if wants("lyric_encoder", "timbre_encoder") { try conditions(weights, configuration, add) }
    if wants("dit_step", "dit_step_cfg") { try transformer(weights, configuration, add) }
    if wants("vae_decode", "vae_encode") { try autoencoder(weights, add) }
    if wants("song") { try song(weights, configuration, add) }
  }

  private typealias Add = (_ name: String, _ song: Double?, _ load: Double, _ flops: Double, _ work: () throws -> Void) throws -> Void

  private static let textConfiguration = QwenConfiguration(
    stack: StackConfiguration(
      hidden: 1024, intermediate: 3072, heads: 16, keyHeads: 8, headSize: 128, layers: 28, epsilon: 1e-6, ropeTheta: 1_000_000),
    vocabulary: 151_669)

  private static let textOperations = OperationCount.stack(textConfiguration.stack, tokens: textTokens) { _ in Double(textTokens) / 2 }

  private func text(_ weights: Weights, _ add: Add) throws {
    let (encoder, load) = try timed { try TextEncoder(weights, Self.textConfiguration) }
    try add("text_encoder", nil, load, Self.textOperations) { _ = try encoder(Array(0..<Self.textTokens)) }
  }

  private func encoderOperations(_ configuration: ModelConfiguration, layers: Int, tokens: Int) -> Double {
    var sizes = configuration.encoder
    sizes.layers = layers
    return OperationCount.stack(sizes, tokens: tokens) {
      $0 % 2 == 0 ? OperationCount.near(tokens, configuration.slidingWindow) : Double(tokens)
    }
  }

  private func conditions(_ weights: Weights, _ configuration: ModelConfiguration, _ add: Add) throws {
    let (encoder, load) = try timed { try ConditionEncoder(weights, configuration) }
    let lyrics = noise(Self.lyricTokens, configuration.textHidden)
    let reference = noise(configuration.timbreFrames, configuration.latentChannels)
    try add("lyric_encoder", nil, load, encoderOperations(configuration, layers: configuration.lyricLayers, tokens: lyrics.rows)) { _ = encoder.lyric(lyrics) }
    try add(
      "timbre_encoder", nil, load, encoderOperations(configuration, layers: configuration.timbreLayers, tokens: reference.rows)
    ) { _ = encoder.timbre(reference) }
  }

  private func transformer(_ weights: Weights, _ configuration: ModelConfiguration, _ add: Add) throws {
    let (transformer, load) = try timed { try DiffusionTransformer(weights, configuration) }
    let elements = Self.lyricTokens + 1 + Self.textTokens
    let condition = transformer.condition(noise(elements, configuration.encoder.hidden))
    let none = transformer.unconditional(noise(1, configuration.encoder.hidden))
    for song in seconds {
      let x = noise(Int(song * 25), configuration.latentChannels)
      let context = transformer.context(source: x, mask: [Float](repeating: 1, count: x.rows))
      let pass = OperationCount.transformer(configuration, frames: x.rows, condition: elements)
      try add("dit_step", song, load, pass) { _ = transformer(x, t: 0.5, condition: condition, context: context) }
      try add("dit_step_cfg", song, load, pass + OperationCount.transformer(configuration, frames: x.rows, condition: 0)) {
        _ = transformer(x, t: 0.5, condition: condition, context: context)
        _ = transformer(x, t: 0.5, condition: none, context: context)
      }
    }
  }

  private func autoencoder(_ weights: Weights, _ add: Add) throws {
    let configuration = OobleckConfiguration()
    let (decoder, decoderLoad) = try timed { try OobleckDecoder(weights, configuration) }
    for song in seconds {
      let latents = noise(Int(song * 25), configuration.latentChannels)
      let flops = OperationCount.autoencoder(configuration, hidden: configuration.decoderHidden, frames: latents.rows)
      try add("vae_decode", song, decoderLoad, flops) { _ = try decoder(latents) }
    }
    let (encoder, encoderLoad) = try timed { try OobleckEncoder(weights, configuration) }
    for song in seconds {
      let sound = noise(2, Int(song * 25) * configuration.hop)
      let flops = OperationCount.autoencoder(configuration, hidden: configuration.encoderHidden, frames: Int(song * 25))
      try add("vae_encode", song, encoderLoad, flops) { _ = try encoder(sound) }
    }
  }

  private func song(_ weights: Weights, _ configuration: ModelConfiguration, _ add: Add) throws {
    let sizes = OobleckConfiguration()
    let (networks, load) = try timed {
      (
        text: try TextEncoder(weights, Self.textConfiguration), condition: try ConditionEncoder(weights, configuration),
        transformer: try DiffusionTransformer(weights, configuration), decoder: try OobleckDecoder(weights, sizes),
        encoder: try OobleckEncoder(weights, sizes)
      )
    }
    let elements = Self.lyricTokens + 1 + Self.textTokens
    let timbre = networks.condition.timbre(noise(configuration.timbreFrames, configuration.latentChannels))
    let steps = 8
    for seconds in seconds {
      let frames = Int(seconds * 25)
      let flops =
        Self.textOperations + encoderOperations(configuration, layers: configuration.lyricLayers, tokens: Self.lyricTokens)
        + Double(steps) * OperationCount.transformer(configuration, frames: frames, condition: elements)
        + OperationCount.autoencoder(sizes, hidden: sizes.decoderHidden, frames: frames)
      try add("song", seconds, load, flops) {
        let condition = networks.transformer.condition(
          networks.condition(
            lyric: noise(Self.lyricTokens, configuration.textHidden), timbres: [timbre],
            text: try networks.text(Array(0..<Self.textTokens))))
        let source = noise(frames, configuration.latentChannels)
        let context = networks.transformer.context(source: source, mask: [Float](repeating: 1, count: frames))
        var denoising = Denoising(DenoisingSettings(schedule: Schedule(steps: steps, shift: 3)), noise: source) { _ in source }
        while !denoising.isFinished {
          denoising.advance { networks.transformer($0.x, t: $0.time, condition: condition, context: context) }
        }
        var sound = try networks.decoder(denoising.latents)
        sound.normalizePeak()
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("cantiga-\(UUID().uuidString).flac")
        defer { try? FileManager.default.removeItem(at: file) }
        try AudioFile.write(
          StereoBuffer(left: Array(sound.row(0)), right: Array(sound.row(1)), sampleRate: sizes.sampleRate), to: file.path, format: .flac)
      }
    }
  }

  private func noise(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns, values: (0..<rows * columns).map { Float(($0 &* 7919) % 1009) / 504 - 1 })
  }

  private func time(_ work: () throws -> Void) rethrows -> Double { try timed(work).1 }

  private func timed<Result>(_ work: () throws -> Result) rethrows -> (Result, Double) {
    let start = ContinuousClock.now
    let result = try work()
    let (whole, attoseconds) = start.duration(to: .now).components
    return (result, Double(whole) + Double(attoseconds) / 1e18)
  }

  private static var peakMebibytes: Int {
    var usage = rusage()
    _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss >> 10
  }
}
