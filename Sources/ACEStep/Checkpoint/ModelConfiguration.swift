import Checkpoint
import Foundation

/// The sizes of a stack of transformer layers.
public struct StackConfiguration: Sendable, Equatable {
  public var hidden: Int
  public var intermediate: Int
  public var heads: Int
  public var keyHeads: Int
  /// Features of a head; heads x this need not be `hidden`.
  public var headSize: Int
  public var layers: Int
  public var epsilon: Float
  public var ropeTheta: Double
}

/// The sizes of one ACE-Step 1.5 model, from its `config.json` (`acestep.md` 2.3). Nothing about the released sizes is written here:
/// a field that is missing has the default of upstream's configuration class.
public struct ModelConfiguration: Sendable, Equatable {
  /// How the model was trained.
  public enum Variant: String, Sendable {
    case base, sft, turbo
  }
  public var variant: Variant
  /// The diffusion transformer.
  public var decoder: StackConfiguration
  /// Which of its layers see only near tokens.
  public var slidingLayers: [Bool]
  /// A token sees those at most so many places away.
  public var slidingWindow: Int
  /// The encoders of lyrics and timbre, the pooler and the detokenizer; `layers` counts those of the pooler.
  public var encoder: StackConfiguration
  public var lyricLayers: Int
  public var timbreLayers: Int
  public var latentChannels: Int
  public var textHidden: Int
  public var fsqWidth: Int
  /// Levels of each dimension of a code.
  public var fsqLevels: [Int]
  /// Latent frames that one code stands for.
  public var codeFrames: Int
  /// Latent frames of a reference.
  public var timbreFrames: Int
  /// Whether the timbre encoder reads a learned token first: so in XL checkpoints, whose encoders have another width than
  /// their decoder (`acestep.md` 6.5).
  public var hasTimbreToken: Bool { encoder.hidden != decoder.hidden }
  /// Heads whose attention follows the lyrics, by layer (`acestep.md` 9.1); empty where the file doesn't say.
  public var alignmentHeads: [Int: [Int]]

  /// Frames that one token of the diffusion transformer stands for.
  public static let patch = 2

  /// Reads `config.json` of the upstream layout.
  /// - Throws: `CheckpointError` naming file and field.
  public init(upstream path: String) throws {
    let file = try ConfigurationReader<ConfigurationFile>(path: path)
    try file.require(file.fields.modelType == nil || file.fields.modelType == "acestep", "its model_type isn't acestep")
    let fields = file.fields
    try self.init(decoder: file, encoder: file, tokenizer: file) { encoder in
      encoder.hiddenSize = fields.encoderHiddenSize ?? fields.hiddenSize
      encoder.intermediateSize = fields.encoderIntermediateSize ?? fields.intermediateSize
      encoder.numAttentionHeads = fields.encoderNumAttentionHeads ?? fields.numAttentionHeads
      encoder.numKeyValueHeads = fields.encoderNumKeyValueHeads ?? fields.numKeyValueHeads
    }
  }

  /// Reads the configurations of the parts of a folder in the diffusers layout.
  /// - Throws: `CheckpointError` naming file and field.
  public init(diffusers folder: String) throws {
    let parts = try ["transformer", "condition_encoder", "audio_tokenizer"].map {
      try ConfigurationReader<ConfigurationFile>(path: folder + "/\($0)/config.json")
    }
    try self.init(decoder: parts[0], encoder: parts[1], tokenizer: parts[2]) { _ in }
  }

  /// A released size, for measuring without a checkpoint (`acestep.md` 2.3).
  init(released size: ReleasedSize) {
    let isXL = size == .xl
    func stack(_ hidden: Int, _ intermediate: Int, heads: Int, layers: Int) -> StackConfiguration {
      StackConfiguration(
        hidden: hidden, intermediate: intermediate, heads: heads, keyHeads: 8, headSize: 128, layers: layers, epsilon: 1e-6,
        ropeTheta: 1_000_000)
    }
    variant = .turbo
    decoder = isXL ? stack(2560, 9728, heads: 32, layers: 32) : stack(2048, 6144, heads: 16, layers: 24)
    encoder = stack(2048, 6144, heads: 16, layers: 2)
    slidingLayers = (0..<decoder.layers).map { $0 % 2 == 0 }
    slidingWindow = 128
    (lyricLayers, timbreLayers) = (8, 4)
    (latentChannels, textHidden, fsqWidth) = (64, 1024, 2048)
    fsqLevels = [8, 8, 8, 5, 5, 5]
    (codeFrames, timbreFrames) = (5, 750)
    alignmentHeads = [:]
  }

