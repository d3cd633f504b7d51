/// Reads the pickle that `torch.save` writes for one tensor, without executing anything.
///
/// A pickle is a program for a stack machine. This reader knows the few operations that a tensor takes, and the names that it
/// calls only as words: `torch._utils _rebuild_tensor_v2`, a storage type of torch, and `collections OrderedDict` (without
/// contents). Everything else is a fault.
struct Unpickler {
  /// What a pickled tensor says of itself.
  struct Tensor: Equatable {
    var storageType: String
    /// The name of the archive's entry that holds the elements.
    var storage: String
    /// The first element's place in the storage.
    var offset: Int
    var shape: [Int]
    var stride: [Int]

    /// Whether the elements lie row-major without gaps.
    var isContiguous: Bool {
      var expected = 1
      for (extent, stride) in zip(shape, stride).reversed() {
        if extent != 1, stride != expected { return false }
        let (product, overflow) = expected.multipliedReportingOverflow(by: extent)
        if overflow { return false }
        expected = product
      }
      return true
    }
  }

  private indirect enum Value {
    case mark, bool, dictionary
    case int(Int)
    case text(String)
    case name(module: String, name: String)
    /// `depth` counts the tuples within each other, this one included.
    case tuple([Value], depth: Int)
    case storage(type: String, key: String)
    case tensor(Tensor)
  }

  private let bytes: [UInt8]
  private var position = 0
  private var stack: [Value] = []
  private var memo: [Int: Value] = [:]

  /// More than any pickle of a tensor takes.
  private static let maximumBytes = 1 << 16
  private static let maximumDimensions = 8
  /// Deeper tuples are refused: to free one takes a stack as deep as it is.
  private static let maximumDepth = 8

  static func tensor(from bytes: [UInt8]) throws(PickleFault) -> Tensor {
    guard bytes.count <= maximumBytes else { throw PickleFault("its pickle has \(bytes.count) bytes, more than a tensor needs") }
    var reader = Unpickler(bytes: bytes)
    return try reader.run()
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func run() throws(PickleFault) -> Tensor {
    while true {
      let operation = try byte()
      switch operation {
      case 0x80: _ = try byte()  // PROTO
      case UInt8(ascii: "c"):  // GLOBAL
        let module = try line()
        stack.append(.name(module: module, name: try line()))
      case UInt8(ascii: "q"): memo[Int(try byte())] = try top()  // BINPUT
      case UInt8(ascii: "r"): memo[try integer(bytes: 4)] = try top()  // LONG_BINPUT
      case UInt8(ascii: "h"): stack.append(try remembered(Int(try byte())))  // BINGET
      case UInt8(ascii: "j"): stack.append(try remembered(try integer(bytes: 4)))  // LONG_BINGET
      case UInt8(ascii: "("): stack.append(.mark)
      case UInt8(ascii: "X"): stack.append(.text(try text(count: try integer(bytes: 4))))  // BINUNICODE
      case UInt8(ascii: "J"):  // BININT
        stack.append(.int(Int(Int32(truncatingIfNeeded: try integer(bytes: 4)))))
      case UInt8(ascii: "K"): stack.append(.int(try integer(bytes: 1)))  // BININT1
      case UInt8(ascii: "M"): stack.append(.int(try integer(bytes: 2)))  // BININT2
      case 0x8A: stack.append(.int(try long()))  // LONG1
      case 0x88, 0x89: stack.append(.bool)  // NEWTRUE, NEWFALSE
      case UInt8(ascii: ")"): stack.append(try Self.tuple([]))
      case 0x85, 0x86, 0x87: stack.append(try Self.tuple(try pop(Int(operation) - 0x84)))  // TUPLE1 ... TUPLE3
      case UInt8(ascii: "t"): stack.append(try Self.tuple(try popToMark()))  // TUPLE
      case UInt8(ascii: "Q"): stack.append(try storage(try pop()))  // BINPERSID
      case UInt8(ascii: "R"):  // REDUCE
        let arguments = try pop()
        stack.append(try call(try pop(), arguments))
      case UInt8(ascii: "."):  // STOP
        guard case .tensor(let tensor) = try pop(), stack.isEmpty else { throw PickleFault("its pickle isn't one tensor") }
        return tensor
      default:
        throw PickleFault("its pickle does more than describe a tensor (operation 0x\(String(operation, radix: 16)))")
      }
    }
  }

  private static func tuple(_ parts: [Value]) throws(PickleFault) -> Value {
    let inner = parts.reduce(0) { if case .tuple(_, let depth) = $1 { max($0, depth) } else { $0 } }
    guard inner < maximumDepth else { throw PickleFault("its pickle nests tuples more than \(maximumDepth) deep") }
    return .tuple(parts, depth: inner + 1)
  }

  /// A persistent id: ("storage", type, key, device, number of elements).
  private func storage(_ id: Value) throws(PickleFault) -> Value {
    guard case .tuple(let parts, _) = id, parts.count == 5, case .text("storage") = parts[0],
      case .name("torch", let type) = parts[1], case .text(let key) = parts[2], case .text = parts[3], case .int = parts[4]
    else { throw PickleFault("its pickle refers to something other than a storage of torch") }
    guard !key.isEmpty, key.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
      throw PickleFault("its pickle names a storage \(key.debugDescription)")
    }
    return .storage(type: type, key: key)
  }

