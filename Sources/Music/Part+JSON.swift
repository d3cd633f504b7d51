/// "program 24", "kit 16", "synth supersaw", "voice female" or "voice male rap".
extension Instrument: Codable {
  /// The one-line form used in score and style files.
  public var text: String {
    switch self {
    case .program(let number): "program \(number)"
    case .drumKit(let number): "kit \(number)"
    case .synth(let name): "synth \(name)"
    case .voice(let kind, .sung): "voice \(kind.rawValue)"
    case .voice(let kind, let delivery): "voice \(kind.rawValue) \(delivery.rawValue)"
    }
  }

  /// Reads what `text` writes; nil for anything else.
  public init?(parsing text: String) {
    let words = text.split(separator: " ")
    if words.first == "voice" {
      guard (2...3).contains(words.count), let kind = VoiceKind(rawValue: String(words[1])),
        let delivery = words.count == 2 ? .sung : Delivery(rawValue: String(words[2]))
      else { return nil }
      self = .voice(kind, delivery)
      return
    }
    guard words.count == 2 else { return nil }
    switch (words[0], Int(words[1])) {
    case ("program", .some(let number)) where (0...127).contains(number): self = .program(number)
    case ("kit", .some(let number)) where (0...127).contains(number): self = .drumKit(number)
    case ("synth", nil): self = .synth(String(words[1]))
    case ("synth", .some): self = .synth(String(words[1]))
    default: return nil
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let instrument = Instrument(parsing: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "“\(text)” is no instrument. Write program 24, kit 16, synth supersaw or voice female.")
    }
    self = instrument
  }
}

/// `[start, duration, pitch, velocity, nudge]`, the syllable as a sixth where there is one, and `true` as a seventh where
/// that begins a line.
extension Note: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for value in [startTick, durationTicks, pitch.midi, velocity, nudgeTicks] { try container.encode(value) }
    if let syllable { try container.encode(syllable) }
    if syllable != nil, startsLine { try container.encode(true) }
  }
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    self.init(
      startTick: try container.decode(Int.self), durationTicks: try container.decode(Int.self),
      pitch: Pitch(midi: try container.decode(Int.self)), velocity: try container.decode(Int.self),
      nudgeTicks: try container.decode(Int.self))
    if !container.isAtEnd { syllable = try container.decode(String.self) }
    if !container.isAtEnd { startsLine = try container.decode(Bool.self) }
  }
}

/// `[tick, value, kind]`.
extension Control: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(tick)
    try container.encode(value)
    try container.encode(kind)
  }
  public init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    let tick = try container.decode(Int.self)
    let value = try container.decode(Int.self)
    self.init(tick: tick, kind: try container.decode(Kind.self), value: value)
  }
}

extension Control.Kind: Codable {
  private var text: String {
    switch self {
    case .expression: "expression"
    case .modulation: "modulation"
    case .sustain: "sustain"
    case .pitchBend: "pitchBend"
    }
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let kind = [Self.expression, .modulation, .sustain, .pitchBend].first(where: { $0.text == text })
    else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "“\(text)” is no control.")
    }
    self = kind
  }
}