  private typealias Reader = ConfigurationReader<ConfigurationFile>

  private init(
    decoder: Reader, encoder: Reader, tokenizer: Reader, encoderSizes: (inout ConfigurationFile) -> Void
  ) throws {
    let fields = decoder.fields
    var encoderFields = encoder.fields
    encoderSizes(&encoderFields)
    self.decoder = try Self.stack(decoder, fields, layers: decoder.integer(
      "num_hidden_layers", fields.numHiddenLayers, default: 24, in: 1...256), hidden: 2048, intermediate: 6144)
    let poolerLayers = try tokenizer.integer(
      "num_attention_pooler_hidden_layers", tokenizer.fields.numAttentionPoolerHiddenLayers, default: 2, in: 1...64)
    self.encoder = try Self.stack(encoder, encoderFields, layers: poolerLayers, hidden: 2048, intermediate: 6144)

    slidingWindow = try decoder.integer("sliding_window", fields.slidingWindow, default: 128, in: 1...1 << 20)
    let types = fields.layerTypes ?? (0..<self.decoder.layers).map { $0 % 2 == 0 ? "sliding_attention" : "full_attention" }
    try decoder.require(types.count >= self.decoder.layers, "layer_types has \(types.count) entries for \(self.decoder.layers) layers")
    try decoder.require(
      types.allSatisfy { ["sliding_attention", "full_attention"].contains($0) },
      "layer_types has something other than sliding_attention and full_attention")
    slidingLayers = types.prefix(self.decoder.layers).map { $0 == "sliding_attention" && fields.useSlidingWindow != false }

    lyricLayers = try encoder.integer(
      "num_lyric_encoder_hidden_layers", encoder.fields.numLyricEncoderHiddenLayers, default: 8, in: 1...256)
    timbreLayers = try encoder.integer(
      "num_timbre_encoder_hidden_layers", encoder.fields.numTimbreEncoderHiddenLayers, default: 4, in: 1...256)
    textHidden = try encoder.integer("text_hidden_dim", encoder.fields.textHiddenDim, default: 1024, in: 1...1 << 16)
    latentChannels = try decoder.integer(
      "audio_acoustic_hidden_dim", fields.audioAcousticHiddenDim, default: 64, in: 1...4096)
    let timbreChannels = try encoder.integer(
      "timbre_hidden_dim", encoder.fields.timbreHiddenDim, default: latentChannels, in: 1...4096)
    try encoder.require(timbreChannels == latentChannels, "timbre_hidden_dim isn't that of the latents, \(latentChannels)")
    let inputs = try decoder.integer("in_channels", fields.inChannels, default: 3 * latentChannels, in: 1...1 << 16)
    try decoder.require(inputs == 3 * latentChannels, "in_channels is \(inputs), and 3 x \(latentChannels) is needed")
    let patch = try decoder.integer("patch_size", fields.patchSize, default: Self.patch, in: 1...64)
    try decoder.require(patch == Self.patch, "patch_size is \(patch), and only \(Self.patch) is supported")

    fsqLevels = tokenizer.fields.fsqInputLevels ?? [8, 8, 8, 5, 5, 5]
    try tokenizer.require(
      !fsqLevels.isEmpty && fsqLevels.count <= 16 && fsqLevels.allSatisfy { (2...1 << 16).contains($0) }
        && fsqLevels.reduce(1.0) { $0 * Double($1) } <= Double(Int32.max), "fsq_input_levels is \(fsqLevels)")
    fsqWidth = try tokenizer.integer("fsq_dim", tokenizer.fields.fsqDim, default: self.encoder.hidden, in: 1...1 << 16)
    try tokenizer.require(
      fsqWidth == self.encoder.hidden, "fsq_dim is \(fsqWidth), and the encoder's width \(self.encoder.hidden) is needed")
    let quantizers = try tokenizer.integer("fsq_input_num_quantizers", tokenizer.fields.fsqInputNumQuantizers, default: 1, in: 1...64)
    try tokenizer.require(quantizers == 1, "fsq_input_num_quantizers is \(quantizers), and only 1 is supported")
    codeFrames = try tokenizer.integer("pool_window_size", tokenizer.fields.poolWindowSize, default: 5, in: 1...64)
    timbreFrames = try decoder.integer("timbre_fix_frame", fields.timbreFixFrame, default: 750, in: 1...1 << 16)
    alignmentHeads = Dictionary(
      (fields.lyricAlignmentLayersConfig ?? [:]).compactMap { layer, heads in Int(layer).map { ($0, heads) } },
      uniquingKeysWith: { first, _ in first })
    variant = Self.variant(fields, path: decoder.path)
  }

