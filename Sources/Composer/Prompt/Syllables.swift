/// A syllable as sung: its text, and how strongly it is spoken.
public struct Syllable: Sendable, Hashable {
  /// Empty where the letters before it stand for several syllables ("7").
  public var text: String
  /// 0 (weak), 1, 2 (the word's main stress).
  public var stress: Int
  /// Whether no more letters of its word follow.
  public var endsWord: Bool

  public init(text: String, stress: Int, endsWord: Bool) {
    self.text = text
    self.stress = stress
    self.endsWord = endsWord
  }

  /// As a note has it: with a hyphen where its word goes on, "-" alone where there are no letters for it.
  var noted: String { text.isEmpty ? "-" : endsWord ? text : text + "-" }
}

/// Cuts lines into the syllables that are sung: a singer's, who knows how words are said, or spelling's.
public struct SyllableReader: Sendable {
  private let read: @Sendable (_ line: String, _ language: String?) -> [Syllable]?

  /// - Parameter read: a pure function; `language` is ISO 639-1, nil when unknown. Nil where it can't read the line,
  ///   which is then cut by its spelling.
  public init(_ read: @escaping @Sendable (_ line: String, _ language: String?) -> [Syllable]?) { self.read = read }

  /// Syllables by spelling alone.
  public static let spelling = SyllableReader { _, _ in nil }

  func syllables(of line: String, language: String?) -> [Syllable] {
    read(line, language) ?? Syllabifier.syllables(of: line, language: language)
  }
}

/// Cuts lines into syllables by spelling alone: by vowel groups in alphabets, one for each character in scripts
/// where a character is about a syllable. The singer's phonemes replace it for sounds; the counts are what the
/// melody needs.
enum Syllabifier {
  static func syllables(of line: String, language: String?) -> [Syllable] {
    var result: [Syllable] = []
    for word in line.split(whereSeparator: { $0.isWhitespace || $0 == "-" || $0 == "—" || $0 == "…" }) {
      result += syllables(ofWord: String(word), language: language)
    }
    return result
  }

  private static func syllables(ofWord word: String, language: String?) -> [Syllable] {
    let letters = word.filter { $0.isLetter || $0.isNumber || $0 == "'" || $0 == "’" || isMark($0) }
    guard letters.contains(where: \.isLetter) || letters.contains(where: \.isNumber) else { return [] }
    let pieces = letters.contains(where: isIdeograph) ? characterPieces(letters) : vowelPieces(letters, language)
    let weak = functionWords.contains(letters.lowercased())
    let stressed = pieces.count <= 1 ? 0 : stressedIndex(pieces, language)
    return pieces.enumerated().map { index, piece in
      let stress = weak ? 0 : pieces.count == 1 ? 1 : index == stressed ? 2 : 0
      return Syllable(text: piece, stress: stress, endsWord: index == pieces.count - 1)
    }
  }

  private static func isMark(_ character: Character) -> Bool {
    character.unicodeScalars.allSatisfy { $0.properties.isGraphemeExtend || $0.properties.isDiacritic }
  }

  static func isIdeograph(_ character: Character) -> Bool {
    guard let value = character.unicodeScalars.first?.value else { return false }
    return (0x3040...0x30FF).contains(value) || (0x3400...0x9FFF).contains(value)
      || (0xAC00...0xD7AF).contains(value)
  }

  /// One piece a character; small kana, the long mark and the syllabic n join what is before them.
  private static func characterPieces(_ word: String) -> [String] {
    var pieces: [String] = []
    for character in word {
      if "ゃゅょぁぃぅぇぉャュョァィゥェォーっッんン".contains(character), !pieces.isEmpty {
        pieces[pieces.count - 1].append(character)
      } else {
        pieces.append(String(character))
      }
    }
    return pieces
  }

  private static let vowels = Set(
    "aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿāăąēėęěīįıōőœūůűųаеёиоуыэюяіїєαεηιουωάέήίόύώ")

  private static func isVowel(_ character: Character) -> Bool {
    if vowels.contains(Character(character.lowercased())) { return true }
    guard let value = character.unicodeScalars.first?.value else { return false }
    // In abugidas and abjads a written letter stands for a consonant with its vowel.
    return (0x0590...0x0DFF).contains(value) || (0x0E00...0x0EFF).contains(value) || (0x1000...0x10FF).contains(value)
      || (0x1200...0x137F).contains(value) || (0x1780...0x17FF).contains(value)
  }

