import Checkpoint
import Foundation
import Generation
import JSON
import Synchronization

@testable import ACEStep

/// An installation in one of the layouts, of links to the fixtures.
final class TinyInstallation {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
  let model: String

  /// - Parameters:
  ///   - missing: what is left out.
  ///   - variant: what its configuration says it is; nil for what the fixture says. Of upstream's layout only.
  init(_ fixture: Fixtures.Model, without missing: String? = nil, variant: String? = nil) throws {
    let isUpstream = fixture.layout == "upstream"
    model = isUpstream ? path + "/acestep-v15-tiny" : path
    let parts = try FileManager.default.contentsOfDirectory(atPath: Fixtures.path(fixture.folder))
    try FileManager.default.createDirectory(atPath: model, withIntermediateDirectories: true)
    for part in parts { try link(Fixtures.path(fixture.folder) + "/" + part, model + "/" + part) }
    // The tiny autoencoder has fewer channels than the tiny model: one that fits is made for the tests.
    try Self.writeAutoencoder(path + "/vae", channels: fixture.open().configuration.latentChannels)
    let text = path + "/" + (isUpstream ? "Qwen3-Embedding-0.6B" : "text_encoder")
    try FileManager.default.createDirectory(atPath: text, withIntermediateDirectories: true)
    for file in ["config.json", "model.safetensors"] { try link(Fixtures.path("upstream/text_encoder/\(file)"), text + "/" + file) }
    if isUpstream {
      try link(Fixtures.path("tokenizer/tiny-text/tokenizer.json"), text + "/tokenizer.json")
    } else {
      try link(Fixtures.path("tokenizer/tiny-text"), path + "/tokenizer")
    }
    if let variant, case .object(var members) = try JSON(file: model + "/config.json") {
      members["model_version"] = .string(variant)
      members["is_turbo"] = .bool(variant == "turbo")
      // Not through the link, into the fixtures.
      try FileManager.default.removeItem(atPath: model + "/config.json")
      try Data(JSON.object(members).text.utf8).write(to: URL(fileURLWithPath: model + "/config.json"))
    }
    if let missing { try FileManager.default.removeItem(atPath: path + "/" + missing) }
  }

  private func link(_ target: String, _ path: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A small autoencoder with weights of noise.
  private static func writeAutoencoder(_ path: String, channels: Int) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let config = """
      {"encoder_hidden_size": 4, "decoder_channels": 4, "decoder_input_channels": \(channels), "audio_channels": 2, "sampling_rate": 48000,
       "downsampling_ratios": [2, 4, 4, 6, 10], "channel_multiples": [1, 1, 2, 2, 4]}
      """
    try Data(config.utf8).write(to: URL(fileURLWithPath: path + "/config.json"))
    let configuration = try OobleckConfiguration(path: path + "/config.json")
    try RandomCheckpoint.write(to: path + "/diffusion_pytorch_model.safetensors") { weights in
      _ = try OobleckEncoder(weights, configuration)
      _ = try OobleckDecoder(weights, configuration)
    }
  }
}

/// Sees how far a song has got, and may cancel it.
final class Watch: SongProgress {
  struct Report: Equatable {
    let stage: Stage
    let done: Int
    let total: Int
  }
  private let seen = Mutex<[Report]>([])
  /// Cancels once this many steps of composing are done.
  let limit: Int?
  init(cancelAfter limit: Int? = nil) { self.limit = limit }
  var reports: [Report] { seen.withLock { $0 } }
  func report(_ stage: Stage, done: Int, total: Int) { seen.withLock { $0.append(Report(stage: stage, done: done, total: total)) } }
  func checkCancellation() throws {
    if let limit, reports.contains(where: { $0.stage == .compose && $0.done >= limit }) { throw CancellationError() }
  }
}
