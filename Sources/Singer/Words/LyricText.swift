import Foundation

/// A line of lyrics as it was written, cut into what can be read aloud.
///
/// Anything may come in: emoji, control and zero-width characters, stacks of accents, text without a space. Only letters,
/// digits and the apostrophes within words are kept, with the places where they stood.
struct LyricText: Sendable {
  /// A character of a word.
  struct Glyph: Sendable, Hashable {
    /// Its place in the line, counted in characters.
    var offset: Int
    var written: String
    /// As espeak-ng is given it: in its usual form, "ﬁ" as "fi".
    var spoken: String
  }
  /// Neighbouring characters of one script.
  struct Unit: Sendable {
    var glyphs: [Glyph]
    /// Nil for digits alone.
    var script: Script?
    /// The number of its word among those parted by spaces, hyphens and signs.
    var word: Int
  }
  var units: [Unit] = []

  /// Characters of a line that are read.
  static let longestLine = 4096
  private static let scalarsPerGlyph = 12
  /// What is longer than any word is cut, so that espeak-ng takes each unit whole.
  private static let glyphsPerUnit = 40
  private static let bytesPerUnit = 120

  /// - Parameter isJapanese: whether Chinese characters are read as Japanese.
  init(_ line: String, isJapanese: Bool) {
    var word = 0
    var isInWord = false
    for (offset, character) in line.prefix(Self.longestLine).enumerated() {
      guard let glyph = Self.glyph(character, at: offset) else {
        if isInWord, !Self.isInvisible(character) {
          word += 1
          isInWord = false
        }
        continue
      }
      let script = glyph.spoken.unicodeScalars.lazy.compactMap(Script.init).first.map { $0 == .han && isJapanese ? .japanese : $0 }
      let joins = isInWord && !Self.isFull(units.last, adding: glyph) && (script == nil || units.last?.script == nil || units.last?.script == script)
      if joins, !units.isEmpty {
        units[units.count - 1].glyphs.append(glyph)
        if units[units.count - 1].script == nil { units[units.count - 1].script = script }
      } else {
        units.append(Unit(glyphs: [glyph], script: script, word: word))
      }
      isInWord = true
    }
    units = units.compactMap(Self.trimmed)
  }

  private static func isFull(_ unit: Unit?, adding glyph: Glyph) -> Bool {
    guard let unit else { return false }
    return unit.glyphs.count >= glyphsPerUnit
      || unit.glyphs.reduce(glyph.spoken.utf8.count) { $0 + $1.spoken.utf8.count } > bytesPerUnit
  }

  /// Without apostrophes that quote a word; nil where nothing else is in it.
  private static func trimmed(_ unit: Unit) -> Unit? {
    guard unit.glyphs.contains(where: { $0.spoken != "'" }) else { return nil }
    var unit = unit
    while unit.glyphs.count > 2, unit.glyphs.first?.spoken == "'", unit.glyphs.last?.spoken == "'" {
      unit.glyphs.removeFirst()
      unit.glyphs.removeLast()
    }
    return unit
  }

  private static func glyph(_ character: Character, at offset: Int) -> Glyph? {
    if character == "'" || character == "’" || character == "ʼ" {
      return Glyph(offset: offset, written: String(character), spoken: "'")
    }
    guard let first = character.unicodeScalars.first else { return nil }
    let isLetter = first.properties.isAlphabetic || first.properties.generalCategory == .decimalNumber
    // A vowel sign or an accent of its own, at the start of a line.
    let isMark = [.nonspacingMark, .spacingMark].contains(first.properties.generalCategory)
    guard isLetter || isMark else { return nil }
    let scalars = character.unicodeScalars.prefix(scalarsPerGlyph).filter { !isHostile($0) }
    let written = String(String.UnicodeScalarView(scalars))
    let composed = written.precomposedStringWithCanonicalMapping
    let usual = written.precomposedStringWithCompatibilityMapping
    let spoken = usual == composed ? composed : String(usual.filter { $0.isLetter || $0.isNumber })
    return spoken.isEmpty ? nil : Glyph(offset: offset, written: written, spoken: spoken)
  }

  /// What may not reach a word: all that has no shape, but the joiners that some scripts spell with.
  private static func isHostile(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
    case .control, .surrogate, .privateUse, .unassigned: true
    default: false
    }
  }

  /// Zero-width characters part no word.
  private static func isInvisible(_ character: Character) -> Bool {
    character.unicodeScalars.allSatisfy { $0.properties.generalCategory == .format || $0.properties.isVariationSelector }
  }
}