  private func call(_ function: Value, _ arguments: Value) throws(PickleFault) -> Value {
    guard case .name(let module, let name) = function, case .tuple(let arguments, _) = arguments else {
      throw PickleFault("its pickle calls something that has no name")
    }
    switch (module, name) {
    case ("collections", "OrderedDict") where arguments.isEmpty: return .dictionary
    case ("torch._utils", "_rebuild_tensor_v2"):
      // storage, storage_offset, size, stride, requires_grad, backward_hooks
      guard arguments.count >= 6, case .storage(let type, let key) = arguments[0], case .int(let offset) = arguments[1],
        offset >= 0, let shape = Self.integers(arguments[2]), let stride = Self.integers(arguments[3]),
        shape.count == stride.count, case .bool = arguments[4], case .dictionary = arguments[5]
      else { throw PickleFault("its pickle describes an impossible tensor") }
      return .tensor(Tensor(storageType: type, storage: key, offset: offset, shape: shape, stride: stride))
    default: throw PickleFault("its pickle calls \(module).\(name)")
    }
  }

  /// The non-negative extents of a shape.
  private static func integers(_ value: Value) -> [Int]? {
    guard case .tuple(let parts, _) = value, parts.count <= maximumDimensions else { return nil }
    var numbers: [Int] = []
    for part in parts {
      guard case .int(let number) = part, number >= 0 else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  private mutating func byte() throws(PickleFault) -> UInt8 {
    guard position < bytes.count else { throw PickleFault("its pickle is cut off") }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func integer(bytes count: Int) throws(PickleFault) -> Int {
    var value = 0
    for index in 0..<count { value |= Int(try byte()) << (8 * index) }
    return value
  }

  private mutating func long() throws(PickleFault) -> Int {
    let count = Int(try byte())
    guard count <= 7 else { throw PickleFault("its pickle has a number of \(count) bytes") }
    let value = try integer(bytes: count)
    let bits = 8 * count
    return count > 0 && value >> (bits - 1) & 1 == 1 ? value - 1 << bits : value
  }

  private mutating func line() throws(PickleFault) -> String {
    guard let end = bytes[position...].firstIndex(of: 0x0A) else { throw PickleFault("its pickle is cut off") }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  private mutating func text(count: Int) throws(PickleFault) -> String {
    guard count <= bytes.count - position else { throw PickleFault("its pickle is cut off") }
    defer { position += count }
    return String(decoding: bytes[position..<position + count], as: UTF8.self)
  }

  private func top() throws(PickleFault) -> Value {
    guard let value = stack.last else { throw PickleFault("its pickle takes from an empty stack") }
    return value
  }

  private mutating func pop() throws(PickleFault) -> Value {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws(PickleFault) -> [Value] {
    guard stack.count >= count else { throw PickleFault("its pickle takes from an empty stack") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(PickleFault) -> [Value] {
    guard let mark = stack.lastIndex(where: { if case .mark = $0 { true } else { false } }) else {
      throw PickleFault("its pickle has no mark to take from")
    }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[(mark + 1)...])
  }

  private func remembered(_ index: Int) throws(PickleFault) -> Value {
    guard let value = memo[index] else { throw PickleFault("its pickle recalls what it never stored") }
    return value
  }
}

/// What is wrong with a pickle, as the end of a sentence.
struct PickleFault: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}
