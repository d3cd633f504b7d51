public import Foundation
import Synchronization

/// Why lyrics could not be read.
public enum LyricReaderError: Error, Hashable, CustomStringConvertible {
  case missingResource(String)
  case badResource(name: String, line: Int)

  public var description: String {
    switch self {
    case .missingResource(let name): "The singer's resource “\(name)” is missing: install Cantiga again."
    case .badResource(let name, let line): "The singer's resource “\(name)” can't be used: line \(line)."
    }
  }
}

/// A syllable of a written line as it is sung.
public struct LyricSyllable: Sendable, Hashable {
  /// The letters that are sung on it, without punctuation. Empty where a character stands for several syllables ("7",
  /// "星") and this is not the first of them.
  public var text: String
  /// Where they stand in the line, counted in characters; empty with `text`.
  public var characters: Range<Int>
  /// 0 (weak), 1, 2 (the word's main stress).
  public var stress: Int
  /// Whether the written word ends with it, or with empty ones after it.
  public var endsWord: Bool
}

/// Reads lyrics aloud: from written lines to syllables and to the symbols that are sung (`singer.md` chapter 5).
///
/// A pure function of line and language. It can be used by many threads; espeak-ng itself works for one at a time.
///
///     let reader = try LyricReader()
///     let syllables = try reader.syllables(of: "Silver stars are shining", language: "en")   // Sil-ver stars are shi-ning
public final class LyricReader: Sendable {
  public let languages: SingingLanguages
  private let pinyin: Pinyin
  private let mecab: MeCab?
  private let known = Mutex<[Question: [Reading]]>([:])

  private struct Question: Hashable {
    var line: String
    var language: String?
  }

  /// Loads the tables of the resource bundle.
  /// - Throws: `LyricReaderError` naming the file that is missing or can't be used.
  public init() throws(LyricReaderError) {
    func text(_ name: String) throws(LyricReaderError) -> String {
      let url = Bundle.module.url(forResource: "Languages", withExtension: nil)?.appendingPathComponent(name)
      guard let url, let data = try? Data(contentsOf: url) else { throw .missingResource(name) }
      return String(decoding: data, as: UTF8.self)
    }
    languages = try SingingLanguages(text: text("languages.tsv"))
    pinyin = try Pinyin(text: text("pinyin.txt"))
    mecab = MeCab()
  }

  /// The syllables of a line, as many as are sung.
  ///
  /// Words that can't be read in any language here have their syllables guessed at two characters each.
  /// - Parameter language: of the song, ISO 639; nil or unknown: each script is read in its commonest language.
  /// - Throws: `EspeakError`.
  /// - Complexity: O(line), about 1 ms; a line that was asked for before is looked up.
  public func syllables(of line: String, language: String?) throws -> [LyricSyllable] {
    let readings = try readings(of: line, language: language)
    return readings.indices.map { index in
      let reading = readings[index]
      let next = readings[(index + 1)...].first { !$0.glyphs.isEmpty }
      let first = reading.glyphs.first?.offset ?? 0
      return LyricSyllable(
        text: reading.text, characters: first..<(reading.glyphs.last.map { $0.offset + 1 } ?? first),
        stress: stress(at: index, in: readings), endsWord: next?.word != reading.word)
    }
  }

  private func stress(at index: Int, in readings: [Reading]) -> Int {
    let reading = readings[index]
    let isAlone = (index == 0 || readings[index - 1].word != reading.word)
      && (index + 1 == readings.count || readings[index + 1].word != reading.word)
    guard isAlone else { return reading.spoken.stress }
    return FunctionWords.contains(reading.text, language: reading.language) ? 0 : min(1, reading.spoken.stress)
  }

  /// The line read, its syllables in order.
  func readings(of line: String, language: String?) throws -> [Reading] {
    let question = Question(line: line, language: language)
    if let answer = known.withLock({ $0[question] }) { return answer }
    let answer = try read(line, language: language)
    known.withLock { known in
      if known.count >= 1024 { known = [:] }
      known[question] = answer
    }
    return answer
  }

  private func read(_ line: String, language code: String?) throws -> [Reading] {
    let language = code.flatMap { languages[$0] }
    let isJapanese = language?.code == "ja" || (language == nil && line.unicodeScalars.contains { Script($0) == .japanese })
    var result: [Reading] = []
    var run: [SpokenItem] = []
    var speaker: SingingLanguage?
    var bytes = 0
    func close() throws {
      if let speaker, let voice = speaker.voice, !run.isEmpty {
        result += try SpokenItem.readings(of: run, voice: voice, language: speaker.code)
      }
      run = []
      bytes = 0
    }
    for unit in LyricText(line, isJapanese: isJapanese).units {
      let reading = self.language(of: unit, in: language)
      let items = reading.map { self.items(of: unit, language: $0.code) } ?? []
      guard let reading, !items.isEmpty else {
        try close()
        result += Reading.unread(unit)
        continue
      }
      for item in items {
        if speaker != reading || bytes + item.text.utf8.count > 360 { try close() }
        speaker = reading
        bytes += item.text.utf8.count + 1
        run.append(item)
      }
    }
    try close()
    return Reading.withNothingLost(result)
  }

  /// Who reads a unit: the song's language if it is written so, else that of the script; nil for nobody.
  private func language(of unit: LyricText.Unit, in language: SingingLanguage?) -> SingingLanguage? {
    guard let script = unit.script else { return language?.voice == nil ? languages["en"] : language }
    if let language, language.scripts.contains(script) { return language.voice == nil ? nil : language }
    return script.usualLanguage.flatMap { languages[$0] }
  }

  private func items(of unit: LyricText.Unit, language: String) -> [SpokenItem] {
    switch language {
    case "zh":
      let characters = unit.glyphs.map { $0.spoken.first ?? " " }
      let syllables = pinyin.syllables(of: characters)
      if syllables.allSatisfy({ $0 == nil }) { return [] }
      return zip(unit.glyphs, syllables).map { glyph, syllable in
        SpokenItem(
          text: syllable ?? "", glyphs: [glyph], letters: [SpokenItem.Letter(glyph: 0, text: syllable ?? "")],
          word: unit.word)
      }
    case "ja":
      let kana = Kana.letters(of: unit.glyphs, mecab: mecab)
      let item = SpokenItem(text: kana.map(\.text).joined(), glyphs: unit.glyphs, letters: kana, word: unit.word)
      return kana.isEmpty ? [] : [item]
    default:
      let letters = unit.glyphs.enumerated().map { SpokenItem.Letter(glyph: $0, text: $1.spoken) }
      return [
        SpokenItem(text: letters.map(\.text).joined(), glyphs: unit.glyphs, letters: letters, word: unit.word)
      ]
    }
  }
}
