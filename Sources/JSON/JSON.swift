/// A JSON value (RFC 8259), read and written by jansson.
///
///     let value = try JSON(parsing: #"{"bpm": 120}"#)
///     value["bpm"]?.int                            // 120
///     JSON.object(["bpm": 120, "key": .null]).text // {"bpm":120,"key":null}
///
/// This is a value to carry between the wire and typed code, not a document database: objects keep their order
/// and look members up by walking them.
public enum JSON: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSON])
  case object(Members)

  /// The members of an object in order. Setting a key again replaces its value in place.
  public struct Members: Sendable, Hashable {
    public private(set) var pairs: [Pair]

    public struct Pair: Sendable, Hashable {
      public let key: String
      public var value: JSON
    }

    public init() { pairs = [] }

    /// - Complexity: O(n).
    public subscript(key: String) -> JSON? {
      get { pairs.first { $0.key == key }?.value }
      set {
        let index = pairs.firstIndex { $0.key == key }
        switch (index, newValue) {
        case (let index?, let value?): pairs[index].value = value
        case (let index?, nil): pairs.remove(at: index)
        case (nil, let value?): pairs.append(Pair(key: key, value: value))
        case (nil, nil): break
        }
      }
    }

    /// Adds a member without looking for an earlier one of the same name.
    public mutating func append(_ key: String, _ value: JSON) {
      pairs.append(Pair(key: key, value: value))
    }
  }
}

extension JSON {
  /// The member of an object; nil for any other value or a missing member.
  public subscript(key: String) -> JSON? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  /// The element of an array; nil for any other value or an index out of range.
  public subscript(index: Int) -> JSON? {
    if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil }
  }

  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  public var members: Members? { if case .object(let value) = self { value } else { nil } }
  public var isNull: Bool { self == .null }

  /// An integer, also where it was written with a fraction of zero (`64.0`).
  public var int: Int? {
    switch self {
    case .int(let value): value
    case .double(let value): Int(exactly: value)
    default: nil
    }
  }

  /// A number of either kind.
  public var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  /// What the value is, for error messages: "a string", "an object".
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .int, .double: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// The string, or null.
  public static func optional(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
  /// The integer, or null.
  public static func optional(_ value: Int?) -> JSON { value.map(JSON.int) ?? .null }
  /// The number, or null.
  public static func optional(_ value: Double?) -> JSON { value.map(JSON.double) ?? .null }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(Members(elements)) }
}

extension JSON.Members: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }

  /// The pairs in order; of two with one key the last value stays, at the first's place.
  public init(_ elements: some Sequence<(String, JSON)>) {
    self.init()
    for (key, value) in elements { self[key] = value }
  }
}
