/// A TensorFlow checkpoint ("tensor bundle"): an index of names, and a file of little-endian elements (`listening.md` 2.1).
///
/// The index is a sorted table as LevelDB writes it, here of uncompressed blocks: a footer that points to an index block, whose
/// values point to data blocks, whose values are protobuf messages (`BundleEntryProto`) with type, shape and place of a tensor.
public struct TensorBundle: Sendable {
  private struct Place {
    let entry: TensorEntry
    let range: Range<Int>
  }
  private let places: [String: Place]
  private let data: [UInt8]
  private let file: String

  /// The tensors of float32, in no order; those of other types are left out.
  public var entries: [TensorEntry] { places.values.map(\.entry) }

  private static let magic: [UInt8] = [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]
  private static let footerBytes = 48
  private static let maximumTensors = 100_000

  /// - Parameters:
  ///   - index: the contents of the `.index` file.
  ///   - data: those of the only `.data` file.
  ///   - file: the name that errors bear.
  /// - Throws: `CheckpointError.malformed`.
  public init(index: [UInt8], data: [UInt8], file: String) throws {
    self.data = data
    self.file = file
    let malformed = { CheckpointError.malformed(file: file, reason: $0) }
    guard index.count >= Self.footerBytes, index.suffix(8).elementsEqual(Self.magic) else {
      throw malformed("it doesn't end as an index does")
    }
    var footer = ByteReader(index, index.count - Self.footerBytes..<index.count - 8, file: file)
    _ = (try footer.varint(), try footer.varint())
    let root = try Self.block(in: index, at: try footer.varint(), size: try footer.varint(), file: file)
    var places: [String: Place] = [:]
    for pointer in root {
      var reader = ByteReader(index, pointer.value, file: file)
      for pair in try Self.block(in: index, at: try reader.varint(), size: try reader.varint(), file: file) {
        // The empty name is that of the header.
        guard !pair.key.isEmpty, let place = try Self.place(pair, index, dataBytes: data.count, file: file) else { continue }
        guard places.updateValue(place, forKey: place.entry.name) == nil, places.count <= Self.maximumTensors else {
          throw malformed("two tensors are called \(place.entry.name), or there are too many")
        }
      }
    }
    self.places = places
  }

  /// The bytes of a tensor of float32.
  /// - Throws: `CheckpointError.missingTensor`, `.shapeMismatch`.
  public func bytes(_ name: String, shape: [Int]) throws -> [UInt8] {
    guard let place = places[name] else { throw CheckpointError.missingTensor(file: file, tensor: name) }
    guard place.entry.shape == shape else {
      throw CheckpointError.shapeMismatch(file: file, tensor: name, expected: shape, found: place.entry.shape)
    }
    return Array(data[place.range])
  }

  /// The pairs of a block: each key is the beginning of the one before it and some bytes more.
  private static func block(
    in index: [UInt8], at offset: Int, size: Int, file: String
  ) throws -> [(key: [UInt8], value: Range<Int>)] {
    let malformed = { CheckpointError.malformed(file: file, reason: $0) }
    // One byte of compression and four of a checksum follow.
    guard offset >= 0, size >= 4, offset <= index.count, size <= index.count - offset - 5 else {
      throw malformed("a block lies outside of it")
    }
    guard index[offset + size] == 0 else { throw malformed("a block is compressed") }
    let restarts = (0..<4).reduce(0) { $0 | Int(index[offset + size - 4 + $1]) << (8 * $1) }
    guard restarts <= (size - 4) / 4 else { throw malformed("a block has no room for its \(restarts) restarts") }
    var reader = ByteReader(index, offset..<offset + size - 4 - 4 * restarts, file: file)
    var pairs: [(key: [UInt8], value: Range<Int>)] = []
    var key: [UInt8] = []
    while !reader.isAtEnd {
      let shared = try reader.varint()
      let unshared = try reader.varint()
      let length = try reader.varint()
      guard shared >= 0, shared <= key.count else { throw malformed("a name shares more than the one before it has") }
      let rest = try reader.take(unshared)
      guard shared + rest.count <= 4096 else { throw malformed("a name is too long") }
      key = Array(key[..<shared]) + index[rest]
      pairs.append((key, try reader.take(length)))
      guard pairs.count <= maximumTensors else { throw malformed("a block has too many names") }
    }
    return pairs
  }

  /// Nil for a tensor that isn't float32.
  private static func place(
    _ pair: (key: [UInt8], value: Range<Int>), _ index: [UInt8], dataBytes: Int, file: String
  ) throws -> Place? {
    let name = String(decoding: pair.key, as: UTF8.self)
    var shape: [Int] = []
    var (type, shard, offset, size) = (0, 0, 0, 0)
    var reader = ProtobufReader(index, pair.value, file: file)
    while let field = try reader.next() {
      switch (field.number, field.value) {
      case (1, .integer(let value)): type = value
      case (2, .bytes(let range)):
        var extents = ProtobufReader(index, range, file: file)
        while let extent = try extents.next() {
          guard extent.number == 2, case .bytes(let range) = extent.value else { continue }
          var dimension = ProtobufReader(index, range, file: file)
          var size = 0
          while let field = try dimension.next() {
            if field.number == 1, case .integer(let value) = field.value { size = value }
          }
          shape.append(size)
        }
      case (3, .integer(let value)): shard = value
      case (4, .integer(let value)): offset = value
      case (5, .integer(let value)): size = value
      default: break
      }
    }
    guard type == 1 else { return nil }
    let entry = TensorEntry(name: name, type: .float32, shape: shape)
    guard shard == 0, offset >= 0, size >= 0, offset <= dataBytes, size <= dataBytes - offset else {
      throw CheckpointError.malformed(file: file, reason: "tensor \(name) lies outside of the data")
    }
    guard entry.byteCount == size else {
      throw CheckpointError.malformed(file: file, reason: "tensor \(name) of shape \(shape) has \(size) bytes")
    }
    return Place(entry: entry, range: offset..<offset + size)
  }
}
