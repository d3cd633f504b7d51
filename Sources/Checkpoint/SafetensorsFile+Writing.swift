import Foundation
import JSON

extension SafetensorsFile {
  /// A tensor to write.
  public struct Tensor: Sendable {
    public var entry: TensorEntry
    /// The elements, row-major and little-endian.
    public var bytes: [UInt8]

    public init(name: String, type: ElementType, shape: [Int], bytes: [UInt8]) {
      entry = TensorEntry(name: name, type: type, shape: shape)
      self.bytes = bytes
    }

    /// A tensor of F32.
    public init(name: String, shape: [Int], floats: [Float]) {
      self.init(name: name, type: .float32, shape: shape, bytes: floats.flatMap { littleEndianBytes($0.bitPattern) })
    }

    /// A tensor of I32.
    public init(name: String, shape: [Int], integers: [Int32]) {
      self.init(name: name, type: .int32, shape: shape, bytes: integers.flatMap { littleEndianBytes($0) })
    }
  }

  /// Writes a file under a temporary name, syncs it and renames it to `path`: either the whole file is there, or what was
  /// there before.
  ///
  /// Tensors are laid down by falling size of their elements, so that each is aligned to its element.
  /// - Throws: `CheckpointError.malformed` where two tensors have one name or bytes don't fit a shape; `.unwritable`.
  public static func write(_ tensors: [Tensor], metadata: [String: String] = [:], to path: String) throws {
    var names: Set<String> = [metadataKey]
    for tensor in tensors {
      let entry = tensor.entry
      guard names.insert(entry.name).inserted else {
        throw CheckpointError.malformed(file: path, reason: "two tensors are called \(entry.name)")
      }
      guard entry.byteCount == tensor.bytes.count else {
        throw CheckpointError.malformed(
          file: path, reason: "tensor \(entry.name) of shape \(entry.shape) can't have \(tensor.bytes.count) bytes")
      }
    }
    let ordered = tensors.enumerated().sorted {
      ($1.element.entry.type.bytes, $0.offset) < ($0.element.entry.type.bytes, $1.offset)
    }.map(\.element)
    let temporary = path + ".\(UUID().uuidString).partial"
    do {
      try write(header(of: ordered, metadata), ordered, to: temporary)
      guard unsafe rename(temporary, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    } catch {
      _ = unsafe unlink(temporary)
      throw CheckpointError.unwritable(file: path, reason: error.localizedDescription)
    }
  }

  private static func header(of tensors: [Tensor], _ metadata: [String: String]) -> [UInt8] {
    var header = JSON.Members()
    if !metadata.isEmpty {
      header.append(metadataKey, .object(JSON.Members(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })))
    }
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.bytes.count
      header.append(
        tensor.entry.name,
        [
          "dtype": .string(tensor.entry.type.rawValue), "shape": .array(tensor.entry.shape.map(JSON.int)),
          "data_offsets": [.int(offset), .int(end)],
        ])
      offset = end
    }
    let text = Array(JSON.object(header).text.utf8)
    // Blanks, so that the tensors start at a multiple of 64.
    return text + [UInt8](repeating: 0x20, count: (64 - (8 + text.count) % 64) % 64)
  }

  private static func write(_ header: [UInt8], _ tensors: [Tensor], to path: String) throws {
    try Data().write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    defer { try? output.close() }
    try output.write(contentsOf: littleEndianBytes(UInt64(header.count)) + header)
    for tensor in tensors { try output.write(contentsOf: tensor.bytes) }
    try output.synchronize()
  }
}

private func littleEndianBytes(_ value: some FixedWidthInteger) -> [UInt8] {
  (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}
