import Music

/// Lyrics cut into sections and lines.
struct LyricSheet: Sendable {
  struct Stanza: Sendable, Hashable {
    var kind: Section.Kind
    /// As tagged: "Verse 2"; empty where the tag has no number.
    var number: Int?
    /// "Rap", "Verse 2 - spoken": how its words are given, where the tag says so.
    var delivery: Instrument.Delivery?
    var lines: [String]
  }
  var stanzas: [Stanza] = []

  /// More than this is no line to sing but prose, in letters of an alphabet; an ideograph counts for two.
  private static let longestLine = 100
  /// What prose is cut to.
  private static let usualLine = 64

  /// Reads `[Verse 1]`, `[Pre-Chorus]`, `(Chorus)`, `Bridge:` on lines of their own. Without any tag, blank lines
  /// part the stanzas; one that comes back is the chorus, and where none does every second is.
  init(_ lyrics: String) {
    var tagged: [Stanza] = []
    var untagged: [[String]] = [[]]
    var sawTag = false
    for rawLine in lyrics.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let line = rawLine.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if let tag = Self.tag(line) {
        sawTag = true
        tagged.append(tag)
      } else if line.hasPrefix("[") && line.hasSuffix("]") {
        continue
      } else if line.isEmpty {
        if untagged[untagged.count - 1].isEmpty == false { untagged.append([]) }
      } else if sawTag {
        tagged[tagged.count - 1].lines += Self.sungLines(of: line)
      } else {
        untagged[untagged.count - 1] += Self.sungLines(of: line)
      }
    }
    untagged.removeAll(where: \.isEmpty)
    if sawTag {
      let opening = untagged.map { Stanza(kind: .verse, number: nil, lines: $0) }
      stanzas = opening + tagged
    } else {
      stanzas = Self.guess(untagged)
    }
  }

  var lineCount: Int { stanzas.reduce(0) { $0 + $1.lines.count } }

  /// A line as it is; prose cut after a mark of punctuation, else between words, else anywhere.
  private static func sungLines(of line: String) -> [String] {
    func width(_ text: [Character]) -> Int { text.reduce(0) { $0 + Self.width($1) } }
    var rest = Array(line)
    var result: [String] = []
    guard width(rest) > longestLine else { return [line] }
    while width(rest) > usualLine {
      var room = usualLine
      let most = max(1, rest.firstIndex { room -= Self.width($0); return room < 0 } ?? rest.count)
      let head = rest[..<most]
      let end = head.dropFirst(most / 2).lastIndex { $0.isPunctuation && $0 != "'" && $0 != "’" } ?? head.lastIndex { $0.isWhitespace }
      let count = end.map { $0 + 1 } ?? most
      result.append(String(rest[..<count]).trimmingWhitespace)
      rest.removeFirst(count)
    }
    return (result + [String(rest).trimmingWhitespace]).filter { !$0.isEmpty }
  }

  private static func width(_ character: Character) -> Int { Syllabifier.isIdeograph(character) ? 2 : 1 }

  private static func guess(_ blocks: [[String]]) -> [Stanza] {
    let repeated = blocks.enumerated().filter { index, block in
      blocks.enumerated().contains { $0.offset != index && $0.element == block }
    }.map(\.element)
    return blocks.enumerated().map { index, block in
      let isChorus = repeated.isEmpty ? index % 2 == 1 : repeated.contains(block)
      return Stanza(kind: isChorus ? .chorus : .verse, number: nil, lines: block)
    }
  }

  private static let names: [(String, Section.Kind)] = [
    ("prechorus", .preChorus), ("buildup", .build), ("build", .build), ("refrain", .chorus), ("chorus", .chorus),
    ("hook", .chorus), ("verse", .verse), ("bridge", .bridge), ("intro", .intro), ("outro", .outro),
    ("ending", .outro), ("interlude", .interlude), ("instrumental", .solo), ("solo", .solo), ("break", .interlude),
    ("drop", .drop), ("estribillo", .chorus), ("verso", .verse), ("couplet", .verse), ("strophe", .verse),
    ("refrao", .chorus), ("ritornello", .chorus), ("strofa", .verse), ("puente", .bridge), ("pont", .bridge),
    ("coro", .chorus), ("припев", .chorus), ("куплет", .verse), ("副歌", .chorus), ("主歌", .verse), ("サビ", .chorus),
    ("코러스", .chorus), ("후렴", .chorus), ("벌스", .verse), ("end", .outro), ("coda", .outro), ("post", .chorus),
  ]

  /// The stanza that a line announces, without lines; nil where it is a line to sing.
  private static func tag(_ line: String) -> Stanza? {
    var inner = Substring(line)
    let bracketed =
      (line.hasPrefix("[") && line.hasSuffix("]")) || (line.hasPrefix("(") && line.hasSuffix(")"))
    if bracketed {
      inner = inner.dropFirst().dropLast()
    } else if line.hasSuffix(":") && line.count <= 24 {
      inner = inner.dropLast()
    } else {
      return nil
    }
    // "[Chorus - softly]", "[Verse 2: male]": what follows is direction.
    let head = inner.prefix { !":;|,(".contains($0) }
    let folded = FoldedText.fold(String(head))
    let letters = Instrument.Delivery.without(in: folded).joined().filter(\.isLetter)
    let delivery = Instrument.Delivery(sectionName: String(inner))
    // "Rap", "Spoken word": a verse.
    let isBare = delivery != nil && ["", "word", "words"].contains(letters)
    guard let kind = names.first(where: { letters.hasPrefix($0.0) })?.1 ?? (isBare ? .verse : nil) else { return nil }
    if !line.hasPrefix("["), letters.count > 12 { return nil }
    return Stanza(kind: kind, number: Int(folded.filter(\.isNumber)), delivery: delivery, lines: [])
  }
}
