/// Cuts a text into the pieces that byte pairs are merged in, as Qwen's pattern does (`acestep.md` 3.2):
///
///     (?i:'s|'t|'re|'ve|'m|'ll|'d) | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N} | ?[^\s\p{L}\p{N}]+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) | \s+
///
/// At each place the first alternative that matches wins; every character belongs to one piece.
struct PreTokenizer {
  private enum Kind { case letter, number, newline, space, other }

  private let scalars: [Unicode.Scalar]
  private let kinds: [Kind]

  init(_ text: String) {
    scalars = Array(text.unicodeScalars)
    kinds = scalars.map { scalar in
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
      case .decimalNumber, .letterNumber, .otherNumber: .number
      default: scalar == "\r" || scalar == "\n" ? .newline : scalar.properties.isWhitespace ? .space : .other
      }
    }
  }

  /// The pieces in order.
  func pieces() -> [String] {
    var pieces: [String] = []
    var start = 0
    while start < scalars.count {
      let end = pieceEnd(from: start)
      var piece = String.UnicodeScalarView()
      piece.append(contentsOf: scalars[start..<end])
      pieces.append(String(piece))
      start = end
    }
    return pieces
  }

  private func pieceEnd(from start: Int) -> Int {
    if let end = contraction(from: start) { return end }
    // A word, with one other character before it.
    let letters = run(from: start, of: .letter)
    if letters > start { return letters }
    let next = start + 1
    if kinds[start] == .space || kinds[start] == .other, run(from: next, of: .letter) > next {
      return run(from: next, of: .letter)
    }
    if kinds[start] == .number { return next }
    // Signs, with one blank before them and line ends after.
    let signs = scalars[start] == " " ? next : start
    let signsEnd = run(from: signs, of: .other)
    if signsEnd > signs { return run(from: signsEnd, of: .newline) }
    // Whitespace up to its last line end; else all of it, but the last where a word or sign follows.
    let blank = whitespace(from: start)
    if let newline = kinds[start..<blank].lastIndex(of: .newline) { return newline + 1 }
    return blank < scalars.count && blank - start > 1 ? blank - 1 : blank
  }

  private func run(from start: Int, of kind: Kind) -> Int {
    var end = start
    while end < kinds.count, kinds[end] == kind { end += 1 }
    return end
  }

  private func whitespace(from start: Int) -> Int {
    var end = start
    while end < kinds.count, kinds[end] == .space || kinds[end] == .newline { end += 1 }
    return end
  }

  private func contraction(from start: Int) -> Int? {
    guard scalars[start] == "'", start + 1 < scalars.count else { return nil }
    // The long s is an s where case doesn't count.
    let folded = scalars[(start + 1)..<min(start + 3, scalars.count)].map { $0 == "\u{17F}" ? "s" : $0.properties.lowercaseMapping }
    switch folded[0] {
    case "s", "t", "m", "d": return start + 2
    case "r" where folded.last == "e" && folded.count == 2, "v" where folded.last == "e" && folded.count == 2,
      "l" where folded.last == "l" && folded.count == 2:
      return start + 3
    default: return nil
    }
  }
}
