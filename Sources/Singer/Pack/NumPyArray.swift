import Checkpoint

/// An array of NumPy's format (numpy.lib.format, versions 1.0 to 3.0), as far as voices need it: little-endian float32 in C order.
struct NumPyArray: Equatable {
  let shape: [Int]
  /// Row-major.
  let values: [Float]

  /// Greater arrays are refused: no voice comes near.
  private static let maximumElements = 1 << 26

  /// - Parameters:
  ///   - bytes: a whole `.npy` file.
  ///   - name: names it in errors.
  /// - Throws: `CheckpointError.malformed`.
  init(_ bytes: [UInt8], name: String) throws(CheckpointError) {
    func bad(_ reason: String) -> CheckpointError { .malformed(file: "The voice \(name)", reason: reason) }
    guard bytes.count >= 10, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else { throw bad("it isn't a NumPy array") }
    let isLong = bytes[6] >= 2
    guard (1...3).contains(bytes[6]), bytes.count >= 12 else { throw bad("its format is version \(bytes[6])") }
    let start = isLong ? 12 : 10
    let length = (8..<start).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    guard length <= bytes.count - start else { throw bad("its header is cut off") }
    guard let header = Header(bytes[start..<start + length]) else { throw bad("its header can't be understood") }
    guard header.type == "<f4" else { throw bad("its numbers are \(header.type), not little-endian float32") }
    guard !header.isFortranOrder else { throw bad("it is laid out by columns") }
    var count = 1
    for extent in header.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= Self.maximumElements else { throw bad("its shape \(header.shape) is too large") }
      count = product
    }
    let data = start + length
    guard bytes.count - data == count * 4 else {
      throw bad("its shape \(header.shape) needs \(count * 4) bytes, and it has \(bytes.count - data)")
    }
    shape = header.shape
    values = (0..<count).map { index in
      let place = data + 4 * index
      let bits = (0..<4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[place + $1]) }
      return Float(bitPattern: bits)
    }
  }

  /// The header: a Python dictionary with the keys `descr`, `fortran_order` and `shape`.
  private struct Header {
    var type = ""
    var isFortranOrder = false
    var shape: [Int] = []

    init?(_ text: ArraySlice<UInt8>) {
      var scanner = Scanner(rest: text)
      var keys: Set<String> = []
      guard scanner.take("{") else { return nil }
      while !scanner.take("}") {
        guard let key = scanner.string(), keys.insert(key).inserted, scanner.take(":") else { return nil }
        switch key {
        case "descr":
          guard let value = scanner.string() else { return nil }
          type = value
        case "fortran_order":
          if scanner.take("True") { isFortranOrder = true } else if !scanner.take("False") { return nil }
        case "shape":
          guard let value = scanner.tuple() else { return nil }
          shape = value
        default: return nil
        }
        guard scanner.take(",") || scanner.isAt("}") else { return nil }
      }
      guard keys.count == 3, scanner.isAtEnd else { return nil }
    }
  }

  /// Reads literals, skipping blanks before each.
  private struct Scanner {
    var rest: ArraySlice<UInt8>

    private mutating func skipBlanks() { rest = rest.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 } }

    var isAtEnd: Bool {
      mutating get {
        skipBlanks()
        return rest.isEmpty
      }
    }

    mutating func isAt(_ word: String) -> Bool {
      skipBlanks()
      return rest.starts(with: word.utf8)
    }

    mutating func take(_ word: String) -> Bool {
      guard isAt(word) else { return false }
      rest = rest.dropFirst(word.utf8.count)
      return true
    }

    mutating func string() -> String? {
      skipBlanks()
      guard let quote = rest.first, quote == 0x27 || quote == 0x22 else { return nil }
      let body = rest.dropFirst()
      guard let end = body.firstIndex(of: quote), !body[..<end].contains(0x5C) else { return nil }
      rest = body[(end + 1)...]
      return String(validating: body[..<end], as: UTF8.self)
    }

    mutating func number() -> Int? {
      skipBlanks()
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      rest = rest.dropFirst(digits.count)
      return Int(String(decoding: digits, as: UTF8.self))
    }

    mutating func tuple() -> [Int]? {
      guard take("(") else { return nil }
      var numbers: [Int] = []
      while !take(")") {
        guard let value = number(), numbers.count < 32 else { return nil }
        numbers.append(value)
        guard take(",") || isAt(")") else { return nil }
      }
      return numbers
    }
  }
}
