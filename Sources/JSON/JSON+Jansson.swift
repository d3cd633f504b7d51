import CJansson

/// Why a text is not the JSON that was expected: where, and what is wrong.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  /// From 1.
  public let line: Int
  /// From 1, counted in characters.
  public let column: Int
  public let reason: String
  public var description: String { "line \(line), column \(column): \(reason)" }
}

extension JSON {
  /// Objects and lists may be nested this deep.
  public static let maximumDepth = 64

  /// Reads a JSON text.
  /// - Throws: `JSONError` with the place of the first fault; also for duplicate keys, invalid UTF-8, numbers out
  ///   of range, nesting beyond `maximumDepth` and anything after the value.
  public init(parsing text: some Collection<UInt8>) throws(JSONError) {
    var failure = json_error_t()
    let bytes = Array(text)
    let root = unsafe bytes.withUnsafeBytes { raw in
      unsafe json_loadb(
        raw.baseAddress, raw.count, Int(JSON_REJECT_DUPLICATES) | Int(JSON_DECODE_ANY), &failure)
    }
    guard let root = unsafe root else { throw JSONError(failure) }
    defer { unsafe json_decref(root) }
    self = try unsafe JSON(copying: root, depth: 0)
  }

  /// Reads a JSON text. Throws as `init(parsing:)` for bytes does.
  public init(parsing text: String) throws(JSONError) { try self.init(parsing: text.utf8) }

  /// The value as compact JSON.
  public var text: String { dump(flags: JSON_COMPACT) }

  /// The value indented by two blanks, for people.
  public var prettyText: String { dump(flags: 2) }

  private func dump(flags: Int32) -> String {
    let node = unsafe makeNode()
    defer { unsafe json_decref(node) }
    // 15 digits print 0.7 as 0.7; 17 would print 0.69999999999999996.
    let precision = Int((15 & 0x1F) << 11)
    guard let bytes = unsafe json_dumps(node, Int(flags) | precision | Int(JSON_ENCODE_ANY)) else {
      preconditionFailure("jansson could not write a value that it built")
    }
    defer { unsafe free(bytes) }
    return unsafe String(cString: bytes)
  }

  private init(copying node: UnsafeMutablePointer<json_t>, depth: Int) throws(JSONError) {
    guard depth <= JSON.maximumDepth else {
      throw JSONError(line: 1, column: 1, reason: "nested more than \(JSON.maximumDepth) deep")
    }
    switch unsafe node.pointee.type {
    case JSON_OBJECT:
      var members = Members()
      var iterator = unsafe json_object_iter(node)
      while let current = unsafe iterator {
        if let key = unsafe json_object_iter_key(current), let value = unsafe json_object_iter_value(current) {
          try unsafe members.append(String(cString: key), JSON(copying: value, depth: depth + 1))
        }
        unsafe iterator = unsafe json_object_iter_next(node, current)
      }
      self = .object(members)
    case JSON_ARRAY:
      var elements: [JSON] = []
      for index in unsafe 0..<json_array_size(node) {
        if let element = unsafe json_array_get(node, index) {
          try unsafe elements.append(JSON(copying: element, depth: depth + 1))
        }
      }
      self = .array(elements)
    case JSON_STRING:
      if let bytes = unsafe json_string_value(node) {
        let length = unsafe json_string_length(node)
        self = unsafe .string(
          String(
            decoding: UnsafeRawBufferPointer(start: bytes, count: length), as: UTF8.self))
      } else {
        self = .string("")
      }
    case JSON_INTEGER: self = unsafe .int(Int(json_integer_value(node)))
    case JSON_REAL: self = unsafe .double(json_real_value(node))
    case JSON_TRUE: self = .bool(true)
    case JSON_FALSE: self = .bool(false)
    default: self = .null
    }
  }

  /// A new jansson value; the caller owns it.
  private func makeNode() -> UnsafeMutablePointer<json_t>? {
    switch self {
    case .null: return unsafe json_null()
    case .bool(let value): return unsafe value ? json_true() : json_false()
    case .int(let value): return unsafe json_integer(json_int_t(value))
    case .double(let value): return unsafe value.isFinite ? json_real(value) : json_null()
    case .string(let value):
      var value = value
      return value.withUTF8 { bytes in
        unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe json_stringn_nocheck($0.baseAddress ?? emptyText, $0.count) }
      }
    case .array(let elements):
      let node = unsafe json_array()
      for element in elements { unsafe json_array_append_new(node, element.makeNode()) }
      return unsafe node
    case .object(let members):
      let node = unsafe json_object()
      for pair in members.pairs {
        unsafe json_object_set_new_nocheck(node, pair.key, pair.value.makeNode())
      }
      return unsafe node
    }
  }
}

/// What an empty Swift string, which may have no address, is handed to C as.
nonisolated(unsafe) private let emptyText: UnsafePointer<CChar> = {
  let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
  unsafe byte.initialize(to: 0)
  return unsafe UnsafePointer(byte)
}()

extension JSONError {
  fileprivate init(_ error: json_error_t) {
    let reason = unsafe withUnsafeBytes(of: error.text) { raw in
      // The last byte of the text holds jansson's error code.
      unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
    }
    self.init(line: max(Int(error.line), 1), column: max(Int(error.column), 1), reason: reason)
  }
}