  private static func stack(
    _ file: Reader, _ fields: ConfigurationFile, layers: Int, hidden: Int, intermediate: Int
  ) throws -> StackConfiguration {
    try file.require(fields.attentionBias != true, "attention_bias is set, and attention here has no biases")
    try file.require(fields.hiddenAct ?? "silu" == "silu", "hidden_act is \(fields.hiddenAct ?? ""), and only silu is supported")
    return try StackConfiguration(
      hidden: file.integer("hidden_size", fields.hiddenSize, default: hidden, in: 1...1 << 16),
      intermediate: file.integer("intermediate_size", fields.intermediateSize, default: intermediate, in: 1...1 << 18),
      headsFrom: file, heads: fields.numAttentionHeads, keyHeads: fields.numKeyValueHeads, headSize: fields.headDim,
      layers: layers, epsilon: fields.rmsNormEps, ropeTheta: fields.ropeTheta)
  }

  /// From `is_turbo` and `model_version`, whose spelling varies, and at last the folder's name.
  private static func variant(_ fields: ConfigurationFile, path: String) -> Variant {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    if fields.isTurbo == true { return .turbo }
    for name in [fields.modelVersion, folder.lastPathComponent, folder.deletingLastPathComponent().lastPathComponent] {
      let name = name?.lowercased() ?? ""
      if name.contains("turbo") { return .turbo }
      if name.contains("sft") { return .sft }
      if name.contains("base") { return .base }
    }
    return .base
  }
}

extension StackConfiguration {
  /// The sizes of the heads, checked.
  init<Fields>(
    hidden: Int, intermediate: Int, headsFrom file: ConfigurationReader<Fields>, heads: Int?, keyHeads: Int?, headSize: Int?,
    layers: Int, epsilon: Double?, ropeTheta: Double?
  ) throws {
    let heads = try file.integer("num_attention_heads", heads, default: 16, in: 1...1024)
    let keyHeads = try file.integer("num_key_value_heads", keyHeads, default: 8, in: 1...1024)
    try file.require(
      heads % keyHeads == 0, "num_attention_heads is \(heads), which is no multiple of num_key_value_heads, \(keyHeads)")
    let headSize = try file.integer("head_dim", headSize, default: 128, in: 2...1024)
    try file.require(headSize % 2 == 0, "head_dim is \(headSize), and an even one is needed")
    self.init(
      hidden: hidden, intermediate: intermediate, heads: heads, keyHeads: keyHeads, headSize: headSize, layers: layers,
      epsilon: Float(try file.number("rms_norm_eps", epsilon, default: 1e-6, in: 1e-12...1e-2)),
      ropeTheta: try file.number("rope_theta", ropeTheta, default: 1_000_000, in: 1...1e12))
  }
}

/// The sizes that ACE-Step 1.5 was released in.
public enum ReleasedSize: String, Sendable, CaseIterable {
  case twoBillion = "2b"
  case xl
}
