import Foundation

/// Whether two lines rhyme, by rules of spelling and small tables of sounds that know nothing of how the word books
/// group their rows.
enum Rhymes {
  static func rhyme(_ first: String, _ second: String, language: String) -> Bool {
    guard let a = tail(first, language), let b = tail(second, language) else { return false }
    return a == b
  }

  /// What must be equal; nil when the line ends in a word of unknown sound.
  static func tail(_ line: String, _ language: String) -> String? {
    var words = line.lowercased().split { $0.isWhitespace || ",.!?'".contains($0) }.map(String.init)
    if language == "hi", words.count > 1, let last = words.last, ["है", "हैं", "गए"].contains(last) { words.removeLast() }
    guard let word = words.last else { return nil }
    switch language {
    case "en": return english[word]
    case "fr": return french[word]
    case "zh": return word.last.flatMap { character in mandarin.first { $0.value.contains(character) }?.key }
    case "es": return romance(word, endings: "ns")
    case "pt": return romance(word, endings: "smã")
    case "it": return romance(word, endings: "")
    case "de": return german(word)
    case "ru": return russian(word)
    case "tr", "id": return fromLastVowel(word, vowels: "aeıioöuü")
    case "ko": return word.last.flatMap(\.unicodeScalars.first).map { String(($0.value - 0xAC00) % 588) }
    case "ja": return word.last.map(String.init)
    case "hi", "bn": return indic(word)
    default: return nil
    }
  }

  private static func fromLastVowel(_ word: String, vowels: String) -> String? {
    word.lastIndex { vowels.contains($0) }.map { String(word[$0...]) }
  }

  /// From the stressed vowel on: a written accent, else the last syllable of words that end in other letters than
  /// vowels and `endings`, else the one before.
  private static func romance(_ word: String, endings: String) -> String? {
    let letters = Array(word)
    func plain(_ text: ArraySlice<Character>) -> String {
      String(text).folding(options: .diacriticInsensitive, locale: nil)
    }
    if let accent = letters.lastIndex(where: { "áéíóúàèìòùãâêô".contains($0) }) { return plain(letters[accent...]) }
    let vowels = letters.indices.filter { "aeiou".contains(letters[$0]) }
    guard let last = letters.last, let final = vowels.last else { return nil }
    let isOpen = "aeiou".contains(last) || endings.contains(last)
    let stressed = isOpen && vowels.count > 1 ? vowels[vowels.count - 2] : final
    return plain(letters[stressed...])
  }

  private static func german(_ word: String) -> String? {
    guard let last = word.lastIndex(where: { "aeiouäöü".contains($0) }) else { return nil }
    var start = last
    while start > word.startIndex, "aeiouäöü".contains(word[word.index(before: start)]) { start = word.index(before: start) }
    let tail = String(word[start...])
    return tail.hasSuffix("d") ? tail.dropLast() + "t" : tail
  }

  private static func russian(_ word: String) -> String? {
    let folded = word.replacing("ё", with: "о").replacing("я", with: "а")
    guard let last = folded.lastIndex(where: { "аеиоуыэю".contains($0) }) else { return nil }
    // An open syllable rhymes with the consonant before it.
    let isOpen = folded.index(after: last) == folded.endIndex && last > folded.startIndex
    return String(folded[(isOpen ? folded.index(before: last) : last)...])
  }

  /// The last consonant with its vowel, or the vowel before a last consonant; of words of one syllable the vowel.
  private static func indic(_ word: String) -> String? {
    // Without dots and nasal signs; flapped "ড়" is heard as "র", and full vowels are written as their signs.
    var sounds: [UInt32] = []
    for scalar in word.decomposedStringWithCanonicalMapping.unicodeScalars {
      switch scalar.value {
      case 0x901, 0x981, 0x93C, 0x9BC: continue
      case 0x9A1: sounds.append(0x9B0)
      case 0x906...0x914, 0x986...0x994: sounds.append(scalar.value + 0x38)
      default: sounds.append(scalar.value)
      }
    }
    let tail = sounds.suffix(sounds.count > 2 ? 2 : 1)
    return tail.map { String($0) }.joined(separator: " ")
  }

  private static func table(_ rows: [String: String]) -> [String: String] {
    var result: [String: String] = [:]
    for (sound, words) in rows { for word in words.split(separator: " ") { result[String(word)] = sound } }
    return result
  }

  private static let english = table([
    "aɪt": "tonight moonlight night light sight might white", "eɪ": "day way may play stay away today",
    "eɪn": "rain again train pain refrain lane pane", "iː": "see free me sea tree eternally",
    "aʊnd": "around sound ground found bound pound", "oʊ": "go glow blow slow low ago afterglow flow know",
    "ɑːt": "heart apart start art part", "ɛə": "everywhere air care stair prayer",
  ])

  private static let french = table([
    "uʁ": "toujours tour détour jour amour retour", "i": "vie pluie infini bruit minuit ici nuit paris",
    "œʁ": "cœur peur heure fleur douceur couleurs", "ɑ̃": "vent temps doucement avant chantant enfant devant",
    "waʁ": "noir soir espoir savoir revoir histoire", "ɛ̃": "matin demain main chemin fin refrain",
    "e": "été liberté côtés clarté vérité éternité nager rattrapé", "ɛj": "soleil réveil sommeil merveille oreille",
  ])

  private static let mandarin: [String: Set<Character>] = [
    "ang": Set("方光长唱乡浪翔芒"), "ai": Set("来待开爱徊海"), "an": Set("边前远延脸迁天"), "ing": Set("晴听星静定景"),
    "ou": Set("手后走右头由"), "ao": Set("抱笑烧老道跑跳"),
  ]
}
