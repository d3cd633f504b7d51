/// The characters of one line and how far they have been read.
struct ABCScanner {
  let characters: [Character]
  let line: Int
  var index = 0

  init(_ text: some StringProtocol, line: Int) {
    characters = Array(text)
    self.line = line
  }

  var place: ABCTune.Place { .init(line: line, column: index + 1) }
  var isAtEnd: Bool { index >= characters.count }
  var next: Character? { index < characters.count ? characters[index] : nil }
  func peek(_ ahead: Int) -> Character? {
    index + ahead < characters.count ? characters[index + ahead] : nil
  }

  mutating func take() -> Character? {
    guard index < characters.count else { return nil }
    index += 1
    return characters[index - 1]
  }

  mutating func take(_ character: Character) -> Bool {
    guard next == character else { return false }
    index += 1
    return true
  }

  /// Digits as a number; nil when there are none, or more than a million.
  mutating func number() -> Int? {
    var value = 0
    let start = index
    while let digit = next, digit.isASCII, let figure = digit.wholeNumberValue {
      value = min(value * 10 + figure, 1_000_001)
      index += 1
    }
    return index > start && value <= 1_000_000 ? value : nil
  }

  /// What stands before `end`, which is passed over; nil when `end` doesn't come.
  mutating func text(upTo end: Character) -> String? {
    guard let stop = characters[index...].firstIndex(of: end) else { return nil }
    defer { index = stop + 1 }
    return String(characters[index..<stop])
  }

  mutating func skipSpaces() { while let character = next, character.isWhitespace { index += 1 } }
}
