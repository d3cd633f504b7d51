import Checkpoint
import Foundation
import Testing

@Suite struct SafetensorsFolderTests {
  /// A folder with two shards and an index.
  private final class Scratch {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    init(index: String) throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try SafetensorsFile.write([.init(name: "a", shape: [2], floats: [1, 2])], to: path + "/model-1.safetensors")
      try SafetensorsFile.write([.init(name: "b", shape: [1], floats: [3])], to: path + "/model-2.safetensors")
      try Data(index.utf8).write(to: URL(fileURLWithPath: path + "/model.safetensors.index.json"))
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  @Test func shardsAreOneModel() throws {
    let scratch = try Scratch(index: #"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}"#)
    let folder = try SafetensorsFolder(path: scratch.path, name: "model")
    #expect(try folder.floats("a", shape: [2]) == [1, 2])
    #expect(try folder.floats("b", shape: [1]) == [3])
    #expect(folder.names.sorted() == ["a", "b"])
    #expect(throws: CheckpointError.missingTensor(file: folder.path, tensor: "c", expected: [4, 5])) {
      try folder.floats("c", shape: [4, 5])
    }
    #expect(
      CheckpointError.missingTensor(file: "x", tensor: "c", expected: [4, 5]).description == "x has no tensor c of shape [4, 5].")
  }

  @Test(arguments: [
    #"{}"#, #"[]"#, #"{"weight_map": {}}"#, #"{"weight_map": {"a": 1}}"#, #"{"weight_map": {"a": "../model-1.safetensors"}}"#,
    #"{"weight_map": {"a": "/etc/passwd"}}"#, #"{"weight_map": {"a": "model-2.safetensors"}}"#,
    #"{"weight_map": {"a": "model-3.safetensors"}}"#, #"{"weight_map": {"a": ".safetensors"}}"#, "{",
  ]) func aWrongIndexIsRefused(_ index: String) throws {
    let scratch = try Scratch(index: index)
    #expect(throws: CheckpointError.self) { try SafetensorsFolder(path: scratch.path, name: "model") }
  }
}