  private static func vowelPieces(_ word: String, _ language: String?) -> [String] {
    let characters = Array(word)
    var nuclei: [Range<Int>] = []
    var index = 0
    while index < characters.count {
      guard isVowel(characters[index]), !(index == 0 && characters.count > 1 && "yY".contains(characters[0]) && isVowel(characters[1]))
      else {
        index += 1
        continue
      }
      var end = index + 1
      while end < characters.count, isVowel(characters[end]), joins(characters[end - 1], characters[end]) { end += 1 }
      nuclei.append(index..<end)
      index = end
    }
    let hasSilentE = language == nil || language == "en" || language == "fr"
    if hasSilentE, nuclei.count > 1, let last = nuclei.last, last.count == 1,
      characters[last.lowerBound].lowercased() == "e", isSilentE(characters, at: last.lowerBound, language)
    {
      nuclei.removeLast()
    }
    let isIndic = characters.contains(where: IndicSpelling.isLetter)
    if isIndic {
      let silent = IndicSpelling.silent(characters)
      nuclei.removeAll { silent.contains($0.lowerBound) }
    }
    guard nuclei.count > 1 else { return [word] }
    var pieces: [String] = []
    var start = 0
    for (nucleus, following) in zip(nuclei, nuclei.dropFirst()) {
      // Between two vowels one consonant goes on, of several the first stays.
      let consonants = following.lowerBound - nucleus.upperBound
      var cut = consonants <= 1 ? nucleus.upperBound : nucleus.upperBound + consonants / 2
      if isIndic { cut = following.lowerBound } else if consonants >= 2, digraphs.contains(String(characters[(cut - 1)...cut]).lowercased()) { cut -= 1 }
      pieces.append(String(characters[start..<cut]))
      start = cut
    }
    pieces.append(String(characters[start...]))
    return pieces
  }

  /// Two letters for one sound, which no cut may part.
  private static let digraphs: Set<String> = ["th", "ch", "sh", "ph", "wh", "qu", "gh", "ck", "gn", "sc", "rh", "sz", "cz"]

  /// Whether two vowels are one nucleus.
  private static func joins(_ a: Character, _ b: Character) -> Bool {
    let pair = (a.lowercased() + b.lowercased())
    if !pair.allSatisfy({ $0.isASCII }) { return "äuёй".contains(b) }
    return !["ia", "io", "iu", "eo", "ua", "uo", "ae", "ya", "yo", "yi"].contains(pair)
  }

  private static func isSilentE(_ word: [Character], at index: Int, _ language: String?) -> Bool {
    let rest = String(word[(index + 1)...]).lowercased()
    guard ["", "s", "d"].contains(rest) else { return false }
    guard index > 0 else { return false }
    let before = String(word[index - 1]).lowercased()
    // "table", "circles" keep theirs.
    if before == "l", index > 1, !isVowel(word[index - 2]) { return language == "fr" }
    if rest == "d" { return before != "t" && before != "d" }
    if rest == "s" { return !["s", "z", "c", "g", "x"].contains(before) && !isVowel(word[index - 1]) }
    return !isVowel(word[index - 1])
  }

  private static func stressedIndex(_ pieces: [String], _ language: String?) -> Int {
    switch language {
    case "fr", "tr", "fa", "hy": pieces.count - 1
    case "es", "it", "pt", "pl", "id", "ms", "sw", "tl":
      pieces.last.map { "aeiouns".contains($0.last?.lowercased() ?? "a") } == false && language != "pl"
        ? pieces.count - 1 : pieces.count - 2
    default:
      // English leans on the first syllable unless it is a prefix.
      pieces.count > 1 && prefixes.contains(pieces[0].lowercased()) ? 1 : 0
    }
  }

  private static let prefixes: Set<String> = [
    "a", "be", "re", "de", "un", "in", "to", "for", "with", "con", "com", "ex", "e", "for", "re", "per", "pro", "sur",
  ]

