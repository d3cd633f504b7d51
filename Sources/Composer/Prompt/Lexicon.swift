import Foundation

/// What words mean for music: rows of `Lexicon/terms*.tsv` (term, language, slot, value, weight).
struct Lexicon: Sendable {
  enum Slot: String, Sendable, CaseIterable {
    /// A style's or preset's name.
    case genre
    /// A mood of `moods.tsv`.
    case mood
    /// A canonical instrument of `instruments.tsv`.
    case instrument
    /// -2 (very slow) ... 2 (very fast).
    case tempo
    /// "3/4".
    case meter
    /// "major" or "minor".
    case mode
    /// "female", "male", "child", "choir", or "none" for instrumental music.
    case voice
    /// A language's code, from its name.
    case language
    /// Rules out what follows: "no", "without".
    case negation
    /// Rules out what stands before it: "なし".
    case negationAfter
    /// Rules out an instrument by itself: "drumless".
    case without
    /// Keeps only what is named: "solo", "only".
    case only
    /// What a song is about: one of `WordBook.themes`.
    case theme
    /// "loop", "drum", "note", "chord", "phrase".
    case sample
  }

  struct Entry: Sendable {
    var slot: Slot
    var value: String
    var weight: Double
    var language: String
  }

  /// A term found in a text.
  struct Match: Sendable {
    var entry: Entry
    /// Of the folded text's characters.
    var range: Range<Int>
  }

  struct Mood: Sendable {
    var valence: Double
    var arousal: Double
  }

  let moods: [String: Mood]
  private let entries: [String: [Entry]]
  private let longestTerm: Int

  init(folder: URL) throws {
    var entries: [String: [Entry]] = [:]
    var longest = 1
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.lastPathComponent.hasPrefix("terms") && $0.pathExtension == "tsv" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
    for file in files {
      for (line, fields) in try Self.rows(of: file) {
        guard fields.count >= 4, let slot = Slot(rawValue: fields[2]) else {
          throw ComposerError.badResource(
            name: file.lastPathComponent, reason: "line \(line) needs term, language, slot, value and weight.")
        }
        let entry = Entry(
          slot: slot, value: fields[3], weight: fields.count > 4 ? Double(fields[4]) ?? 1 : 1, language: fields[1])
        for term in fields[0].split(separator: ";") {
          let folded = FoldedText.fold(String(term).trimmingCharacters(in: .whitespaces))
          guard !folded.isEmpty else { continue }
          entries[folded, default: []].append(entry)
          longest = max(longest, folded.count)
        }
      }
    }
    self.entries = entries
    longestTerm = longest
    var moods: [String: Mood] = [:]
    for (line, fields) in try Self.rows(of: folder.appendingPathComponent("moods.tsv")) {
      guard fields.count >= 3, let valence = Double(fields[1]), let arousal = Double(fields[2]) else {
        throw ComposerError.badResource(name: "moods.tsv", reason: "line \(line) needs mood, valence and arousal.")
      }
      moods[fields[0]] = Mood(valence: valence, arousal: arousal)
    }
    self.moods = moods
    for list in entries.values {
      for entry in list where entry.slot == .mood && moods[entry.value] == nil {
        throw ComposerError.badResource(name: "terms.tsv", reason: "mood “\(entry.value)” is not in moods.tsv.")
      }
    }
  }

  /// Every value that a slot can have, sorted.
  func values(of slot: Slot) -> [String] {
    Set(entries.values.joined().filter { $0.slot == slot }.map(\.value)).sorted()
  }

  /// The terms in a text from left to right, the longest first where several start at one place; none overlap.
  /// - Complexity: O(length of the text x longest term).
  func matches(in text: FoldedText) -> [Match] {
    var found: [Match] = []
    let characters = text.characters
    var start = 0
    scan: while start < characters.count {
      if text.mayStartTerm(at: start) {
        var length = min(longestTerm, characters.count - start)
        while length > 0 {
          if text.mayEndTerm(at: start + length, from: start),
            let list = entries[String(characters[start..<(start + length)])]
          {
            for entry in list { found.append(Match(entry: entry, range: start..<(start + length))) }
            start += length
            continue scan
          }
          length -= 1
        }
      }
      start += 1
    }
    return found
  }

  static func rows(of file: URL) throws -> [(Int, [String])] {
    let text: String
    do {
      text = try String(contentsOf: file, encoding: .utf8)
    } catch {
      throw ComposerError.missingResource("Lexicon/\(file.lastPathComponent)")
    }
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
      line.isEmpty || line.hasPrefix("#")
        ? nil
        : (index + 1, line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init))
    }
  }
}

/// Text made comparable: compatibility forms unified, lower case, accents dropped, white space single.
struct FoldedText: Sendable {
  let characters: [Character]

  init(_ text: String) { characters = Array(Self.fold(text)) }

  static func fold(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.decomposedStringWithCompatibilityMapping.lowercased().unicodeScalars
    where !(0x300...0x36F).contains(scalar.value) {
      scalars.append(scalar == "’" ? "'" : scalar)
    }
    return String(scalars).precomposedStringWithCompatibilityMapping
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Scripts written without spaces have no word edges to keep to.
  private static func isUnspaced(_ character: Character) -> Bool {
    guard let value = character.unicodeScalars.first?.value else { return false }
    return (0x0E00...0x0EFF).contains(value) || (0x1000...0x109F).contains(value)
      || (0x1780...0x17FF).contains(value) || (0x1100...0x11FF).contains(value)
      || (0x3040...0x30FF).contains(value) || (0x3400...0x9FFF).contains(value)
      || (0xAC00...0xD7AF).contains(value)
  }

  func mayStartTerm(at index: Int) -> Bool {
    index == 0 || Self.isUnspaced(characters[index]) || !Self.isWord(characters[index - 1])
  }

  /// A word may end in a plural "s" beyond the term, and longer terms in an inflection of one or two letters:
  /// "traurige", "energischer", "грустную".
  func mayEndTerm(at index: Int, from start: Int) -> Bool {
    if index >= characters.count || Self.isUnspaced(characters[index - 1]) { return true }
    if !Self.isWord(characters[index]) || Self.isUnspaced(characters[index]) { return true }
    let ending = String(characters[index...].prefix(4).prefix(while: Self.isWord))
    return ending == "s" ? index - start >= 4 : index - start >= 4 && Self.inflections.contains(ending)
      && (index - start >= 5 || ending.unicodeScalars.allSatisfy { $0.value > 0x3FF })
  }

  private static let inflections = Set(
    [
      "e", "en", "er", "es", "em", "n", "a", "o", "as", "os", "i", "x", "t", "y", "ej", "ego", "а", "у", "ю", "ы", "и",
      "е", "о", "ой", "ую", "ым", "ом", "ые", "ых", "ого", "ый", "ий", "ая", "ое", "ие", "ому", "ей", "ем", "ами", "ах",
    ].map(fold))

  static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }
}
