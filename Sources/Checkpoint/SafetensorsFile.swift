import JSON

/// A safetensors file, mapped into memory: tensors by name.
///
///     let file = try SafetensorsFile(path: "voice.safetensors")
///     let weight = try file.floats("decoder.asr_res.weight", shape: [64, 512, 1])
///
/// The format (huggingface/safetensors, README "Format"): eight bytes with the header's length N, N bytes of JSON, and the
/// tensors' bytes, little-endian and row-major, without holes. Opening reads the header only and checks all of it: every byte
/// belongs to exactly one tensor of a known type and a shape that fits, so that no later access can leave the file.
public final class SafetensorsFile: Sendable {
  public let path: String
  /// The free texts of the header.
  public let metadata: [String: String]
  /// All tensors, in the order of their bytes.
  public let entries: [TensorEntry]
  private let places: [String: Place]
  private let file: MappedFile

  private struct Place: Sendable {
    let entry: TensorEntry
    let range: Range<Int>
  }

  static let metadataKey = "__metadata__"
  /// Longer headers are refused: the largest models list some thousand tensors in about 1 MB.
  static let maximumHeaderBytes = 32 << 20

  /// - Throws: `CheckpointError.unreadable`; `.malformed` with the first rule of the format that the file breaks.
  public init(path: String) throws {
    self.path = path
    let mapped = try MappedFile(path: path)
    file = mapped
    let malformed = { CheckpointError.malformed(file: path, reason: $0) }
    guard mapped.count >= 8 else { throw malformed("it is shorter than 8 bytes") }
    let length = mapped.withBytes(0..<8) { $0.loadLittleEndian(UInt64.self, at: 0) }
    guard length <= UInt64(min(Self.maximumHeaderBytes, mapped.count - 8)) else {
      throw malformed("its header would be \(length) bytes long")
    }
    let dataStart = 8 + Int(length)
    let text = mapped.withBytes(8..<dataStart) { span in span.byteOffsets.map { span.loadLittleEndian(UInt8.self, at: $0) } }
    let header: JSON
    do { header = try JSON(parsing: text) } catch { throw malformed("its header is not JSON, \(error)") }
    guard let members = header.members else { throw malformed("its header is \(header.kind)") }

    var metadata: [String: String] = [:]
    var places: [Place] = []
    for pair in members.pairs {
      if pair.key == Self.metadataKey {
        guard let texts = pair.value.members else { throw malformed("\(Self.metadataKey) is \(pair.value.kind)") }
        for text in texts.pairs { metadata[text.key] = text.value.string }
      } else {
        places.append(try Self.place(pair.key, pair.value, dataStart: dataStart, end: mapped.count, malformed))
      }
    }
    places.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var next = dataStart
    for place in places {
      guard place.range.lowerBound == next else {
        throw malformed("the bytes of tensor \(place.entry.name) don't follow on those before them")
      }
      next = place.range.upperBound
    }
    guard next == mapped.count else { throw malformed("\(mapped.count - next) bytes at the end belong to no tensor") }
    self.metadata = metadata
    entries = places.map(\.entry)
    // Names of different bytes may be the same text in Unicode.
    self.places = try Dictionary(places.map { ($0.entry.name, $0) }) { one, _ in
      throw malformed("it has two tensors named \(one.entry.name)")
    }
  }

