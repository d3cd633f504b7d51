import Checkpoint
import Testing

@testable import Singer

struct NumPyArrayTests {
  /// A `.npy` file by hand (numpy.lib.format, version 1.0).
  static func file(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let text = Array((header + "\n").utf8)
    var length = [UInt8(text.count & 255), UInt8(text.count >> 8)]
    if version > 1 { length += [0, 0] }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + data
  }

  static let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 2), }"
  /// 1, -2, 0.5, 3 as little-endian float32.
  static let data: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F, 0, 0, 0x40, 0x40]

  @Test func anArrayIsRead() throws {
    for version: UInt8 in [1, 2, 3] {
      let array = try NumPyArray(Self.file(Self.header, Self.data, version: version), name: "v")
      #expect(array.shape == [2, 1, 2])
      #expect(array.values == [1, -2, 0.5, 3])
    }
    let other = try NumPyArray(
      Self.file(#"{"shape":(4,),"fortran_order":False,"descr":"<f4"}"#, Self.data), name: "v")
    #expect(other.shape == [4])
    let scalar = "{'descr': '<f4', 'fortran_order': False, 'shape': ()}"
    #expect(try NumPyArray(Self.file(scalar, Array(Self.data.prefix(4))), name: "v").values == [1])
  }

  @Test(arguments: [
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}", "float32"),
    ("{'descr': '>f4', 'fortran_order': False, 'shape': (4,)}", "float32"),
    ("{'descr': '<f4', 'fortran_order': True, 'shape': (4,)}", "columns"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (5,)}", "needs 20 bytes"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296)}", "too large"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "understood"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'x': 1}", "understood"),
    ("{'descr': '<f4', 'fortran_order': False}", "understood"),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,)}", "understood"),
    ("__import__('os')", "understood"), ("", "understood"), ("{", "understood"), ("{'descr': '<f4", "understood"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4", "understood"),
  ])
  func badHeadersAreRefused(_ header: String, because reason: String) {
    #expect { try NumPyArray(Self.file(header, Self.data), name: "v") } throws: { "\($0)".contains(reason) }
  }

  /// Every beginning of a file, and every file with one byte changed, is read or refused; none crashes.
  @Test func noDamagedArrayCrashes() {
    let whole = Self.file(Self.header, Self.data)
    for length in 0..<whole.count {
      #expect(throws: CheckpointError.self) { try NumPyArray(Array(whole.prefix(length)), name: "v") }
    }
    for position in 0..<whole.count - Self.data.count {
      for value: UInt8 in [0, 0x28, 0x39, 0x7F, 0xFF] {
        var bytes = whole
        bytes[position] = value
        _ = try? NumPyArray(bytes, name: "v")
      }
    }
  }
}
