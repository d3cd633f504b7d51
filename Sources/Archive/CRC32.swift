/// The checksum of ZIP files (PKWARE's APPNOTE 4.4.7; polynomial 0x04C11DB7, reflected), fed piece by piece.
public struct CRC32: Sendable {
  private var register: UInt32 = 0xFFFF_FFFF

  public init() {}

  /// Adds bytes.
  public mutating func add(_ bytes: [UInt8]) {
    var register = register
    let table = Self.table.span
    for byte in bytes { register = table[Int((register ^ UInt32(byte)) & 0xFF)] ^ (register >> 8) }
    self.register = register
  }

  /// The checksum of what was added so far.
  public var value: UInt32 { ~register }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }
}
