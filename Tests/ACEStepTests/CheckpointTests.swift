import Checkpoint
import Foundation
import JSON
import Tensor
import Testing

@testable import ACEStep

@Suite struct ModelFolderTests {
  /// A copy of a folder of the fixtures that can be damaged.
  private final class Copy {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    init(_ name: String) throws { try FileManager.default.copyItem(atPath: Fixtures.path(name), toPath: path) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Sets a field of a `config.json`.
    func set(_ key: String, _ value: JSON, in file: String = "config.json") throws {
      guard case .object(var members) = try JSON(file: path + "/" + file) else { return }
      members[key] = value
      try Data(JSON.object(members).text.utf8).write(to: URL(fileURLWithPath: path + "/" + file))
    }
  }

  @Test(arguments: Fixtures.models) func layoutsAndFamiliesAreRecognised(_ model: Fixtures.Model) throws {
    let folder = try model.open()
    #expect(folder.layout.rawValue == model.layout)
    #expect(folder.configuration.hasTimbreToken == (model.style == "xl"))
    #expect(folder.configuration.variant == .base)
    let silence = try folder.silenceLatent()
    #expect(silence.columns == folder.configuration.latentChannels)
    #expect(silence.rows >= folder.configuration.timbreFrames)
  }

  @Test func bothLayoutsSayTheSame() throws {
    let upstream = try ModelConfiguration(upstream: Fixtures.path("upstream/acestep-tiny-base/config.json"))
    var diffusers = try ModelConfiguration(diffusers: Fixtures.path("diffusers/acestep-tiny-base"))
    diffusers.alignmentHeads = upstream.alignmentHeads
    #expect(upstream == diffusers)
  }

  @Test(arguments: ["base", "turbo", "sft"]) func variantsAreRecognised(_ variant: String) throws {
    let copy = try Copy("upstream/acestep-tiny-xl")
    try copy.set("model_version", .string("xl_" + variant))
    #expect(try ModelConfiguration(upstream: copy.path + "/config.json").variant.rawValue == variant)
    try copy.set("is_turbo", true)
    #expect(try ModelConfiguration(upstream: copy.path + "/config.json").variant == .turbo)
  }

  private static let wrongFields: [(String, JSON)] = [
    ("hidden_size", JSON.int(0)), ("hidden_size", .int(-48)), ("hidden_size", .string("48")),
    ("num_key_value_heads", 1023), ("head_dim", 15), ("num_hidden_layers", .int(1 << 40)), ("layer_types", ["sliding_attention"]),
    ("layer_types", ["a", "b", "c"]), ("fsq_input_levels", []), ("fsq_input_levels", [1_000_000, 1_000_000]), ("patch_size", 4),
    ("in_channels", 65521), ("sliding_window", 0), ("rms_norm_eps", 0), ("attention_bias", true), ("hidden_act", "gelu"),
    ("model_type", "llama"), ("fsq_dim", 65521),
  ]

  @Test(arguments: wrongFields) func aWrongFieldIsNamed(_ key: String, _ value: JSON) throws {
    let copy = try Copy("upstream/acestep-tiny-xl")
    try copy.set(key, value)
    let error = #expect(throws: CheckpointError.self) { try ModelFolder(path: copy.path) }
    #expect(error?.description.contains(key) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("config.json") == true)
  }

  @Test func aFractionIsNoSize() throws {
    let copy = try Copy("upstream/acestep-tiny-xl")
    try copy.set("hidden_size", .double(48.5))
    let error = #expect(throws: CheckpointError.self) { try ModelFolder(path: copy.path) }
    #expect(error?.description.contains("fraction") == true, "\(error?.description ?? "")")
  }

  @Test func sizesThatDontFitTheWeightsAreNamed() throws {
    let copy = try Copy("upstream/acestep-tiny-xl")
    let right = try ModelFolder(path: copy.path).configuration
    let size = right.decoder.intermediate
    try copy.set("intermediate_size", .int(size + 1))
    let error = #expect(throws: CheckpointError.self) { try ModelFolder(path: copy.path).diffusionTransformer() }
    guard case .shapeMismatch(let file, let tensor, let expected, let found) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(file.hasSuffix("model.safetensors"))
    #expect(tensor == "decoder.layers.0.mlp.gate_proj.weight")
    #expect(expected[0] == size + 1 && found[0] == size && expected[1] == found[1])
    try copy.set("intermediate_size", .int(size))
    let layers = right.lyricLayers
    try copy.set("num_lyric_encoder_hidden_layers", .int(layers + 1))
    let missing = #expect(throws: CheckpointError.self) { try ModelFolder(path: copy.path).conditionEncoder() }
    #expect(missing?.description.contains(
      "encoder.lyric_encoder.layers.\(layers).input_layernorm.weight of shape [\(right.encoder.hidden)]") == true)
  }

  @Test func damagedFilesAreRefused() throws {
    for name in ["model.safetensors", "silence_latent.pt", "config.json"] {
      for share in [0, 0.001, 0.5, 0.999] {
        let copy = try Copy("upstream/acestep-tiny-xl")
        let url = URL(fileURLWithPath: copy.path + "/" + name)
        let data = try Data(contentsOf: url)
        try data.prefix(Int(Double(data.count) * share)).write(to: url)
        #expect(throws: CheckpointError.self, "\(name), \(share)") {
          let folder = try ModelFolder(path: copy.path)
          _ = try folder.silenceLatent()
        }
      }
    }
    #expect(throws: CheckpointError.self) { try ModelFolder(path: "/nowhere") }
  }

  @Test func silenceMayBeSafetensors() throws {
    let copy = try Copy("upstream/acestep-tiny-xl")
    let before = try ModelFolder(path: copy.path).silenceLatent()
    try SafetensorsFile.write(
      [.init(name: "silence_latent", shape: [1, before.rows, before.columns], floats: before.values)],
      to: copy.path + "/silence_latent.safetensors")
    #expect(try ModelFolder(path: copy.path).silenceLatent() == before)
  }
}
