import Archive
import Checkpoint
import Foundation
import Tensor
import Testing

@testable import ACEStep

/// Damaged files of every kind that a model is read from: each is either read or refused with a `CheckpointError`, soon and in little
/// memory. A sample in every run; for longer
///
///     CANTIGA_FUZZ_SECONDS=600 swift test --filter FuzzTests/configurations
///
/// A case that ends the program, or takes more than a second, leaves its files in the folder that is printed.
@Suite(.serialized) struct FuzzTests {
  /// A folder of files, of which one is damaged at a time, and what reads it.
  private struct Subject {
    let name: String
    var files: [String: [UInt8]] = [:]
    /// Files that stay as they are: their places, and where they lie.
    var links: [String: String] = [:]
    var fragments: [String] = []
    /// Damages a file in another way than byte by byte.
    var damage: ((_ file: String, _ bytes: [UInt8], _ mutation: inout Mutation) throws -> [UInt8])?
    let read: (_ folder: String) throws -> Void
  }

  private static let environment = ProcessInfo.processInfo.environment

  private func fuzz(_ subject: Subject) throws {
    let asked = Self.environment["CANTIGA_FUZZ_SECONDS"].flatMap(Double.init)
    let seed = Self.environment["CANTIGA_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cantiga-fuzz-\(subject.name)-\(UUID().uuidString)").path
    for name in Array(subject.files.keys) + Array(subject.links.keys) {
      try FileManager.default.createDirectory(
        at: URL(fileURLWithPath: folder + "/" + name).deletingLastPathComponent(), withIntermediateDirectories: true)
    }
    for (name, target) in subject.links {
      try FileManager.default.createSymbolicLink(atPath: folder + "/" + name, withDestinationPath: target)
    }
    let write = { (name: String, bytes: [UInt8]) in try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name)) }
    for (name, bytes) in subject.files { try write(name, bytes) }
    // As it is it can be read, or nothing is tested.
    try subject.read(folder)
    if asked != nil { print("fuzzing \(subject.name) from seed \(seed) in \(folder)") }

    var mutation = Mutation(seed: seed, fragments: subject.fragments)
    let names = subject.files.keys.sorted()
    var (cases, readable) = (0, 0)
    var slowest = Duration.zero
    let clock = ContinuousClock()
    let end = clock.now + .seconds(asked ?? 0.3)
    while clock.now < end {
      let name = names[mutation.number(below: names.count)]
      let whole = subject.files[name] ?? []
      let damaged = try subject.damage?(name, whole, &mutation) ?? mutation(whole)
      try write(name, damaged)
      let start = clock.now
      do {
        try subject.read(folder)
        readable += 1
      } catch is CheckpointError {} catch {
        Issue.record("\(subject.name): \(name) gives \(type(of: error)), \(error)")
        try write("\(name).case\(cases)", damaged)
        return
      }
      let duration = clock.now - start
      if asked != nil, duration > .seconds(1) { try write("\(name).slow\(cases)", damaged) }
      slowest = max(slowest, duration)
      cases += 1
      try write(name, whole)
    }
    #expect(cases > 0)
    if asked != nil {
      print("\(subject.name): \(cases) cases, \(readable) of them readable, slowest \(slowest), \(Self.peakMebibytes ?? 0) MiB at most")
      #expect(slowest < .seconds(5))
      #expect(Self.peakMebibytes.map { $0 < 1024 } ?? true)
    }
    if slowest < .seconds(1) { try FileManager.default.removeItem(atPath: folder) }
  }

  /// The most memory that this process has had.
  private static var peakMebibytes: Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
    else { return nil }
    return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 >> 10 }
  }

  private static func bytes(_ fixture: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: Fixtures.path(fixture)))) }

  // MARK: - Weights

  private static let types = [
    "\"F32\"", "\"F16\"", "\"BF16\"", "\"I64\"", "\"F8\"", "[2, 3]", "[1152921504606846976, 1152921504606846976, 0]", "[-2, -3]",
    "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "[0, 24]", "[24, 0]", "\"a\u{300}\"", "\"\u{E0}\"",
  ]

  /// A safetensors file of a few types; the names of its tensors begin alike.
  private static func safetensors(_ prefix: String) -> [UInt8] {
    let header = """
      {"__metadata__": {"format": "pt"}, "\(prefix).a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
       "\(prefix).b": {"dtype": "BF16", "shape": [4], "data_offsets": [24, 32]},
       "\(prefix).c": {"dtype": "F16", "shape": [1, 2, 1], "data_offsets": [32, 36]},
       "\u{E0}": {"dtype": "I64", "shape": [], "data_offsets": [36, 44]}}
      """
    return withLength(Array(header.utf8)) + (0..<44).map { UInt8($0) }
  }

  private static func withLength(_ header: [UInt8]) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
  }

  /// Half of the damage is done to the header alone, whose length is then right.
  private static func damageSafetensors(_ file: String, _ bytes: [UInt8], _ mutation: inout Mutation) -> [UInt8] {
    guard file.hasSuffix(".safetensors"), mutation.number(below: 2) == 0 else { return mutation(bytes) }
    let length = bytes.count - 44
    return withLength(mutation(Array(bytes[8..<length]))) + bytes[length...]
  }

  private static func readAll(_ folder: String) throws {
    let files = try SafetensorsFolder(path: folder, name: "model")
    for file in files.files {
      for entry in file.entries {
        if [.float32, .float16, .bfloat16].contains(entry.type) {
          #expect(try file.floats(entry.name, shape: entry.shape).count == entry.elementCount)
        } else {
          _ = try? file.integers(entry.name, shape: entry.shape)
        }
      }
    }
    #expect(files.elementCount >= 0)
    for name in files.names { _ = try files.floats(name, shape: [2, 3]) }
  }

  @Test func weights() throws {
    try fuzz(
      Subject(
        name: "weights", files: ["model.safetensors": Self.safetensors("t")], fragments: Self.types, damage: Self.damageSafetensors
      ) { folder in
        do { try Self.readAll(folder) } catch CheckpointError.shapeMismatch, CheckpointError.typeMismatch {}
      })
  }

  @Test func shards() throws {
    let index = """
      {"metadata": {"total_size": 88}, "weight_map": {"x.a": "model-1.safetensors", "x.b": "model-1.safetensors",
       "y.a": "model-2.safetensors", "y.c": "model-2.safetensors"}}
      """
    try fuzz(
      Subject(
        name: "shards",
        files: [
          "model.safetensors.index.json": Array(index.utf8), "model-1.safetensors": Self.safetensors("x"),
          "model-2.safetensors": Self.safetensors("y"),
        ],
        fragments: Self.types + ["\"weight_map\"", "\"model-3.safetensors\"", "\"../model-1.safetensors\"", "\"model-1.safetensors\""],
        damage: Self.damageSafetensors
      ) { folder in
        do { try Self.readAll(folder) } catch CheckpointError.shapeMismatch, CheckpointError.typeMismatch {}
      })
  }

  /// The pickle of `torch.save` for a tensor [1, 2, 3].
  private static let pickle: [UInt8] =
    [0x80, 2] + Array("ctorch._utils\n_rebuild_tensor_v2\nq\0((X".utf8) + [7, 0, 0, 0] + Array("storageq".utf8) + [1]
    + Array("ctorch\nFloatStorage\nq".utf8) + [2, 0x58, 1, 0, 0, 0] + Array("0q".utf8) + [3, 0x58, 3, 0, 0, 0] + Array("cpuq".utf8)
    + [4, 0x4B, 6] + Array("tq".utf8) + [5] + Array("QK".utf8) + [0, 0x4B, 1, 0x4B, 2, 0x4B, 3, 0x87, 0x71, 6]
    + [0x4B, 6, 0x4B, 3, 0x4B, 1, 0x87, 0x71, 7, 0x89] + Array("ccollections\nOrderedDict\nq".utf8) + [8]
    + Array(")Rq".utf8) + [9] + Array("tq".utf8) + [10] + Array("Rq".utf8) + [11] + Array(".".utf8)

  /// Most of the damage is done to the pickle, in an archive that is whole.
  @Test func archives() throws {
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    func archive(pickle: [UInt8], data: [UInt8]) throws -> [UInt8] {
      let path = scratch + "/a.zip"
      let zip = try ZIPFile(creating: path, modified: Date(timeIntervalSince1970: 1e9))
      for (name, bytes) in [("a/data.pkl", pickle), ("a/byteorder", Array("little".utf8)), ("a/data/0", data)] {
        try Data(bytes).write(to: URL(fileURLWithPath: scratch + "/part"))
        try zip.add(name, from: scratch + "/part")
      }
      try zip.finish()
      return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
    let data = (0..<24).map { UInt8($0) }
    try fuzz(
      Subject(
        name: "archives", files: ["silence_latent.pt": try archive(pickle: Self.pickle, data: data)],
        fragments: [
          "ctorch\n", "HalfStorage\n", "collections\nOrderedDict\n", "(", ")", "t", "R", "Q", "q\u{1}", "h\u{1}", "\u{0}\u{0}",
          ")" + String(repeating: "\u{85}", count: 300),
        ],
        damage: { _, whole, mutation in
          switch mutation.number(below: 4) {
          case 0: mutation(whole)
          case 1: try archive(pickle: Self.pickle, data: mutation(data))
          default: try archive(pickle: mutation(Self.pickle), data: data)
          }
        }
      ) { _ = try TorchArchive(path: $0 + "/silence_latent.pt") })
  }

  // MARK: - Configurations

  /// All configurations of an installation beside weights that are whole: what is read is also built.
  private func configurations(_ model: Fixtures.Model) throws {
    let isUpstream = model.layout == "upstream"
    let own = isUpstream ? ["config.json"] : ["transformer", "condition_encoder", "audio_tokenizer", "audio_token_detokenizer"].map { $0 + "/config.json" }
    let weights = isUpstream ? ["model.safetensors", "silence_latent.pt"] : own.map { $0.replacing("config.json", with: "diffusion_pytorch_model.safetensors") }
    var subject = Subject(
      name: "configurations-\(model.layout)-\(model.style)",
      fragments: [
        "16", "32", "48", "64", "65536", "\"sliding_attention\"", "\"full_attention\"", "[8, 8]", "[8, 8, 8, 5, 5, 5]", "\"turbo\"", "1e-30",
        "[2, 4, 4, 6, 10]", "\"head_dim\"", "\"num_key_value_heads\"", "\"hidden_size\"",
      ]
    ) { folder in
      let folder = try ModelFolder(path: folder)
      let silence = try folder.silenceLatent()
      let encoder = try folder.conditionEncoder()
      let transformer = try folder.diffusionTransformer()
      let codes = try folder.audioTokenizer().codes(of: silence[rows: 0..<7], silence: silence)
      _ = try folder.audioDetokenizer()(folder.audioTokenizer().quantizer.embeddings(of: codes))
      let x = silence[rows: 0..<9]
      let context = transformer.context(source: x, mask: [Float](repeating: 1, count: x.rows))
      _ = transformer(x, t: 0.5, condition: transformer.unconditional(encoder.null), context: context)
    }
    for name in own { subject.files[name] = try Self.bytes(model.folder + "/" + name) }
    for name in weights { subject.links[name] = Fixtures.path(model.folder + "/" + name) }
    try fuzz(subject)
  }

  @Test(arguments: Fixtures.models) func configurationsOfModels(_ model: Fixtures.Model) throws { try configurations(model) }

  @Test func configurationsOfTheTextEncoder() throws {
    try fuzz(
      Subject(
        name: "configurations-text", files: ["config.json": try Self.bytes("upstream/text_encoder/config.json")],
        links: ["model.safetensors": Fixtures.path("upstream/text_encoder/model.safetensors")],
        fragments: ["16", "32", "64", "1029", "\"rope_theta\"", "{\"rope_theta\": 0}", "\"rope_parameters\""]
      ) { folder in
        let encoder = try TextEncoder(folder: folder)
        _ = try encoder([0, 0, 0])
      })
  }

  @Test func configurationsOfTheAutoencoder() throws {
    try fuzz(
      Subject(
        name: "configurations-vae", files: ["config.json": try Self.bytes("upstream/vae/config.json")],
        links: ["diffusion_pytorch_model.safetensors": Fixtures.path("upstream/vae/diffusion_pytorch_model.safetensors")],
        fragments: ["8", "12", "16", "[2, 4, 4, 6, 10]", "[64, 64, 64, 64]", "[1, 2, 2, 3, 4]", "[]"]
      ) { path in
        let folder = try OobleckFolder(path: path)
        _ = try (folder.encoder(), folder.decoder())
      })
  }

  // MARK: - Tokenizers

  private static let tokens = ["\"<|endoftext|>\"", "\"a\u{300}\"", "\"\u{E0}\"", "\"id\"", "\"content\"", "\"vocab\"", "\"merges\"", "16777216", "\"\u{120}t h\""]

  /// A small tokenizer that has what large ones have.
  private static let vocabulary = #"{"a": 0, "b": 1, "\u0120": 2, "ab": 3, "\u0120a": 4, "abab": 5, "\u00E0": 6}"#
  private static let added = #"{"<|endoftext|>": 7, "<think>": 8, "<|audio_code_0|>": 9, "<|audio_code_1|>": 10}"#

  private static func read(_ folder: String) throws {
    let tokenizer = try Tokenizer(folder: folder)
    let tokens = tokenizer.encode("abab a<|endoftext|>\u{E0} caf\u{E9} <|audio_code_1|><|audio_code_99|>")
    _ = tokenizer.decode(tokens + [-1, .max])
  }

  @Test func tokenizers() throws {
    let file = """
      {"model": {"type": "BPE", "vocab": \(Self.vocabulary), "merges": ["a b", ["ab", "ab"], "\\u0120 a"]},
       "added_tokens": [{"id": 7, "content": "<|endoftext|>", "special": true}, {"id": 8, "content": "<|audio_code_0|>"}]}
      """
    try fuzz(Subject(name: "tokenizers", files: ["tokenizer.json": Array(file.utf8)], fragments: Self.tokens, read: Self.read))
  }

  @Test func vocabularies() throws {
    let settings = #"{"added_tokens_decoder": {"7": {"content": "<|endoftext|>", "special": true}}}"#
    for (name, text) in [("added_tokens.json", Self.added), ("tokenizer_config.json", settings)] {
      try fuzz(
        Subject(
          name: "vocabularies-\(name)",
          files: [
            "vocab.json": Array(Self.vocabulary.utf8), "merges.txt": Array("#version: 0.2\na b\nab ab\n\u{120} a\n".utf8),
            name: Array(text.utf8),
          ], fragments: Self.tokens, read: Self.read))
    }
  }
}