  private static let functionWords: Set<String> = [
    "a", "an", "the", "and", "or", "but", "of", "to", "in", "on", "at", "by", "for", "with", "from", "as", "is",
    "are", "was", "were", "be", "am", "i'm", "it", "it's", "that", "this", "my", "your", "his", "her", "our",
    "their", "we", "he", "she", "they", "you", "i", "me", "us", "if", "so", "than", "will", "can", "do", "let",
    "el", "la", "los", "las", "un", "una", "de", "que", "y", "en", "mi", "tu", "su", "con", "por", "le", "les",
    "des", "du", "et", "je", "il", "elle", "nous", "der", "die", "das", "und", "ein", "eine", "ich", "mit", "zu",
  ]
}

/// Guesses the language of lyrics from their script and commonest words.
enum LanguageGuess {
  static func language(of text: String) -> String? {
    var counts: [String: Int] = [:]
    for scalar in text.unicodeScalars {
      if let script = script(of: scalar.value) { counts[script, default: 0] += 1 }
    }
    // A few kana settle Japanese even among many ideographs.
    if counts["ja", default: 0] > 0 { return "ja" }
    if let best = counts.keys.sorted().max(by: { counts[$0, default: 0] < counts[$1, default: 0] }), best != "latin" {
      return best
    }
    let words = FoldedText.fold(text).split { !$0.isLetter && $0 != "'" }.map(String.init)
    let scores = commonWords.map { language, common in
      (language, words.reduce(0) { $0 + (common.contains($1) ? 1 : 0) })
    }
    guard let best = scores.max(by: { $0.1 < $1.1 }), best.1 > 0 else { return nil }
    return best.0
  }

  private static func script(of value: UInt32) -> String? {
    switch value {
    case 0x41...0x5A, 0x61...0x7A, 0xC0...0x24F: "latin"
    case 0x370...0x3FF: "el"
    case 0x400...0x4FF: "ru"
    case 0x590...0x5FF: "he"
    case 0x600...0x6FF: "ar"
    case 0x900...0x97F: "hi"
    case 0x980...0x9FF: "bn"
    case 0xA00...0xA7F: "pa"
    case 0xB80...0xBFF: "ta"
    case 0xC00...0xC7F: "te"
    case 0xE00...0xE7F: "th"
    case 0x10A0...0x10FF: "ka"
    case 0x3040...0x30FF: "ja"
    case 0x4E00...0x9FFF: "zh"
    case 0xAC00...0xD7AF: "ko"
    default: nil
    }
  }

  private static let commonWords: [(String, Set<String>)] = [
    ("en", ["the", "and", "you", "of", "to", "in", "i", "my", "we", "me", "is", "on", "your", "all", "with", "for", "a"]),
    ("es", ["el", "la", "de", "que", "y", "en", "los", "mi", "tu", "con", "por", "una", "se", "no", "te", "corazon"]),
    ("fr", ["le", "la", "les", "et", "je", "tu", "de", "des", "dans", "est", "mon", "pas", "une", "que", "nous", "sur"]),
    ("de", ["der", "die", "das", "und", "ich", "du", "ist", "nicht", "ein", "mein", "mit", "auf", "wir", "zu", "den"]),
    ("it", ["il", "che", "di", "e", "la", "non", "per", "sono", "mi", "ti", "un", "con", "nel", "mio", "cuore"]),
    ("pt", ["o", "que", "de", "e", "do", "da", "em", "nao", "meu", "um", "eu", "voce", "com", "pra", "uma"]),
    ("nl", ["de", "het", "een", "en", "ik", "je", "van", "niet", "dat", "mijn", "met", "op", "zo"]),
    ("pl", ["nie", "sie", "na", "jest", "to", "moje", "jak", "ty", "ja", "w", "z", "tak"]),
    ("tr", ["bir", "ve", "ben", "sen", "bu", "icin", "gibi", "ne", "benim", "seni", "ask"]),
    ("id", ["aku", "kau", "yang", "di", "dan", "ini", "kita", "tak", "cinta", "hati", "untuk"]),
    ("sv", ["och", "jag", "att", "det", "som", "en", "du", "inte", "min", "med", "pa"]),
    ("vi", ["anh", "em", "khong", "la", "yeu", "mot", "trong", "nguoi", "cho", "va"]),
  ]
}
