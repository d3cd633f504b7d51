/// Words of one syllable that carry no stress in a line, though espeak-ng gives them some.
enum FunctionWords {
  static func contains(_ word: String, language: String) -> Bool {
    words[language]?.contains(word.lowercased().replacing("’", with: "'")) ?? false
  }

  private static let words: [String: Set<String>] = [
    "en": [
      "a", "an", "the", "and", "or", "but", "of", "to", "in", "on", "at", "by", "for", "with", "from", "as", "is", "are",
      "was", "were", "be", "am", "i'm", "it", "it's", "that", "this", "my", "your", "his", "her", "our", "their", "we", "he",
      "she", "they", "you", "i", "me", "us", "if", "so", "than", "will", "can", "do", "let", "i'll", "we'll", "you'll", "has",
      "have", "had", "been", "its", "them", "would", "could", "should",
    ],
    "de": [
      "der", "die", "das", "den", "dem", "des", "und", "ein", "ich", "du", "er", "sie", "es", "wir", "ihr", "mit", "zu", "in",
      "im", "am", "an", "auf", "von", "vom", "zum", "zur", "für", "so", "mich", "dich", "sich", "mir", "dir", "ist", "bin",
    ],
    "es": ["el", "la", "los", "las", "un", "de", "del", "que", "y", "en", "mi", "tu", "su", "con", "por", "al", "me", "te", "se", "lo"],
    "fr": [
      "le", "la", "les", "un", "de", "des", "du", "et", "en", "je", "tu", "il", "que", "qui", "ne", "ce", "se", "me", "te", "mon",
      "ton", "son", "ma", "ta", "sa", "au", "aux", "à", "on", "nous", "vous", "est",
    ],
    "it": ["il", "lo", "la", "i", "le", "un", "di", "del", "che", "e", "in", "mi", "ti", "si", "per", "con", "al", "nel", "da", "non"],
    "pt": ["o", "a", "os", "as", "um", "de", "do", "da", "que", "e", "em", "no", "na", "me", "te", "se", "por", "com", "meu", "eu"],
    "nl": ["de", "het", "een", "en", "ik", "je", "van", "in", "op", "met", "te", "is", "dat", "die", "zo", "mijn"],
    "sv": ["en", "ett", "och", "jag", "du", "att", "det", "som", "i", "på", "med", "min", "är", "de", "vi"],
  ]
}
