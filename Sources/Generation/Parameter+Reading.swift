public import JSON
import Music

extension Parameter {
  /// The canonical form of a value given for this parameter, or nil when it breaks the rule. `null` means absent.
  /// - Parameter fromForm: the value came as text from a form, and is coerced to the parameter's type (`api.md` 1.4).
  public func read(_ given: JSON, fromForm: Bool) -> JSON? {
    if given.isNull { return defaultValue }
    var value = given
    if fromForm, let text = given.string {
      let trimmed = text.trimmingBlanks()
      if case .text = kind {} else if trimmed.isEmpty { return defaultValue }
      value = coerce(trimmed) ?? .string(trimmed.isEmpty ? text : trimmed)
      if case .text = kind { value = .string(text) }
    }
    return check(value)
  }

  /// The text of a form field as this parameter's type; nil leaves it text.
  private func coerce(_ text: String) -> JSON? {
    switch kind {
    case .boolean:
      switch text.lowercased() {
      case "true", "1", "on", "yes": .bool(true)
      case "false", "0", "off", "no": .bool(false)
      default: nil
      }
    case .integer, .number, .clampedNumber, .duration:
      Int(text).map(JSON.int) ?? Double(text).flatMap { $0.isFinite ? .double($0) : nil }
    case .integers:
      if text.hasPrefix("[") { try? JSON(parsing: text) } else {
        .array(text.split { $0 == "," || $0 == " " }.map { part in Int(part).map(JSON.int) ?? .string(String(part)) })
      }
    default: nil
    }
  }

  /// A word of a choice, however its case, blanks and hyphens are written.
  private static func folded(_ word: String) -> String {
    String(word.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
  }

  private func check(_ value: JSON) -> JSON? {
    switch kind {
    case .text(let maximum):
      guard let text = value.string, text.unicodeScalars.count <= maximum, !text.hasControls else { return nil }
      return text.trimmingBlanks().isEmpty ? defaultValue : .string(text)
    case .boolean:
      return value.bool.map(JSON.bool)
    case .integer(let range):
      return value.int.flatMap { range.contains($0) ? .int($0) : nil }
    case .number(let range):
      return value.double.flatMap { range.contains($0) ? .double($0) : nil }
    case .clampedNumber(let range, let limit):
      return value.double.flatMap { range.contains($0) ? .double(min($0, limit)) : nil }
    case .duration(let range):
      return value.double.flatMap { $0 == -1 || range.contains($0) ? .double($0) : nil }
    case .choice(let words, let synonyms):
      guard let word = value.string?.trimmingBlanks() else { return nil }
      let wanted = synonyms.first { Self.folded($0.key) == Self.folded(word) }?.value ?? word
      return words.first { Self.folded($0) == Self.folded(wanted) }.map(JSON.string)
    case .integers(let range, let count):
      guard let elements = value.array, elements.count <= count else { return nil }
      let integers = elements.compactMap(\.int)
      guard integers.count == elements.count, integers.allSatisfy(range.contains) else { return nil }
      return integers.isEmpty ? defaultValue : .array(integers.map(JSON.int))
    case .key:
      guard let text = value.string else { return nil }
      return text.trimmingBlanks().isEmpty ? defaultValue : Key(parsing: text).map { .string($0.name) }
    case .meter:
      let text = value.string ?? value.int.map(String.init)
      guard let text else { return nil }
      return text.trimmingBlanks().isEmpty ? defaultValue : Meter(parsing: text).map { .string($0.name) }
    case .language:
      guard let code = value.string?.trimmingBlanks().lowercased() else { return nil }
      // An unsupported code falls back instead of failing (`api.md` 7.5); "en-GB" is English.
      let language = String(code.prefix { $0 != "-" && $0 != "_" })
      return .string(Language.isKnown(language) ? language : "unknown")
    case .preset:
      guard let name = value.string?.trimmingBlanks() else { return nil }
      return name.isEmpty ? defaultValue : GenrePreset.named(name).map { .string($0.name) }
    case .webAddress:
      guard let text = value.string?.trimmingBlanks() else { return nil }
      if text.isEmpty { return defaultValue }
      let lower = text.lowercased()
      let isAddress = lower.hasPrefix("http://") || lower.hasPrefix("https://")
      let hasHost = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: true).count > 1
      let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != 0x22 && $0 != 0x3C && $0 != 0x3E }
      return isAddress && hasHost && isPlain && text.utf8.count <= 2048 ? .string(text) : nil
    case .adapter:
      guard let name = value.string else { return nil }
      return name.trimmingBlanks().isEmpty ? defaultValue : nil
    }
  }
}

extension String {
  /// Whether there are control characters other than tabs and line ends.
  fileprivate var hasControls: Bool {
    unicodeScalars.contains { ($0.value < 0x20 && ![0x09, 0x0A, 0x0D].contains($0.value)) || $0.value == 0x7F }
  }

  /// Without white space and line ends at both ends.
  package func trimmingBlanks() -> String {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }
}
