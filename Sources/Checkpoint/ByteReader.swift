/// Walks over a range of bytes that may come from anybody, little-endian.
struct ByteReader {
  private let bytes: [UInt8]
  private let end: Int
  private(set) var position: Int
  private let file: String

  /// - Parameters:
  ///   - range: within the bytes.
  ///   - file: the name that errors bear.
  init(_ bytes: [UInt8], _ range: Range<Int>? = nil, file: String) {
    self.bytes = bytes
    position = range?.lowerBound ?? 0
    end = range?.upperBound ?? bytes.count
    self.file = file
  }

  var isAtEnd: Bool { position >= end }

  /// A number of seven bits a byte, the lowest first.
  /// - Throws: `CheckpointError.malformed`, as all of these do.
  mutating func varint() throws -> Int {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard position < end else { throw malformed("it ends within a number") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return Int(truncatingIfNeeded: value) }
    }
    throw malformed("a number of more than 64 bits")
  }

  /// A number of so many bytes, at most 4.
  mutating func integer(_ count: Int) throws -> Int {
    let range = try take(count)
    return range.reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
  }

  mutating func take(_ count: Int) throws -> Range<Int> {
    guard count >= 0, count <= end - position else { throw malformed("a field runs beyond its end") }
    defer { position += count }
    return position..<position + count
  }

  private func malformed(_ reason: String) -> CheckpointError { .malformed(file: file, reason: reason) }
}
