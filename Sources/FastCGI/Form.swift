import Glibc

/// The fields of a query string or a form body, in order. A name may come several times.
public struct Form: Sendable, Equatable {
  public private(set) var fields: [Field]

  public struct Field: Sendable, Equatable {
    public let name: String
    /// Text of a plain field; empty for a file.
    public let value: String
    /// The client's name for an uploaded file. Never to be used as a path.
    public let fileName: String?
    /// The bytes of an uploaded file that was read into memory.
    public let bytes: [UInt8]
    /// Where an uploaded file lies that was written to disk; it is the handler's to move or to remove.
    public let path: String?
  }

  public init() { fields = [] }

  /// The last value of a field.
  public subscript(name: String) -> String? { fields.last { $0.name == name && $0.fileName == nil }?.value }

  /// All values of a field.
  public func values(_ name: String) -> [String] { fields.filter { $0.name == name && $0.fileName == nil }.map(\.value) }

  /// An uploaded file.
  public func file(_ name: String) -> Field? { fields.last { $0.name == name && $0.fileName != nil } }

  /// Removes the uploaded files that are still where they were written.
  public func removeFiles() {
    for path in fields.compactMap(\.path) { unsafe unlink(path) }
  }

  mutating func append(name: String, value: String = "", fileName: String? = nil, bytes: [UInt8] = [], path: String? = nil) {
    fields.append(Field(name: name, value: value, fileName: fileName, bytes: bytes, path: path))
  }
}

extension Form {
  /// Reads `application/x-www-form-urlencoded` (WHATWG URL 5.1), the form of query strings too.
  init(urlencoded text: some StringProtocol, limits: Request.Limits) throws(RequestError) {
    self.init()
    for pair in text.split(separator: "&") {
      guard fields.count < limits.fields else { throw .malformed("more than \(limits.fields) fields") }
      let equals = pair.firstIndex(of: "=")
      let name = equals.map { pair[..<$0] } ?? pair[...]
      let value = equals.map { pair[pair.index(after: $0)...] } ?? ""
      guard let name = PercentCoding.decode(name, plusIsBlank: true), let value = PercentCoding.decode(value, plusIsBlank: true)
      else { throw .malformed("a field is not valid percent-encoded UTF-8") }
      append(name: name, value: value)
    }
  }
}

/// Percent-encoding (RFC 3986, 2.1).
public enum PercentCoding {
  /// Nil for a broken escape, invalid UTF-8 or a NUL.
  static func decode(_ text: some StringProtocol, plusIsBlank: Bool) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsBlank: bytes.append(UInt8(ascii: " "))
      default: bytes.append(byte)
      }
    }
    return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
  }

  /// Everything but letters, digits and `-._~` escaped.
  public static func encode(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = Array("0123456789ABCDEF")
        result.append("%")
        result.append(digits[Int(byte >> 4)])
        result.append(digits[Int(byte & 15)])
      }
    }
    return result
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
