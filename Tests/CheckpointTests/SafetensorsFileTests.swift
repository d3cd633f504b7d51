import Checkpoint
import Foundation
import Testing

@Suite struct SafetensorsFileTests {
  /// A file that is gone after the test.
  final class Scratch {
    let path = NSTemporaryDirectory() + "checkpoint-\(UUID().uuidString).safetensors"
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(header: String, data: [UInt8] = [], length: UInt64? = nil) throws {
      let size = length ?? UInt64(header.utf8.count)
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) } + Array(header.utf8) + data
      try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
  }

  let scratch = Scratch()

  /// All of half precision against the language's own conversion.
  @Test func everyHalfIsWidenedExactly() throws {
    let all = (0...UInt16.max).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    try SafetensorsFile.write([.init(name: "all", type: .float16, shape: [65536], bytes: all)], to: scratch.path)
    let found = try SafetensorsFile(path: scratch.path).floats("all", shape: [65536])
    for bits in 0...UInt16.max {
      let expected = Float(Float16(bitPattern: bits)), value = found[Int(bits)]
      #expect(value.isNaN ? expected.isNaN : value.bitPattern == expected.bitPattern, "\(bits)")
    }
  }

  @Test func whatIsWrittenIsRead() throws {
    try SafetensorsFile.write(
      [
        .init(name: "small", type: .int8, shape: [3], bytes: [0, 127, 0x80]),
        .init(name: "weight", shape: [2, 3], floats: [1, -2.5, 3, 0, .infinity, 1e-40]),
        .init(name: "ids", shape: [2], integers: [-7, 1 << 30]),
        .init(name: "none", type: .float32, shape: [0, 4], bytes: []),
        .init(name: "scalar", type: .uint8, shape: [], bytes: [200]),
      ], metadata: ["format": "test", "quote": "\"ü\""], to: scratch.path)
    let file = try SafetensorsFile(path: scratch.path)
    #expect(file.metadata == ["format": "test", "quote": "\"ü\""])
    #expect(file.entries.count == 5)
    #expect(try file.floats("weight", shape: [2, 3]) == [1, -2.5, 3, 0, .infinity, 1e-40])
    #expect(try file.integers("ids", shape: [2]) == [-7, 1 << 30])
    #expect(try file.integers("small", shape: [3]) == [0, 127, -128])
    #expect(try file.floats("none", shape: [0, 4]) == [])
    #expect(try file.integers("scalar", shape: []) == [200])
    #expect(file.entry("weight") == TensorEntry(name: "weight", type: .float32, shape: [2, 3]))
    #expect(try file.withBytes(of: "small") { entry, bytes in entry.type == .int8 && bytes.byteCount == 3 })
  }

  @Test func narrowFloatsAreWidenedExactly() throws {
    // 1, -2, smallest subnormal of half; 1, -2, 3.140625 in bfloat16.
    try SafetensorsFile.write(
      [
        .init(name: "half", type: .float16, shape: [3], bytes: [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00]),
        .init(name: "brain", type: .bfloat16, shape: [3], bytes: [0x80, 0x3F, 0x00, 0xC0, 0x49, 0x40]),
      ], to: scratch.path)
    let file = try SafetensorsFile(path: scratch.path)
    #expect(try file.floats("half", shape: [3]) == [1, -2, 0x1p-24])
    #expect(try file.floats("brain", shape: [3]) == [1, -2, 3.140625])
  }

  @Test func aTensorOfAnotherNameShapeOrTypeIsRefused() throws {
    try SafetensorsFile.write([.init(name: "a", shape: [2], floats: [1, 2])], to: scratch.path)
    let file = try SafetensorsFile(path: scratch.path)
    #expect(throws: CheckpointError.missingTensor(file: scratch.path, tensor: "b")) { try file.floats("b", shape: [2]) }
    #expect(throws: CheckpointError.shapeMismatch(file: scratch.path, tensor: "a", expected: [1, 2], found: [2])) {
      try file.floats("a", shape: [1, 2])
    }
    #expect(throws: CheckpointError.typeMismatch(
      file: scratch.path, tensor: "a", expected: "I8, U8, I32 or I64", found: "F32")) { try file.integers("a", shape: [2]) }
    #expect(throws: CheckpointError.self) { try SafetensorsFile(path: scratch.path + ".missing") }
    #expect(throws: CheckpointError.self) { try SafetensorsFile(path: NSTemporaryDirectory()) }
  }

  @Test(arguments: [
    "", "{", "[]", "null", #"{"a":1}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#,
    #"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"a":{"dtype":"I8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"I8","shape":[4],"data_offsets":[4,8]}}"#,
    #"{"a":{"dtype":"I8","shape":[5],"data_offsets":[0,5]},"b":{"dtype":"I8","shape":[5],"data_offsets":[3,8]}}"#,
    #"{"\u00E0":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a\u0300":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"__metadata__":3,"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
  ])
  func aHostileHeaderIsRefused(_ header: String) throws {
    try scratch.write(header: header, data: [UInt8](repeating: 0, count: 8))
    let error = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: scratch.path) }
    #expect("\(try #require(error))".contains("is damaged or of another format"))
  }

  @Test(arguments: [0, 1 << 20, 1 << 40, UInt64.max, UInt64(Int.max), UInt64(Int.max) - 7])
  func aHeaderLengthThatDoesNotFitIsRefused(_ length: UInt64) throws {
    try scratch.write(header: "{}", length: length)
    #expect(throws: CheckpointError.self) { try SafetensorsFile(path: scratch.path) }
  }

  @Test func aTensorWithoutElementsMayHaveAnyShape() throws {
    try scratch.write(header: #"{"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}"#)
    #expect(try SafetensorsFile(path: scratch.path).entry("a")?.elementCount == 0)
    let folder = try SafetensorsFolder(
      path: URL(fileURLWithPath: scratch.path).deletingLastPathComponent().path,
      name: URL(fileURLWithPath: scratch.path).deletingPathExtension().lastPathComponent)
    #expect(folder.elementCount == 0)
  }

  @Test func pipesAndDevicesAreNotRead() throws {
    let pipe = scratch.path + ".pipe"
    let made = unsafe mkfifo(pipe, 0o600)
    try #require(made == 0)
    defer { try? FileManager.default.removeItem(atPath: pipe) }
    for path in [pipe, "/dev/zero"] {
      #expect(throws: CheckpointError.unreadable(file: path, reason: "it is not a file")) { try [UInt8](file: path, limit: 10) }
    }
    try SafetensorsFile.write([.init(name: "a", shape: [1], floats: [1])], to: scratch.path)
    #expect(throws: CheckpointError.self) { try [UInt8](file: scratch.path, limit: 10) }
  }

  @Test func aFileCutAnywhereIsRefused() throws {
    try SafetensorsFile.write(
      [.init(name: "a", shape: [2], floats: [1, 2]), .init(name: "b", type: .uint8, shape: [3], bytes: [1, 2, 3])],
      to: scratch.path)
    let whole = try Data(contentsOf: URL(fileURLWithPath: scratch.path))
    for length in 0..<whole.count {
      try whole.prefix(length).write(to: URL(fileURLWithPath: scratch.path))
      #expect(throws: CheckpointError.self, "cut to \(length) bytes") { try SafetensorsFile(path: scratch.path) }
    }
  }

  @Test func changedBytesGiveAFileOrAnErrorButNoCrash() throws {
    try SafetensorsFile.write(
      [.init(name: "a", shape: [2], floats: [1, 2]), .init(name: "b", type: .uint8, shape: [3], bytes: [1, 2, 3])],
      to: scratch.path)
    let whole = try Data(contentsOf: URL(fileURLWithPath: scratch.path))
    var state: UInt64 = 1
    func draw(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    var refused = 0
    for _ in 0..<1_000 {
      var changed = whole
      for _ in 0..<1 + draw(3) { changed[draw(min(changed.count, 200))] = UInt8(draw(256)) }
      try changed.write(to: URL(fileURLWithPath: scratch.path))
      do {
        let file = try SafetensorsFile(path: scratch.path)
        for entry in file.entries {
          let bytes = try file.withBytes(of: entry.name) { _, bytes in bytes.byteCount }
          #expect(bytes == entry.byteCount)
          if entry.type == .float32 { _ = try file.floats(entry.name, shape: entry.shape) }
        }
      } catch is CheckpointError { refused += 1 }
    }
    #expect(refused > 500)
  }

  @Test func aFailedWriteLeavesWhatWasThere() throws {
    try SafetensorsFile.write([.init(name: "a", shape: [1], floats: [1])], to: scratch.path)
    #expect(throws: CheckpointError.self) {
      try SafetensorsFile.write([.init(name: "a", type: .float32, shape: [2], bytes: [1])], to: scratch.path)
    }
    #expect(throws: CheckpointError.self) {
      try SafetensorsFile.write(
        [.init(name: "a", shape: [1], floats: [1]), .init(name: "a", shape: [1], floats: [1])], to: scratch.path)
    }
    #expect(throws: CheckpointError.self) {
      try SafetensorsFile.write([], to: NSTemporaryDirectory() + "missing-\(UUID().uuidString)/a.safetensors")
    }
    #expect(try SafetensorsFile(path: scratch.path).floats("a", shape: [1]) == [1])
  }
}
