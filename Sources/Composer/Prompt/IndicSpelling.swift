/// Which written consonants of northern Indian scripts (Devanagari to Gujarati) are spoken without their inherent
/// vowel: "दिल" is one syllable, "समझा" two.
enum IndicSpelling {
  static func isLetter(_ character: Character) -> Bool {
    character.unicodeScalars.first.map { (0x0900...0x0AFF).contains($0.value) } ?? false
  }

  /// The places of the consonants that make no syllable.
  ///
  /// At the end of a word the vowel of a bare consonant is silent; in Hindi also between a syllable and a consonant
  /// with a vowel, from right to left (Ohala, Aspects of Hindi Phonology, 1983: schwa is lost in VC_CV).
  static func silent(_ word: [Character]) -> Set<Int> {
    var result = Set(word.indices.filter { word[$0].unicodeScalars.last.map { isVirama($0.value) } ?? false })
    guard word.count > 1, let last = word.indices.last else { return result }
    if isBare(word[last]) { result.insert(last) }
    let isDevanagari = word.allSatisfy { $0.unicodeScalars.allSatisfy { (0x0900...0x097F).contains($0.value) } }
    guard isDevanagari, word.count > 2 else { return result }
    var index = last - 1
    while index >= 1 {
      if isBare(word[index]), !result.contains(index + 1), !result.contains(index - 1) {
        result.insert(index)
        index -= 1
      }
      index -= 1
    }
    return result
  }

  private static func isVirama(_ value: UInt32) -> Bool { [0x94D, 0x9CD, 0xA4D, 0xACD].contains(value) }

  /// A single consonant, with a dot below or without, and no vowel sign.
  private static func isBare(_ character: Character) -> Bool {
    let scalars = character.unicodeScalars.map(\.value)
    guard let first = scalars.first else { return false }
    let offset = first & 0x7F
    let isConsonant = (0x15...0x39).contains(offset) || (0x58...0x5F).contains(offset)
    return isConsonant && scalars.dropFirst().allSatisfy { $0 & 0x7F == 0x3C }
  }
}
