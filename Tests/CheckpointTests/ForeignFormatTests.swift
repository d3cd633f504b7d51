import Testing

@testable import Checkpoint

/// Little-endian.
private func bytes(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

@Suite struct CTranslate2ModelTests {
  static func name(_ text: String) -> [UInt8] { bytes(text.utf8.count + 1, 2) + Array(text.utf8) + [0] }
  static func tensor(_ text: String, _ shape: [Int], type: UInt8, _ data: [UInt8]) -> [UInt8] {
    name(text) + [UInt8(shape.count)] + shape.flatMap { bytes($0, 4) } + [type] + bytes(data.count, 4) + data
  }
  static let model: [UInt8] = {
    let parts: [[UInt8]] = [
      bytes(6, 4), name("WhisperSpec"), bytes(3, 4), bytes(3, 4), tensor("a/weight", [2, 1], type: 4, [0, 0x3C, 0, 0xC0]),
      tensor("heads", [], type: 2, [8, 0]), tensor("low", [], type: 1, [0xFF]), bytes(1, 4), name("b/weight"), name("a/weight"),
    ]
    return parts.flatMap { $0 }
  }()

  @Test func tensorsScalarsAndAliasesAreRead() throws {
    let model = try CTranslate2Model(Self.model, file: "model.bin")
    #expect(model.specification == "WhisperSpec")
    #expect(model.entries.count == 3)
    let tensor = try model.tensor("b/weight", shape: [2, 1])
    #expect(tensor.entry.type == .float16)
    #expect(tensor.bytes == [0, 0x3C, 0, 0xC0])
    #expect(try model.integer("heads") == 8)
    #expect(try model.integer("low") == -1)
    #expect(throws: CheckpointError.self) { try model.integer("a/weight") }
    #expect(throws: CheckpointError.shapeMismatch(file: "model.bin", tensor: "a/weight", expected: [2], found: [2, 1])) {
      try model.tensor("a/weight", shape: [2])
    }
  }

  /// Every beginning of a file, and every file with one byte changed, is read or refused; none crashes.
  @Test func noDamagedModelCrashes() {
    for length in 0..<Self.model.count {
      #expect(throws: CheckpointError.self) { try CTranslate2Model(Array(Self.model.prefix(length)), file: "m") }
    }
    #expect(throws: CheckpointError.self) { try CTranslate2Model(Self.model + [0], file: "m") }
    for position in Self.model.indices {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
        var changed = Self.model
        changed[position] = value
        if let model = try? CTranslate2Model(changed, file: "m") {
          for entry in model.entries { _ = try? model.tensor(entry.name, shape: entry.shape) }
        }
      }
    }
  }
}

@Suite struct TensorBundleTests {
  /// A pair of a block whose key shares `shared` bytes with the one before.
  static func pair(_ shared: Int, _ rest: String, _ value: [UInt8]) -> [UInt8] {
    [UInt8(shared), UInt8(rest.utf8.count), UInt8(value.count)] + Array(rest.utf8) + value
  }
  static func block(_ pairs: [UInt8]) -> [UInt8] { pairs + bytes(0, 4) + bytes(1, 4) }
  static func entry(type: UInt8, shape: [UInt8], offset: UInt8, size: UInt8) -> [UInt8] {
    let extents: [UInt8] = shape.flatMap { [0x12, 2, 0x08, $0] as [UInt8] }
    let head: [UInt8] = [0x08, type, 0x12, UInt8(extents.count)]
    let tail: [UInt8] = [0x20, offset, 0x28, size]
    return head + extents + tail
  }

  static let index: [UInt8] = {
    let pairs: [[UInt8]] = [
      pair(0, "", [0x08, 1]), pair(0, "conv/bias", entry(type: 1, shape: [1], offset: 8, size: 4)),
      pair(5, "kernel", entry(type: 1, shape: [2, 1], offset: 0, size: 8)),
      pair(0, "step", entry(type: 9, shape: [], offset: 12, size: 8)),
    ]
    let data = block(pairs.flatMap { $0 })
    let pointers = block(pair(0, "z", [0, UInt8(data.count)]))
    let root = data.count + 5
    var footer: [UInt8] = [0, 0, UInt8(root & 0x7F | 0x80), UInt8(root >> 7), UInt8(pointers.count)]
    footer += [UInt8](repeating: 0, count: 40 - footer.count)
    let tail: [UInt8] = [0, 1, 2, 3, 4]
    return data + tail + pointers + tail + footer + [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]
  }()
  static let data: [UInt8] = (0..<20).map { $0 }

  @Test func tensorsAreReadByName() throws {
    let bundle = try TensorBundle(index: Self.index, data: Self.data, file: "model")
    #expect(Set(bundle.entries.map(\.name)) == ["conv/bias", "conv/kernel"])
    #expect(try bundle.bytes("conv/kernel", shape: [2, 1]) == Array(0..<8))
    #expect(try bundle.bytes("conv/bias", shape: [1]) == [8, 9, 10, 11])
    #expect(throws: CheckpointError.missingTensor(file: "model", tensor: "step")) { try bundle.bytes("step", shape: []) }
    #expect(throws: CheckpointError.shapeMismatch(file: "model", tensor: "conv/bias", expected: [2], found: [1])) {
      try bundle.bytes("conv/bias", shape: [2])
    }
    #expect(throws: CheckpointError.self) { try TensorBundle(index: Self.index, data: Array(Self.data.prefix(11)), file: "m") }
  }

  @Test func noDamagedIndexCrashes() {
    for length in 0..<Self.index.count {
      #expect(throws: CheckpointError.self) { try TensorBundle(index: Array(Self.index.prefix(length)), data: Self.data, file: "m") }
    }
    for position in Self.index.indices {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
        var changed = Self.index
        changed[position] = value
        if let bundle = try? TensorBundle(index: changed, data: Self.data, file: "m") {
          for entry in bundle.entries { _ = try? bundle.bytes(entry.name, shape: entry.shape) }
        }
      }
    }
  }
}
