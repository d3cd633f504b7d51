import Archive
import Checkpoint
import Foundation
import Packs
import Secrets
import Testing

@testable import Singer

/// Installation, with wheels of a few bytes.
struct VoicePackTests {
  /// A folder that goes when the test ends.
  final class Scratch {
    let url = URL(fileURLWithPath: NSTemporaryDirectory() + "cantiga-pack-" + UUID().uuidString)
    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: url) }
    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
  }

  /// Two wheels: one with two voices, one with a network of three bytes in two parts. Their sums are those they have.
  struct Sample {
    let scratch: Scratch
    let contents: VoicePackContents
    var wheels: URL { scratch.url.appendingPathComponent("wheels") }
    var voices: URL { scratch.url.appendingPathComponent("data/voices") }

    init(array: [UInt8] = NumPyArrayTests.file(NumPyArrayTests.header, NumPyArrayTests.data)) throws {
      scratch = try Scratch()
      let wheels = scratch.url.appendingPathComponent("wheels")
      try FileManager.default.createDirectory(at: wheels, withIntermediateDirectories: true)
      let styles = try Self.zip(scratch, [("one.npy", array), ("two.npy", array)])
      let voice = try Self.zip(
        scratch,
        [
          ("voice/styles.npz", styles), ("voice/__init__.py", Array("raise SystemExit(1)".utf8)),
          ("voice-1.0.dist-info/licenses/LICENSE", Array("do as you like".utf8)),
        ])
      let model = try Self.zip(
        scratch,
        [("a.bin", [1, 2]), ("b.bin", [3]), ("voice_model-2.0.dist-info/licenses/deep/NOTICE", Array("thanks".utf8))])
      try Data(voice).write(to: wheels.appendingPathComponent("voice-1.0-py3-none-any.whl"))
      try Data(model).write(to: wheels.appendingPathComponent("voice_model-2.0-py3-none-any.whl"))
      contents = VoicePackContents(
        name: "Tiny",
        wheels: [
          .init(project: "voice", version: "1.0", bytes: voice.count, sha256: Secrets.sha256(voice)),
          .init(project: "voice-model", version: "2.0", bytes: model.count, sha256: Secrets.sha256(model)),
        ],
        networkParts: [
          .init(wheel: 1, name: "a.bin", bytes: 2, sha256: Secrets.sha256([1, 2])),
          .init(wheel: 1, name: "b.bin", bytes: 1, sha256: Secrets.sha256([3])),
        ],
        styles: .init(wheel: 0, name: "voice/styles.npz", bytes: styles.count, sha256: Secrets.sha256(styles)),
        voices: ["one", "two"], styleShape: [2, 1, 2])
    }

    private static func zip(_ scratch: Scratch, _ files: [(String, [UInt8])]) throws -> [UInt8] {
      let path = scratch.path("x.zip")
      let zip = try ZIPFile(creating: path, modified: Date(timeIntervalSince1970: 1_800_000_000))
      for (name, bytes) in files {
        try Data(bytes).write(to: URL(fileURLWithPath: scratch.path("x")))
        try zip.add(name, from: scratch.path("x"))
      }
      try zip.finish()
      return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// An installer whose "conversion" keeps the bytes of the network as they are.
    func installer() -> PackInstaller {
      PackInstaller(
        folder: voices,
        recipe: PackRecipe(contents) {
          try SafetensorsFile.write([.init(name: "network", type: .uint8, shape: [$0.count], bytes: $0)], to: $1)
        })
    }
  }

  @Test func aPackIsInstalledFoundAndRemoved() throws {
    let sample = try Sample()
    #expect(throws: PackError.notInstalled(.voices, folder: sample.voices.path)) { try VoicePack(folder: sample.voices) }
    try sample.installer().install(from: sample.wheels)
    let voices = try VoicePack(folder: sample.voices)
    #expect(voices.pack.manifest.name == "Tiny")
    #expect(voices.pack.manifest.items == ["one", "two"])
    let network = try SafetensorsFile(path: voices.network.path)
    #expect(try network.integers("network", shape: [3]) == [1, 2, 3])
    let styles = try SafetensorsFile(path: voices.styles.path)
    #expect(try styles.floats("two", shape: [2, 2]) == [1, -2, 0.5, 3])
  }

  @Test func aVoiceOfAnotherShapeIsRefused() throws {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}"
    let flat = try Sample(array: NumPyArrayTests.file(header, NumPyArrayTests.data))
    #expect { try flat.installer().install(from: flat.wheels) } throws: { "\($0)".contains("its shape is [4]") }
    let data = [0, 0, 0x80, 0x7F] + NumPyArrayTests.data.dropFirst(4)
    let infinite = try Sample(array: NumPyArrayTests.file(NumPyArrayTests.header, data))
    #expect { try infinite.installer().install(from: infinite.wheels) } throws: { "\($0)".contains("infinite") }
  }
}
