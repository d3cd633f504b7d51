/// As its name: "A minor".
extension Key: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let key = Key(parsing: name) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(name) is no key.")
    }
    self = key
  }
}

/// As its name: "3/4".
extension Meter: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let meter = Meter(parsing: name) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(name) is no metre of this studio.")
    }
    self = meter
  }
}
