import Foundation

/// One sound of espeak-ng's, and the symbols that the voice network has for it (`singer.md` 5.1, 5.2).
struct Phone: Sendable, Hashable {
  /// In IPA, cleaned of tones, stress and espeak-ng's own signs.
  let text: String
  /// Of the syllable: 0 (none), 1 (secondary), 2 (primary).
  let stress: Int
  /// Whether a syllable forms around it.
  let isNucleus: Bool
  let symbols: [Unicode.Scalar]

  /// - Parameters:
  ///   - raw: as espeak-ng wrote it: "ˈaɪ", "u\"", "ɑ5".
  ///   - voice: the espeak-ng voice, since some signs mean something else in some languages.
  /// - Returns: nil where nothing is left of it.
  init?(_ raw: Substring, voice: String) {
    var scalars: [Unicode.Scalar] = []
    for scalar in String(raw).decomposedStringWithCanonicalMapping.unicodeScalars {
      if scalar == "\u{327}", scalars.last == "c" { scalars[scalars.count - 1] = "ç" } else if !Self.isDropped(scalar) { scalars.append(scalar) }
    }
    stress = scalars.first == "ˈ" ? 2 : scalars.first == "ˌ" ? 1 : 0
    scalars.removeAll { $0 == "ˈ" || $0 == "ˌ" }
    guard !scalars.isEmpty else { return nil }
    // The vowel of "durch" and "kurz", for which espeak-ng's German has no name in IPA.
    if voice.hasPrefix("de"), scalars == ["?", "?"] { scalars = ["ʊ", "ɾ"] }
    text = String(String.UnicodeScalarView(scalars))
    isNucleus = scalars.contains { $0 == Self.syllabic || Self.ipaVowels.contains($0) }
    symbols = Self.symbols(scalars, voice: voice)
  }

  /// A vowel that no letter asked for.
  static let schwa = Phone(text: "ə", stress: 0, isNucleus: true, symbols: ["ə"])

  /// A vowel as the consonant it becomes before another vowel: French "nuit" on one note; nil for other vowels.
  var glide: Phone? {
    let glides: [Unicode.Scalar: Unicode.Scalar] = ["y": "ɥ", "u": "w", "i": "j"]
    guard symbols.count == 1, let glide = symbols.first.flatMap({ glides[$0] }) else { return nil }
    return Phone(text: String(glide), stress: 0, isNucleus: false, symbols: [glide])
  }

  /// A long vowel of Japanese as the two morae it is sung on.
  var morae: [Phone] {
    guard isNucleus, symbols.count == 2, symbols[1] == symbols[0] || symbols[1] == "ː" else { return [self] }
    let short = String(symbols[0])
    return [stress, 0].map { Phone(text: short, stress: $0, isNucleus: true, symbols: [symbols[0]]) }
  }

  init(text: String, stress: Int, isNucleus: Bool, symbols: [Unicode.Scalar]) {
    (self.text, self.stress, self.isNucleus, self.symbols) = (text, stress, isNucleus, symbols)
  }

  private static let nasal: Unicode.Scalar = "\u{303}"
  private static let syllabic: Unicode.Scalar = "\u{329}"
  private static let ipaVowels = Set("aeiouyæøœɐɑɒɔəɚɛɜɝɞɤɨɪɯɵɶʉʊʌʏᵻɘεA".unicodeScalars)
  private static let symbolVowels = Set("aeiouyæøœɐɑɒɔəɚɛɜɤɨɪɯʊʌᵻAIOQWY".unicodeScalars)

  /// Whether a symbol is a vowel or a diphthong.
  static func isVowel(_ symbol: Unicode.Scalar) -> Bool { symbolVowels.contains(symbol) }

  /// Whether a symbol lengthens the vowel before it.
  static func isLength(_ symbol: Unicode.Scalar) -> Bool { symbol == "ː" || symbol == nasal }

  private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "-", "\"", "^", "#", "[", "]", ";", "\u{1D5D}": true
    case nasal, syllabic: false
    default: scalar.properties.generalCategory == .nonspacingMark
    }
  }

  /// Longest match first.
  private static func symbols(_ scalars: [Unicode.Scalar], voice: String) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      if index + 1 < scalars.count, let one = pairs[[scalar, scalars[index + 1]]] {
        result.append(one)
        index += 2
        continue
      }
      index += 1
      if scalar == "r", voice.hasPrefix("en") {
        result.append("ɹ")
      } else if scalar == "ɽ", voice.hasPrefix("ja") {
        result.append("ɾ")
      } else if let mapped = singles[scalar] {
        result += mapped
      } else if VoiceSymbols.id(of: scalar) != nil {
        result.append(scalar)
      }
    }
    return result
  }

  private static let pairs: [[Unicode.Scalar]: Unicode.Scalar] = table(
    "aɪ→I eɪ→A oʊ→O əʊ→Q aʊ→W ɔɪ→Y tʃ→ʧ dʒ→ʤ dZ→ʤ ts→ʦ dz→ʣ tɕ→ʨ dʑ→ʥ ʈʂ→ʧ ɖʐ→ʤ"
  ).compactMapValues(\.first)

  private static let singles: [Unicode.Scalar: [Unicode.Scalar]] = {
    let rows = table(
      """
      ɚ→əɹ ɝ→ɜɹ g→ɡ ε→ɛ ɫ→l ɭ→l ʟ→l ɬ→l ʉ→u ɵ→o ʏ→y ɘ→ə ɞ→ɜ ɶ→œ ħ→h ɦ→h ʕ→ʔ ʀ→ʁ ʑ→ʒ ʐ→ʒ ɗ→d ɓ→b ɠ→ɡ ɱ→m ʍ→w ɧ→ʃ \
      ɮ→l ʜ→h ɺ→ɾ ɢ→ɡ
      """)
    return Dictionary(uniqueKeysWithValues: rows.compactMap { from, to in from.first.map { ($0, to) } })
  }()

  private static func table(_ text: String) -> [[Unicode.Scalar]: [Unicode.Scalar]] {
    var result: [[Unicode.Scalar]: [Unicode.Scalar]] = [:]
    for entry in text.split(separator: " ") {
      let sides = entry.split(separator: "→")
      if sides.count == 2 { result[Array(sides[0].unicodeScalars)] = Array(sides[1].unicodeScalars) }
    }
    return result
  }
}
