/// What a stored tensor's elements are, by safetensors' names.
public enum ElementType: String, Sendable, CaseIterable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint64 = "U64"
  case uint32 = "U32"
  case uint16 = "U16"
  case uint8 = "U8"
  case bool = "BOOL"

  /// Bytes of one element.
  public var bytes: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }
}

/// A tensor as a file lists it: name, element type and shape.
public struct TensorEntry: Sendable, Hashable {
  public var name: String
  public var type: ElementType
  /// Row-major; empty for a scalar.
  public var shape: [Int]

  public init(name: String, type: ElementType, shape: [Int]) {
    self.name = name
    self.type = type
    self.shape = shape
  }

  /// Of a shape whose bytes can be counted.
  public var elementCount: Int { (byteCount ?? 0) / type.bytes }

  /// Bytes of all elements; nil where the shape is negative or beyond what an `Int` counts.
  public var byteCount: Int? {
    var count = type.bytes
    // A zero first, or [huge, huge, 0] would overflow on the way to nothing.
    guard shape.allSatisfy({ $0 >= 0 }) else { return nil }
    if shape.contains(0) { return 0 }
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      count = product
    }
    return count
  }
}
