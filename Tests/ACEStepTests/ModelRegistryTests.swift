import Foundation
import Testing

@testable import ACEStep

/// The file that names a studio's checkpoints.
@Suite struct ModelRegistryTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  private func model(_ name: String, _ path: String) -> RegisteredModel {
    RegisteredModel(name: name, path: path, added: Date(timeIntervalSince1970: 1_800_000_000))
  }

  @Test func namesOutliveTheProcessInTheirOrder() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let registry = ModelRegistry(folder: folder)
    #expect(try registry.models().isEmpty)
    try registry.add(model("turbo", "/a"))
    try registry.add(model("base", "/b"))
    // Another process.
    let other = ModelRegistry(folder: folder)
    #expect(try other.models().map(\.name) == ["turbo", "base"])
    try other.update("base") { $0.hashes = ["/b/model.safetensors": .init(bytes: 3, sha256: "00")] }
    #expect(try registry.model(named: "base").hashes?.count == 1)
    try registry.remove("turbo")
    #expect(try other.models().map(\.name) == ["base"])
  }

  @Test func whatIsTakenOrStrangeIsRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let registry = ModelRegistry(folder: folder)
    try registry.add(model("turbo", "/a"))
    #expect(throws: ModelRegistryError.nameTaken("turbo", path: "/a")) { try registry.add(model("turbo", "/b")) }
    #expect(throws: ModelRegistryError.folderTaken("/a", name: "turbo")) { try registry.add(model("other", "/a")) }
    #expect(throws: ModelRegistryError.unknown("x", known: ["turbo"])) { try registry.remove("x") }
    for name in ["", ".hidden", "a b", "a/b", "a:b", "ü", String(repeating: "a", count: 61)] {
      #expect(throws: ModelRegistryError.badName(name)) { try registry.add(model(name, "/c")) }
    }
  }

  @Test(arguments: ["", "{", "[]", #"{"format": 9, "models": []}"#, #"{"format": 1, "models": [{"name": 1}]}"#, #"{"format": 1, "models": [{"name": "a b", "path": "/", "added": "2026-01-01T00:00:00Z"}]}"#])
  func aDamagedFileIsNamed(_ text: String) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let registry = ModelRegistry(folder: folder)
    try Data(text.utf8).write(to: URL(fileURLWithPath: registry.path))
    let error = #expect(throws: ModelRegistryError.self) { try registry.models() }
    #expect("\(try #require(error))".contains(registry.path))
  }
}
