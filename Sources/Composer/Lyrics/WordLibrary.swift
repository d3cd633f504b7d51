import Foundation

/// The word books of all languages that lyrics are written in.
struct WordLibrary: Sendable {
  /// Sung syllables without meaning, for languages that have no book.
  let vocalise: WordBook
  private let books: [String: WordBook]

  /// - Throws: `ComposerError` naming the file that can't be used.
  init(folder: URL) throws {
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "tsv" }
    var books: [String: WordBook] = [:]
    for file in files {
      let book = try WordBook(file: file)
      books[book.language] = book
    }
    guard let vocalise = books.removeValue(forKey: "zxx") else { throw ComposerError.missingResource("Words/zxx.tsv") }
    self.vocalise = vocalise
    self.books = books
  }

  var languages: [String] { books.keys.sorted() }

  subscript(language: String) -> WordBook? { books[language] }
}

/// Lyrics to write for a brief that has none: in which language and about what.
struct LyricOrder {
  let brief: CompositionBrief
  let reading: PromptReading
  let library: WordLibrary

  /// The language asked for, else the one that the caption names, else the one it is written in, else English.
  var language: String {
    brief.language ?? reading.language ?? LanguageGuess.language(of: brief.caption) ?? "en"
  }

  /// Says so where the language has no words.
  var notices: [String] {
    guard library[language] == nil else { return [] }
    let name = Locale(identifier: "en").localizedString(forLanguageCode: language).map { "\($0) (\(language))" } ?? language
    return [
      "Lyrics can't be written in \(name) yet, so the song is sung on “la la”. Give your own lyrics, or choose one of these languages: \(library.languages.joined(separator: ", "))."
    ]
  }

  var writer: LyricWriter {
    LyricWriter(book: library[language] ?? library.vocalise, themes: themes, seed: brief.seed)
  }

  /// What the caption names; else what its mood suggests; else any.
  private var themes: Set<String> {
    if !reading.themes.isEmpty { return Set(reading.themes.prefix(2)) }
    var random = Random(seed: brief.seed, "theme")
    let suggested = reading.moods.compactMap { Self.moodThemes[$0] }.flatMap(\.self)
    return [random.pick(suggested.isEmpty ? WordBook.themes : suggested)]
  }

  private static let moodThemes: [String: [String]] = [
    "happy": ["love", "party", "hope"], "joyful": ["party", "freedom"], "upbeat": ["party", "road", "freedom"],
    "bright": ["hope", "sea"], "energetic": ["freedom", "party", "city"], "powerful": ["freedom", "hope"],
    "epic": ["freedom", "hope", "time"], "triumphant": ["freedom", "hope"], "aggressive": ["freedom", "city"],
    "angry": ["freedom", "city"], "tense": ["city", "night"], "dark": ["night", "city"], "scary": ["night"],
    "mysterious": ["night", "sea"], "sad": ["sadness", "rain"], "melancholic": ["sadness", "rain", "time"],
    "nostalgic": ["time", "home"], "emotional": ["love", "sadness"], "romantic": ["love"], "tender": ["love", "home"],
    "calm": ["sea", "night", "home"], "peaceful": ["sea", "home"], "dreamy": ["night", "sea"], "sensual": ["love", "night"],
    "groovy": ["party", "city"], "funny": ["party"], "hopeful": ["hope"], "warm": ["home", "love"], "cold": ["rain", "sadness"],
    "hypnotic": ["night"], "solemn": ["time", "hope"], "festive": ["party"], "relaxed": ["sea", "road"],
    "raw": ["road", "freedom"], "elegant": ["love", "night"],
  ]
}