  private static func place(
    _ name: String, _ value: JSON, dataStart: Int, end: Int, _ malformed: (String) -> CheckpointError
  ) throws -> Place {
    guard let type = value["dtype"]?.string.flatMap(ElementType.init(rawValue:)) else {
      throw malformed("tensor \(name) has no dtype of \(ElementType.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    guard let extents = value["shape"]?.array else { throw malformed("tensor \(name) has no shape") }
    let shape = extents.compactMap(\.int)
    guard shape.count == extents.count, let bytes = TensorEntry(name: name, type: type, shape: shape).byteCount else {
      throw malformed("tensor \(name) has an impossible shape")
    }
    guard let offsets = value["data_offsets"]?.array?.compactMap(\.int), offsets.count == 2,
      offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= end - dataStart
    else { throw malformed("tensor \(name) lies outside the file") }
    guard offsets[1] - offsets[0] == bytes else {
      throw malformed("tensor \(name) of shape \(shape) takes \(bytes) bytes and has \(offsets[1] - offsets[0])")
    }
    return Place(
      entry: TensorEntry(name: name, type: type, shape: shape), range: dataStart + offsets[0]..<dataStart + offsets[1])
  }

  /// Type and shape of a tensor; nil where the file has none of that name.
  public func entry(_ name: String) -> TensorEntry? { places[name]?.entry }

  /// Lends a tensor's bytes as they are in the file, without copying: row-major, little-endian, of any alignment.
  /// - Throws: `CheckpointError.missingTensor`, and what `body` throws.
  public func withBytes<Result>(of name: String, _ body: (TensorEntry, RawSpan) throws -> Result) throws -> Result {
    guard let place = places[name] else { throw CheckpointError.missingTensor(file: path, tensor: name) }
    return try file.withBytes(place.range) { try body(place.entry, $0) }
  }

  /// The elements of a floating-point tensor (F32, F16, BF16) as `Float`, row-major.
  /// - Throws: `CheckpointError.missingTensor`, `.shapeMismatch`, `.typeMismatch`.
  public func floats(_ name: String, shape: [Int]) throws -> [Float] {
    try elements(name, shape: shape, "F32, F16 or BF16") { type, span in span.floats(type) }
  }

  /// Some rows of a floating-point tensor of two dimensions, in the order asked for; the others are not read.
  /// - Parameter rows: each within the tensor.
  /// - Throws: `CheckpointError.missingTensor`, `.shapeMismatch`, `.typeMismatch`.
  public func floats(_ name: String, shape: [Int], rows: [Int]) throws -> [Float] {
    precondition(shape.count == 2 && rows.allSatisfy { $0 >= 0 && $0 < shape[0] }, "rows of a matrix")
    return try elements(name, shape: shape, "F32, F16 or BF16") { type, span in
      let size = shape[1] * type.bytes
      var result: [Float] = []
      result.reserveCapacity(rows.count * shape[1])
      for row in rows {
        guard let part = span.extracting(row * size..<(row + 1) * size).floats(type) else { return nil }
        result += part
      }
      return result
    }
  }

  /// The bits of a tensor of BF16, row-major; nil where the tensor is of another type.
  /// - Throws: `CheckpointError.missingTensor`, `.shapeMismatch`.
  public func bfloat16Bits(_ name: String, shape: [Int]) throws -> [UInt16]? {
    guard entry(name)?.type == .bfloat16 else { return nil }
    return try elements(name, shape: shape, "BF16") { _, span in span.map(UInt16.self) { $0 } }
  }

  /// The elements of a tensor of integers (I8, U8, I32, I64), row-major.
  /// - Throws: `CheckpointError.missingTensor`, `.shapeMismatch`, `.typeMismatch`.
  public func integers(_ name: String, shape: [Int]) throws -> [Int] {
    try elements(name, shape: shape, "I8, U8, I32 or I64") { type, span in
      switch type {
      case .int8: span.map(UInt8.self) { Int(Int8(bitPattern: $0)) }
      case .uint8: span.map(UInt8.self) { Int($0) }
      case .int32: span.map(UInt32.self) { Int(Int32(bitPattern: $0)) }
      case .int64: span.map(UInt64.self) { Int(Int64(bitPattern: $0)) }
      default: nil
      }
    }
  }

  private func elements<Element>(
    _ name: String, shape: [Int], _ expected: String, _ read: (ElementType, RawSpan) -> [Element]?
  ) throws -> [Element] {
    try withBytes(of: name) { entry, span in
      guard entry.shape == shape else {
        throw CheckpointError.shapeMismatch(file: path, tensor: name, expected: shape, found: entry.shape)
      }
      guard let elements = read(entry.type, span) else {
        throw CheckpointError.typeMismatch(file: path, tensor: name, expected: expected, found: entry.type.rawValue)
      }
      return elements
    }
  }
}

extension RawSpan {
  /// The little-endian integer at a byte offset, aligned or not.
  func loadLittleEndian<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
    precondition(offset >= 0 && offset <= byteCount - MemoryLayout<Value>.size, "outside the span")
    return unsafe Value(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: type))
  }

  /// Elements of a floating-point type; nil for others.
  func floats(_ type: ElementType) -> [Float]? {
    switch type {
    case .float32: map(UInt32.self) { Float(bitPattern: $0) }
    case .float16: map(UInt16.self, Self.widened)
    case .bfloat16: map(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    default: nil
    }
  }

  /// A number of half precision: without its sign 2^112 times what its bits are in single precision.
  private static func widened(_ bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7FFF) << 13
    let finite = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    return Float(bitPattern: (magnitude < 0x7C00 << 13 ? finite : magnitude | 0x7F80_0000) | UInt32(bits & 0x8000) << 16)
  }

  /// All elements of a type, each through a function.
  func map<Stored: FixedWidthInteger & BitwiseCopyable, Element>(
    _ stored: Stored.Type, _ transform: (Stored) -> Element
  ) -> [Element] {
    let size = MemoryLayout<Stored>.size
    return unsafe [Element](unsafeUninitializedCapacity: byteCount / size) { buffer, count in
      for index in 0..<byteCount / size {
        unsafe buffer.initializeElement(at: index, to: transform(loadLittleEndian(stored, at: index * size)))
      }
      count = byteCount / size
    }
  }
}
