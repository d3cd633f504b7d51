import Checkpoint
import Foundation
public import Tensor

/// A folder with one ACE-Step 1.5 model, in the layout of upstream or of diffusers (`acestep.md` 2.1, 2.2). Opening it reads
/// `config.json` and the lists of tensors; each network's weights are read when it is asked for.
///
///     let folder = try ModelFolder(path: "checkpoints/acestep-v15-turbo")
///     let transformer = try folder.diffusionTransformer()
public struct ModelFolder: Sendable {
  public enum Layout: String, Sendable {
    case upstream, diffusers
  }
  public let path: String
  public let layout: Layout
  public let configuration: ModelConfiguration
  /// Of the products of its networks.
  public let precision: Precision
  private let library: TensorLibrary

  /// - Throws: `CheckpointError`, also where the folder has neither layout.
  public init(path: String, precision: Precision = .fp32) throws {
    self.path = path
    self.precision = precision
    let has = { FileManager.default.fileExists(atPath: path + "/" + $0) }
    if has("transformer/config.json") {
      layout = .diffusers
      configuration = try ModelConfiguration(diffusers: path)
      let part = { try SafetensorsFolder(path: path + "/" + $0, name: "diffusion_pytorch_model") }
      let conditions = try part("condition_encoder")
      library = TensorLibrary(
        parts: [
          .init(prefix: "decoder.", folder: try part("transformer")), .init(prefix: "encoder.", folder: conditions),
          .init(prefix: "tokenizer.", folder: try part("audio_tokenizer")),
          .init(prefix: "detokenizer.", folder: try part("audio_token_detokenizer")), .init(prefix: "", folder: conditions),
        ], renamings: TensorLibrary.diffusersNames)
    } else if has("config.json") {
      layout = .upstream
      configuration = try ModelConfiguration(upstream: path + "/config.json")
      library = TensorLibrary(parts: [.init(prefix: "", folder: try SafetensorsFolder(path: path, name: "model"))])
    } else {
      throw CheckpointError.unreadable(
        file: path, reason: "it has neither config.json (upstream's layout) nor transformer/config.json (that of diffusers)")
    }
  }

  /// Numbers in its files.
  public var parameters: Int { library.elementCount }

  private var weights: Weights { Weights(library, precision: precision) }

  public func conditionEncoder() throws -> ConditionEncoder { try ConditionEncoder(weights, configuration) }
  public func diffusionTransformer() throws -> DiffusionTransformer { try DiffusionTransformer(weights, configuration) }
  public func audioTokenizer() throws -> AudioTokenizer { try AudioTokenizer(weights / "tokenizer", configuration) }
  public func audioDetokenizer() throws -> AudioDetokenizer { try AudioDetokenizer(weights / "detokenizer", configuration) }

  /// The latents of silence, [frames, latentChannels]: the longest song that can be made.
  /// - Throws: `CheckpointError`, also where they are fewer than a reference has.
  public func silenceLatent() throws -> Matrix {
    let channels = configuration.latentChannels
    let latent: Matrix
    let file: String
    if layout == .diffusers {
      file = path + "/condition_encoder"
      let shape = library.shape("silence_latent") ?? [1, configuration.timbreFrames, channels]
      latent = try Self.latent(
        shape: shape, values: library.floats("silence_latent", shape: shape), channels: channels, isChannelFirst: false,
        file: file)
    } else if FileManager.default.fileExists(atPath: path + "/silence_latent.safetensors") {
      file = path + "/silence_latent.safetensors"
      let stored = try SafetensorsFile(path: file)
      guard let entry = stored.entry("silence_latent") ?? stored.entries.first else {
        throw CheckpointError.missingTensor(file: file, tensor: "silence_latent")
      }
      latent = try Self.latent(
        shape: entry.shape, values: stored.floats(entry.name, shape: entry.shape), channels: channels,
        isChannelFirst: entry.shape.last != channels, file: file)
    } else {
      file = path + "/silence_latent.pt"
      let stored = try TorchArchive(path: file).tensor
      latent = try Self.latent(
        shape: stored.shape, values: stored.values, channels: channels, isChannelFirst: true, file: file)
    }
    guard latent.rows >= configuration.timbreFrames else {
      throw CheckpointError.malformed(
        file: file, reason: "silence_latent has \(latent.rows) frames, fewer than the \(configuration.timbreFrames) of a reference")
    }
    return latent
  }

  private static func latent(
    shape: [Int], values: [Float], channels: Int, isChannelFirst: Bool, file: String
  ) throws -> Matrix {
    guard shape.count == 3, shape[0] == 1, shape[isChannelFirst ? 1 : 2] == channels else {
      throw CheckpointError.shapeMismatch(
        file: file, tensor: "silence_latent", expected: isChannelFirst ? [1, channels, 15000] : [1, 15000, channels],
        found: shape)
    }
    let stored = Matrix(rows: shape[1], columns: shape[2], values: values)
    return isChannelFirst ? stored.transposed() : stored
  }
}
