import Foundation

/// The words of one language that lyrics are written with: rows of `Words/<language>.tsv` (role, themes, rhyme,
/// texts), which `Words/README.md` explains to those who add to them.
///
/// It is a grammar without recursion: a text may hold slots such as `{open}`, each filled from the rows of that
/// role. A line rhymes as its last slot does, or as its own row says.
struct WordBook: Sendable {
  /// What a line is for; every book has rows for each.
  enum Role: String, Sendable, CaseIterable {
    case verse, preChorus, chorus, bridge
    /// The line that a chorus comes back to: the song's title.
    case hook
  }

  /// A line that the grammar makes.
  struct Line: Sendable, Hashable {
    var text: String
    /// Lines of one rhyme sound alike at their ends; nil rhymes with nothing.
    var rhyme: String?
    var syllables: Int
    /// Whether any of it belongs to the theme rather than to all.
    var isThemed: Bool
    /// The texts it is made of, the last one last: no two lines of a stanza share one.
    var pieces: [Int]

    /// The word that rhymes, which no line rhymes with by repeating it. A rhyme named by several words ("aata hai")
    /// is followed by a refrain, as in ghazals: the word before it counts.
    var lastWord: Substring {
      let words = text.split { $0.isWhitespace || $0.isPunctuation }
      let refrain = max(0, (rhyme ?? "").split(separator: " ").count - 1)
      guard let word = words.dropLast(refrain).last ?? words.last else { return "" }
      let isUnspaced = word.unicodeScalars.contains { (0x3040...0x9FFF).contains($0.value) }
      return isUnspaced ? word.suffix(2) : word
    }
  }

  static let themes = [
    "love", "sadness", "night", "road", "sea", "freedom", "party", "city", "home", "rain", "hope", "time",
  ]

  private enum Segment: Hashable { case text(String), slot(String) }

  private struct Entry {
    var id: Int
    /// Empty for all.
    var themes: Set<String>
    var rhyme: String?
    var segments: [Segment]
  }

  let language: String
  private let entries: [String: [Entry]]

  /// - Throws: `ComposerError` naming the line of the file that can't be used.
  init(file: URL) throws {
    let name = "Words/\(file.lastPathComponent)"
    language = file.deletingPathExtension().lastPathComponent
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { throw ComposerError.missingResource(name) }
    func fail(_ reason: String) -> ComposerError { .badResource(name: name, reason: reason) }
    var entries: [String: [Entry]] = [:]
    var count = 0
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 4 else { throw fail("line \(index + 1) needs role, themes, rhyme and texts.") }
      let themes = fields[1] == "*" ? [] : Set(fields[1].split(separator: ",").map(String.init))
      if let unknown = themes.subtracting(Self.themes).sorted().first {
        throw fail("line \(index + 1): “\(unknown)” is no theme.")
      }
      for text in fields[3].split(separator: ";", omittingEmptySubsequences: false) {
        guard let segments = Self.segments(text.trimmingCharacters(in: .whitespaces)) else {
          throw fail("line \(index + 1): “\(text)” is blank or has a slot that isn't closed.")
        }
        entries[fields[0], default: []].append(
          Entry(id: count, themes: themes, rhyme: fields[2] == "-" ? nil : fields[2], segments: segments))
        count += 1
      }
    }
    self.entries = entries
    for role in Role.allCases where entries[role.rawValue] == nil { throw fail("it has no rows for \(role.rawValue).") }
    for (role, list) in entries {
      for entry in list {
        for case .slot(let slot) in entry.segments {
          guard let filling = entries[slot] else { throw fail("{\(slot)} of \(role) has no rows.") }
          if filling.contains(where: { $0.segments.contains { if case .slot = $0 { true } else { false } } }) {
            throw fail("{\(slot)} of \(role) holds slots itself.")
          }
        }
      }
    }
    for theme in Self.themes where lines(for: .hook, themes: [theme]).allSatisfy({ !$0.isThemed }) {
      throw fail("it has no hook for the theme \(theme).")
    }
  }

  /// Texts and slots in order; nil when blank or broken.
  private static func segments(_ text: String) -> [Segment]? {
    var result: [Segment] = []
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "{") {
      guard let close = rest[open...].firstIndex(of: "}") else { return nil }
      if open > rest.startIndex { result.append(.text(String(rest[..<open]))) }
      result.append(.slot(String(rest[rest.index(after: open)..<close])))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { result.append(.text(String(rest))) }
    return result.isEmpty || rest.contains("}") ? nil : result
  }

  /// Every line that can be made for a role with the words of some themes and of all.
  /// - Complexity: O(lines), some thousands.
  func lines(for role: Role, themes: Set<String>) -> [Line] {
    func fitting(_ name: String) -> [Entry] {
      (entries[name] ?? []).filter { $0.themes.isEmpty || !$0.themes.isDisjoint(with: themes) }
    }
    var result: [Line] = []
    for entry in fitting(role.rawValue) {
      var partial = [Line(text: "", rhyme: nil, syllables: 0, isThemed: !entry.themes.isEmpty, pieces: [])]
      for segment in entry.segments {
        switch segment {
        case .text(let text):
          let syllables = Syllabifier.syllables(of: text, language: language).count
          for index in partial.indices {
            partial[index].text += text
            partial[index].syllables += syllables
            partial[index].rhyme = nil
          }
        case .slot(let slot):
          let fillings = fitting(slot).map { filling in
            let text = filling.segments.map { if case .text(let text) = $0 { text } else { "" } }.joined()
            return (filling, text, Syllabifier.syllables(of: text, language: language).count)
          }
          partial = partial.flatMap { line in
            fillings.map { filling, text, syllables in
              Line(
                text: line.text + text, rhyme: filling.rhyme, syllables: line.syllables + syllables,
                isThemed: line.isThemed || !filling.themes.isEmpty, pieces: line.pieces + [filling.id])
            }
          }
        }
      }
      for var line in partial {
        line.rhyme = entry.rhyme ?? line.rhyme
        // A half may begin with its comma.
        line.text = line.text.replacing(" ,", with: ",")
        if line.pieces.isEmpty { line.pieces = [entry.id] }
        result.append(line)
      }
    }
    return result
  }
}
