import Testing

@testable import Checkpoint

@Suite struct ONNXInitialisersTests {
  /// A protobuf field of bytes.
  static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    precondition(bytes.count < 1 << 14)
    return [number << 3 | 2, UInt8(bytes.count & 0x7F | 0x80), UInt8(bytes.count >> 7)] + bytes
  }
  static func tensor(_ name: String, type: UInt8, _ rest: [UInt8]) -> [UInt8] {
    field(5, [2 << 3, type] + field(8, Array(name.utf8)) + rest)
  }

  /// Dimensions packed and one by one; raw data, packed floats, a scalar in int32_data; a node and unknown fields between.
  static let model: [UInt8] =
    [1 << 3, 8] + field(2, Array("maker".utf8))
    + field(
      7,
      field(1, [1, 2, 3])
        + tensor("raw", type: 3, [1 << 3, 2, 1 << 3, 2] + field(9, [1, 2, 0xFF, 4]))
        + tensor("floats", type: 1, field(1, [2, 1]) + field(4, [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]))
        + tensor("zero", type: 2, field(5, [0xC8, 0x01]))
        + tensor("negative", type: 6, [5 << 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01])
        + [15 << 3 | 5, 1, 2, 3, 4, 14 << 3 | 1, 1, 2, 3, 4, 5, 6, 7, 8])

  @Test func tensorsAreReadHoweverTheyAreStored() throws {
    let file = try ONNXInitialisers(bytes: Self.model, file: "a.onnx")
    #expect(file.count == 4)
    let raw = try file.tensor("raw")
    #expect(raw.type == .int8 && raw.shape == [2, 2] && raw.bytes == [1, 2, 0xFF, 4])
    let floats = try file.tensor("floats")
    #expect(floats.type == .float32 && floats.shape == [2, 1] && floats.bytes == [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
    let zero = try file.tensor("zero")
    #expect(zero.type == .uint8 && zero.shape == [] && zero.bytes == [200])
    #expect(try file.tensor("negative").bytes == [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(throws: CheckpointError.missingTensor(file: "a.onnx", tensor: "other")) { try file.tensor("other") }
  }

  @Test func damagedFilesGiveAnErrorOrTensorsThatFit() throws {
    var state: UInt64 = 7
    func draw(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    var refused = 0
    for round in 0..<3_000 {
      var bytes = Self.model
      if round % 3 == 0 { bytes.removeLast(draw(bytes.count)) }
      for _ in 0..<draw(4) where !bytes.isEmpty { bytes[draw(bytes.count)] = UInt8(draw(256)) }
      do {
        let file = try ONNXInitialisers(bytes: bytes, file: "a.onnx")
        for name in ["raw", "floats", "zero", "negative"] {
          let tensor = try file.tensor(name)
          #expect(TensorEntry(name: name, type: tensor.type, shape: tensor.shape).byteCount == tensor.bytes.count)
        }
      } catch is CheckpointError { refused += 1 }
    }
    #expect(refused > 1_000)
  }
}
