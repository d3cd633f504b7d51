import Foundation
import Testing

@testable import Checkpoint

@Suite struct TorchArchiveTests {
  /// What `torch.save` writes for a tensor of 2 x 3 floats.
  static let pickle: [UInt8] = {
    var bytes: [UInt8] = [0x80, 2]
    let text = { (text: String) in [0x58, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8) }
    bytes += Array("ctorch._utils\n_rebuild_tensor_v2\nq".utf8) + [0]
    bytes += Array("((".utf8) + text("storage") + Array("ctorch\nFloatStorage\n".utf8) + text("0") + text("cpu")
    bytes += [0x4B, 6] + Array("tQ".utf8) + [0x4B, 0]
    bytes += [0x4B, 2, 0x4B, 3, 0x86, 0x4B, 3, 0x4B, 1, 0x86, 0x89]
    return bytes + Array("ccollections\nOrderedDict\n)RtR.".utf8)
  }()

  @Test func aTensorIsDescribed() throws {
    let tensor = try Unpickler.tensor(from: Self.pickle)
    #expect(tensor == .init(storageType: "FloatStorage", storage: "0", offset: 0, shape: [2, 3], stride: [3, 1]))
    #expect(tensor.isContiguous)
  }

  @Test func tuplesInTuplesDontFillTheStack() {
    for tuple in [UInt8(0x85), 0x74] {
      let program = [UInt8(ascii: "(")] + Array(")".utf8) + [UInt8](repeating: tuple, count: 60_000)
      #expect(throws: PickleFault.self) { try Unpickler.tensor(from: program) }
    }
  }

  @Test func nothingElseIsDone() {
    for program in ["cos\nsystem\n(X\u{2}\0\0\0lstR.", "cposix\nsystem\n)R.", "N.", "(", "", "\u{80}\u{2}.", "h\u{1}.", "t.", "R."] {
      #expect(throws: PickleFault.self, "\(program.debugDescription)") { try Unpickler.tensor(from: Array(program.utf8)) }
    }
    // Pickles cut off, and with any byte another.
    for count in 0..<Self.pickle.count { #expect(throws: PickleFault.self) { try Unpickler.tensor(from: Array(Self.pickle.prefix(count))) } }
    for index in Self.pickle.indices {
      for value in [UInt8(0), 0x28, 0x51, 0x52, 0x74, 0x87, 0xFF, UInt8(truncatingIfNeeded: index * 37)] {
        var damaged = Self.pickle
        damaged[index] = value
        _ = try? Unpickler.tensor(from: damaged)
      }
    }
  }
}
