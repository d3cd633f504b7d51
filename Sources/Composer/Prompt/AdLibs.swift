/// What is called into a line by others: the words in brackets, as in "Hold me now (hold me now)".
enum AdLibs {
  /// A line's pieces in order, without the brackets.
  static func pieces(of line: String) -> [(text: String, isAdLib: Bool)] {
    var result: [(text: String, isAdLib: Bool)] = []
    var piece = ""
    var isInside = false
    var before: Character = " "
    func add() {
      let text = piece.trimmingWhitespace
      if !text.isEmpty { result.append((text, isInside)) }
      piece = ""
    }
    for character in line {
      switch character {
      // "walk(ing)" is one word.
      case "(" where !isInside && before.isWhitespace, "（" where !isInside:
        add()
        isInside = true
      case ")" where isInside, "）" where isInside:
        add()
        isInside = false
      default: piece.append(character)
      }
      before = character
    }
    add()
    return result
  }
}
