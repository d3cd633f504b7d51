/// Walks over the fields of a protobuf message (protobuf.dev, "Encoding").
struct ProtobufReader {
  enum Value {
    case integer(Int)
    case four(Range<Int>)
    case eight(Range<Int>)
    case bytes(Range<Int>)
  }
  private var reader: ByteReader
  private let file: String

  init(_ bytes: [UInt8], _ range: Range<Int>? = nil, file: String) {
    reader = ByteReader(bytes, range, file: file)
    self.file = file
  }

  /// The next field; nil at the end of the message.
  /// - Throws: `CheckpointError.malformed` where a field runs beyond the message.
  mutating func next() throws -> (number: Int, value: Value)? {
    guard !reader.isAtEnd else { return nil }
    let key = try reader.varint()
    let value: Value
    switch key & 7 {
    case 0: value = .integer(try reader.varint())
    case 1: value = .eight(try reader.take(8))
    case 2: value = .bytes(try reader.take(reader.varint()))
    case 5: value = .four(try reader.take(4))
    default: throw CheckpointError.malformed(file: file, reason: "a field of the unknown wire type \(key & 7)")
    }
    return (key >> 3, value)
  }

  /// A packed list of integers.
  static func integers(_ bytes: [UInt8], _ range: Range<Int>, file: String) throws -> [Int] {
    var reader = ByteReader(bytes, range, file: file)
    var integers: [Int] = []
    while !reader.isAtEnd { integers.append(try reader.varint()) }
    return integers
  }
}
