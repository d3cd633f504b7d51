import Checkpoint
import Foundation

/// A `config.json` of ACE-Step as it is written, upstream's or one of the four of the diffusers layout: every field may be
/// missing, unknown ones are skipped (`acestep.md` 2.3).
struct ConfigurationFile: Codable {
  var modelType: String?
  var modelVersion: String?
  var isTurbo: Bool?
  var hiddenSize: Int?
  var intermediateSize: Int?
  var numHiddenLayers: Int?
  var numAttentionHeads: Int?
  var numKeyValueHeads: Int?
  var headDim: Int?
  var encoderHiddenSize: Int?
  var encoderIntermediateSize: Int?
  var encoderNumAttentionHeads: Int?
  var encoderNumKeyValueHeads: Int?
  var inChannels: Int?
  var patchSize: Int?
  var audioAcousticHiddenDim: Int?
  var timbreHiddenDim: Int?
  var textHiddenDim: Int?
  var numLyricEncoderHiddenLayers: Int?
  var numTimbreEncoderHiddenLayers: Int?
  var numAttentionPoolerHiddenLayers: Int?
  var timbreFixFrame: Int?
  var poolWindowSize: Int?
  var fsqDim: Int?
  var fsqInputLevels: [Int]?
  var fsqInputNumQuantizers: Int?
  var slidingWindow: Int?
  var useSlidingWindow: Bool?
  var layerTypes: [String]?
  var ropeTheta: Double?
  var rmsNormEps: Double?
  var attentionBias: Bool?
  var hiddenAct: String?
  var lyricAlignmentLayersConfig: [String: [Int]]?

  private enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case modelVersion = "model_version"
    case isTurbo = "is_turbo"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case numHiddenLayers = "num_hidden_layers"
    case numAttentionHeads = "num_attention_heads"
    case numKeyValueHeads = "num_key_value_heads"
    case headDim = "head_dim"
    case encoderHiddenSize = "encoder_hidden_size"
    case encoderIntermediateSize = "encoder_intermediate_size"
    case encoderNumAttentionHeads = "encoder_num_attention_heads"
    case encoderNumKeyValueHeads = "encoder_num_key_value_heads"
    case inChannels = "in_channels"
    case patchSize = "patch_size"
    case audioAcousticHiddenDim = "audio_acoustic_hidden_dim"
    case timbreHiddenDim = "timbre_hidden_dim"
    case textHiddenDim = "text_hidden_dim"
    case numLyricEncoderHiddenLayers = "num_lyric_encoder_hidden_layers"
    case numTimbreEncoderHiddenLayers = "num_timbre_encoder_hidden_layers"
    case numAttentionPoolerHiddenLayers = "num_attention_pooler_hidden_layers"
    case timbreFixFrame = "timbre_fix_frame"
    case poolWindowSize = "pool_window_size"
    case fsqDim = "fsq_dim"
    case fsqInputLevels = "fsq_input_levels"
    case fsqInputNumQuantizers = "fsq_input_num_quantizers"
    case slidingWindow = "sliding_window"
    case useSlidingWindow = "use_sliding_window"
    case layerTypes = "layer_types"
    case ropeTheta = "rope_theta"
    case rmsNormEps = "rms_norm_eps"
    case attentionBias = "attention_bias"
    case hiddenAct = "hidden_act"
    case lyricAlignmentLayersConfig = "lyric_alignment_layers_config"
  }
}

/// A `config.json` that is being read: its values, checked, with errors that name file and field.
struct ConfigurationReader<Fields: Decodable> {
  let path: String
  let fields: Fields

  /// - Throws: `CheckpointError.unreadable`, `.malformed`.
  init(path: String) throws {
    self.path = path
    let data = Data(try [UInt8](file: path, limit: 1 << 20))
    do { fields = try JSONDecoder().decode(Fields.self, from: data) } catch let error as DecodingError {
      throw CheckpointError.malformed(file: path, reason: Self.reason(error))
    }
  }

  /// A number within what is allowed.
  func integer(_ name: String, _ value: Int?, default standard: Int? = nil, in range: ClosedRange<Int>) throws -> Int {
    guard let value = value ?? standard else { throw CheckpointError.malformed(file: path, reason: "it has no \(name)") }
    guard range.contains(value) else {
      throw CheckpointError.malformed(
        file: path, reason: "\(name) is \(value), and \(range.lowerBound) to \(range.upperBound) is allowed")
    }
    return value
  }

  func number(_ name: String, _ value: Double?, default standard: Double, in range: ClosedRange<Double>) throws -> Double {
    let value = value ?? standard
    guard range.contains(value) else {
      throw CheckpointError.malformed(
        file: path, reason: "\(name) is \(value), and \(range.lowerBound) to \(range.upperBound) is allowed")
    }
    return value
  }

  func require(_ isTrue: Bool, _ reason: @autoclosure () -> String) throws {
    if !isTrue { throw CheckpointError.malformed(file: path, reason: reason()) }
  }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .typeMismatch(let type, let context): place(context) + " should be \(type)"
    case .valueNotFound(let type, let context): place(context) + " should be \(type) and is null"
    case .keyNotFound(let key, let context): place(context) + " lacks \(key.stringValue)"
    case .dataCorrupted(let context): place(context) + " isn't JSON that can be read, or has a fraction where a whole number is needed"
    @unknown default: "it can't be read"
    }
  }

  private static func place(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map { $0.stringValue }.joined(separator: ".")
    return path.isEmpty ? "it" : path
  }
}
