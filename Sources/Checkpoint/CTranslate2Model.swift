/// The weights in a CTranslate2 `model.bin` of version 6 (`listening.md` 3.1).
///
/// Little-endian: a version, the model's name and revision, then each tensor's name, shape, type and bytes, at any alignment; at
/// last the aliases, pairs of names.
public struct CTranslate2Model: Sendable {
  private struct Place {
    let entry: TensorEntry
    let range: Range<Int>
  }
  private let places: [String: Place]
  private let content: [UInt8]
  private let file: String
  /// Which other name stands for which tensor.
  public let aliases: [String: String]
  /// The kind of model, such as "WhisperSpec".
  public let specification: String

  /// The tensors, in no order.
  public var entries: [TensorEntry] { places.values.map(\.entry) }

  private static let types: [ElementType] = [.float32, .int8, .int16, .int32, .float16, .bfloat16]
  private static let maximumTensors = 100_000
  private static let maximumRank = 8

  /// - Parameter file: the name that errors bear.
  /// - Throws: `CheckpointError.malformed`.
  public init(_ content: [UInt8], file: String) throws {
    let malformed = { CheckpointError.malformed(file: file, reason: $0) }
    var reader = ByteReader(content, file: file)
    func name() throws -> String {
      let length = try reader.integer(2)
      let range = try reader.take(length)
      guard length > 0, content[range.upperBound - 1] == 0,
        let text = String(validating: content[range].dropLast(), as: UTF8.self)
      else { throw malformed("a name is no text") }
      return text
    }
    let version = try reader.integer(4)
    guard version == 6 else { throw malformed("it is of version \(version), not 6") }
    specification = try name()
    _ = try reader.integer(4)
    let count = try reader.integer(4)
    guard count <= Self.maximumTensors else { throw malformed("it would have \(count) tensors") }
    var places: [String: Place] = [:]
    for _ in 0..<count {
      let name = try name()
      let rank = try reader.integer(1)
      guard rank <= Self.maximumRank else { throw malformed("tensor \(name) has \(rank) axes") }
      let shape = try (0..<rank).map { _ in try reader.integer(4) }
      let code = try reader.integer(1)
      guard Self.types.indices.contains(code) else {
        throw malformed("tensor \(name) has elements of the unknown type \(code)")
      }
      let range = try reader.take(try reader.integer(4))
      let entry = TensorEntry(name: name, type: Self.types[code], shape: shape)
      guard entry.byteCount == range.count else {
        throw malformed("tensor \(name) of shape \(shape) has \(range.count) bytes")
      }
      guard places.updateValue(Place(entry: entry, range: range), forKey: name) == nil else {
        throw malformed("two tensors are called \(name)")
      }
    }
    let aliasCount = try reader.integer(4)
    guard aliasCount <= Self.maximumTensors else { throw malformed("it would have \(aliasCount) aliases") }
    var aliases: [String: String] = [:]
    for _ in 0..<aliasCount {
      let alias = try name()
      let target = try name()
      guard places[target] != nil else { throw malformed("\(alias) stands for \(target), which is not there") }
      aliases[alias] = target
    }
    guard reader.isAtEnd else { throw malformed("something follows after its end") }
    self.places = places
    self.content = content
    self.file = file
    self.aliases = aliases
  }

  /// A tensor as it is stored.
  /// - Throws: `CheckpointError.missingTensor`, `.shapeMismatch`.
  public func tensor(_ name: String, shape: [Int]) throws -> SafetensorsFile.Tensor {
    guard let place = places[aliases[name] ?? name] else { throw CheckpointError.missingTensor(file: file, tensor: name) }
    guard place.entry.shape == shape else {
      throw CheckpointError.shapeMismatch(file: file, tensor: name, expected: shape, found: place.entry.shape)
    }
    return .init(name: name, type: place.entry.type, shape: shape, bytes: Array(content[place.range]))
  }

  /// An integer of rank 0.
  /// - Throws: `CheckpointError.missingTensor`, `.shapeMismatch`, `.typeMismatch`.
  public func integer(_ name: String) throws -> Int {
    let tensor = try tensor(name, shape: [])
    let value = tensor.bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    switch tensor.entry.type {
    case .int8: return Int(Int8(truncatingIfNeeded: value))
    case .int16: return Int(Int16(truncatingIfNeeded: value))
    case .int32: return Int(Int32(truncatingIfNeeded: value))
    default:
      throw CheckpointError.typeMismatch(file: file, tensor: name, expected: "I8, I16 or I32", found: tensor.entry.type.rawValue)
    }
  }
}
