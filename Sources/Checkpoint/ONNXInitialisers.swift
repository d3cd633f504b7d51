/// The weights in an ONNX file: its initialisers by name (`singer.md` 1.3). The graph is skipped.
///
/// An ONNX file is a protobuf message, a list of keys (field number, wire type) and values; ModelProto's field 7 is the graph,
/// whose fields 5 are tensors.
public struct ONNXInitialisers: Sendable {
  public struct Tensor: Sendable {
    public let type: ElementType
    public let shape: [Int]
    /// Row-major, little-endian.
    public let bytes: [UInt8]
  }
  private let places: [String: Range<Int>]
  private let bytes: [UInt8]
  private let file: String

  public var count: Int { places.count }
  /// In no order.
  public var names: some Collection<String> { places.keys }

  /// - Parameter file: the name that errors bear.
  /// - Throws: `CheckpointError.malformed`.
  public init(bytes: [UInt8], file: String) throws {
    self.bytes = bytes
    self.file = file
    var places: [String: Range<Int>] = [:]
    var model = ProtobufReader(bytes, file: file)
    while let field = try model.next() {
      guard field.number == 7, case .bytes(let graphRange) = field.value else { continue }
      var graph = ProtobufReader(bytes, graphRange, file: file)
      while let field = try graph.next() {
        guard field.number == 5, case .bytes(let range) = field.value else { continue }
        var tensor = ProtobufReader(bytes, range, file: file)
        while let field = try tensor.next() {
          guard field.number == 8, case .bytes(let name) = field.value else { continue }
          guard places.updateValue(range, forKey: String(decoding: bytes[name], as: UTF8.self)) == nil else {
            throw CheckpointError.malformed(file: file, reason: "two tensors have one name")
          }
        }
      }
    }
    self.places = places
  }

  /// A tensor with its elements; those of a float or integer list are laid out like raw data.
  /// - Throws: `CheckpointError.missingTensor`, `.malformed`.
  public func tensor(_ name: String) throws -> Tensor {
    guard let range = places[name] else { throw CheckpointError.missingTensor(file: file, tensor: name) }
    var shape: [Int] = []
    var code = 0
    var raw: Range<Int>?
    var floats: [UInt8] = []
    var integers: [Int] = []
    var reader = ProtobufReader(bytes, range, file: file)
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (1, .integer(let extent)): shape.append(extent)
      case (1, .bytes(let range)): shape += try ProtobufReader.integers(bytes, range, file: file)
      case (2, .integer(let value)): code = value
      case (4, .bytes(let range)), (4, .four(let range)): floats += bytes[range]
      case (5, .integer(let value)), (7, .integer(let value)): integers.append(value)
      case (5, .bytes(let range)), (7, .bytes(let range)):
        integers += try ProtobufReader.integers(bytes, range, file: file)
      case (9, .bytes(let range)): raw = range
      default: break
      }
    }
    let types: [Int: ElementType] = [1: .float32, 2: .uint8, 3: .int8, 6: .int32, 7: .int64]
    guard let type = types[code] else {
      throw CheckpointError.malformed(file: file, reason: "tensor \(name) has elements of the unknown type \(code)")
    }
    let elements =
      raw.map { Array(bytes[$0]) }
      ?? (type == .float32
        ? floats
        : integers.flatMap { integer in (0..<type.bytes).map { UInt8(truncatingIfNeeded: integer >> (8 * $0)) } })
    guard TensorEntry(name: name, type: type, shape: shape).byteCount == elements.count else {
      throw CheckpointError.malformed(
        file: file, reason: "tensor \(name) of shape \(shape) has \(elements.count) bytes")
    }
    return Tensor(type: type, shape: shape, bytes: elements)
  }
}
