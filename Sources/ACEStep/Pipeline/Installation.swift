import Checkpoint
import Foundation
public import Tensor

/// One model with all that it takes to make music: the diffusion model, its text encoder and its autoencoder, in the folders where
/// the releases have them (`acestep.md` 2.1, 2.2).
///
///     checkpoints/acestep-v15-turbo/  checkpoints/vae/  checkpoints/Qwen3-Embedding-0.6B/     upstream
///     acestep-v15-xl-turbo-diffusers/{transformer, ..., vae, text_encoder, tokenizer}         diffusers
public struct Installation: Sendable {
  /// The diffusion model's folder.
  public let path: String
  public let model: ModelFolder
  public let autoencoder: OobleckFolder
  public let precision: Precision
  let autoencoderPath: String
  let textEncoderPath: String
  /// Weights of the text encoder's layers.
  let textParameters: Int
  let tokenizerPath: String

  private static let textEncoderNames = ["Qwen3-Embedding-0.6B", "text_encoder"]

  /// Finds the parts and reads their configurations.
  /// - Throws: `CheckpointError`, naming the folder that is missing.
  public init(path: String, precision: Precision) throws {
    let url = URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL
    self.path = url.path
    self.precision = precision
    model = try ModelFolder(path: url.path, precision: precision)
    // Inside a diffusers folder, beside an upstream one.
    let place = model.layout == .diffusers ? url : url.deletingLastPathComponent()
    let has = { FileManager.default.fileExists(atPath: place.appendingPathComponent($0).path) }
    guard has("vae") else {
      throw CheckpointError.unreadable(file: place.appendingPathComponent("vae").path, reason: "the autoencoder isn't there")
    }
    guard let text = Self.textEncoderNames.first(where: { has($0 + "/config.json") }) else {
      throw CheckpointError.unreadable(
        file: place.appendingPathComponent(Self.textEncoderNames[0]).path, reason: "the text encoder isn't there")
    }
    autoencoderPath = place.appendingPathComponent("vae").path
    autoencoder = try OobleckFolder(path: autoencoderPath, precision: precision)
    let textFiles = try SafetensorsFolder(path: place.appendingPathComponent(text).path, name: "model")
    textParameters = textFiles.files.reduce(0) { sum, file in
      sum + file.entries.filter { !$0.name.hasSuffix("embed_tokens.weight") }.reduce(0) { $0 + $1.elementCount }
    }
    textEncoderPath = place.appendingPathComponent(text).path
    tokenizerPath = has("tokenizer") ? place.appendingPathComponent("tokenizer").path : textEncoderPath
    let (configuration, vae) = (model.configuration, autoencoder.configuration)
    let hidden = try QwenConfiguration(path: textEncoderPath + "/config.json").stack.hidden
    for (file, isRight, reason) in [
      ("vae/config.json", vae.latentChannels == configuration.latentChannels,
        "its latents have \(vae.latentChannels) channels, and the model's \(configuration.latentChannels)"),
      ("vae/config.json", vae.audioChannels == 2, "audio_channels is \(vae.audioChannels), and 2 are needed"),
      ("vae/config.json", vae.sampleRate == 48000, "sampling_rate is \(vae.sampleRate), and 48000 is needed"),
      (text + "/config.json", hidden == configuration.textHidden,
        "hidden_size is \(hidden), and the model reads texts of \(configuration.textHidden)"),
    ] where !isRight {
      throw CheckpointError.malformed(file: place.appendingPathComponent(file).path, reason: reason)
    }
  }
}
