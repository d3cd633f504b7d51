import Foundation
import Testing

@testable import Singer

/// Written lines in many languages, and in none.
@Suite struct LyricReaderTests {
  static let reader = Result { try LyricReader() }

  private func cut(_ line: String, _ language: String?) throws -> [String] {
    try Self.reader.get().syllables(of: line, language: language).map { $0.text + ($0.endsWord ? "" : "-") }
  }

  @Test(
    arguments: [
      ("Silver stars are shining over me", "en", "Sil- ver stars are shi- ning o- ver me"),
      ("the night, the fire; don't!", "en", "the night the fire don't"),
      ("über den Wolken leuchten die Sterne", "de", "ü- ber den Wol- ken leuch- ten die Ster- ne"),
      ("mi corazón no puede olvidar", "es", "mi co- ra- zón no pue- de ol- vi- dar"),
      ("sous la lune je chante", "fr", "sous la lune je chante"),
      ("вернись домой ко мне", "ru", "вер- нись до- мой ко мне"),
      ("в лесу к тебе", "ru", "в ле- су к те- бе"),
      ("나는 밤하늘의 별을 사랑해", "ko", "나- 는 밤- 하- 늘- 의 별- 을 사- 랑- 해"),
      ("月亮代表我的心", "zh", "月- 亮- 代- 表- 我- 的- 心"),
      ("银行 行走", "zh", "银- 行 行- 走"),
      ("サクラ さいた", "ja", "サ- ク- ラ さ- い- た"),
      ("I have 7 stars", "en", "I have 7  stars"),
    ] as [(String, String, String)])
  func linesAreCutAsTheyAreSung(line: String, language: String, cut expected: String) throws {
    let cut = try cut(line, language)
    #expect(cut.joined(separator: " ") == expected)
  }

  @Test func japaneseIsReadByMora() throws {
    let mecab = MeCab()
    try #require(mecab != nil, "MeCab has no dictionary: install mecab-ipadic-utf8.")
    let syllables = try Self.reader.get().syllables(of: "星の光が君を照らす", language: "ja")
    #expect(syllables.count == 13)
    #expect(syllables.map(\.text).joined() == "星の光が君を照らす")
    #expect(syllables.filter { $0.text == "す" || $0.text == "が" }.count == 2)
    // A long vowel is two morae.
    let today = try Self.reader.get().syllables(of: "今日も", language: "ja")
    let circus = try Self.reader.get().syllables(of: "サーカス", language: "ja")
    #expect(today.count == 3 && circus.count == 4)
  }

  @Test func chinesePhrasesChooseTheReading() throws {
    let reader = try Self.reader.get()
    func phones(_ line: String) throws -> [String] {
      try reader.readings(of: line, language: "zh").map { $0.spoken.phones.map(\.text).joined() }
    }
    let (bank, walk) = (try phones("银行"), try phones("行走"))
    #expect(bank.last != walk.first)
    let digit = try phones("我爱你 3")
    #expect(digit.count == 4)
  }

  @Test func charactersTellWhereASyllableStands() throws {
    let line = "“Hello”, — my 💔 friend"
    let syllables = try Self.reader.get().syllables(of: line, language: "en")
    #expect(syllables.map { String(Array(line)[$0.characters]) } == ["Hel", "lo", "my", "friend"])
    #expect(syllables.map(\.stress) == [0, 2, 0, 1])
  }

  @Test func everyLanguageOfTheTableIsSung() throws {
    let reader = try Self.reader.get()
    let samples = try Samples.byLanguage()
    var sung = 0
    for language in reader.languages.all where language.source != .none {
      let sample = try #require(samples[language.code], "\(language.code) has no sample sentence")
      let readings = try reader.readings(of: sample.line, language: language.code)
      let unread = readings.filter(\.isUnread)
      #expect(unread.isEmpty, "\(language.code)")
      #expect(readings.allSatisfy { $0.language == language.code }, "\(language.code)")
      #expect(readings.count == sample.syllables, "\(language.code): \(readings.map { $0.spoken.phones.map(\.text).joined() })")
      let phones = readings.flatMap(\.spoken.phones)
      let mapped = phones.count { !$0.symbols.isEmpty }
      #expect(mapped * 10 >= phones.count * 9, "\(language.code): \(mapped) of \(phones.count)")
      let written = readings.map(\.text).joined().filter { !$0.isWhitespace }
      #expect(written == sample.line.filter { $0.isLetter || $0 == "'" || $0 == "’" }, "\(language.code)")
      sung += 1
    }
    #expect(sung >= 80)
  }

  @Test func unsupportedLanguagesSaySo() throws {
    let languages = try Self.reader.get().languages
    for code in ["th", "he", "my", "yue", "zu"] {
      let language = try #require(languages[code])
      #expect(language.source == .none && language.notice?.contains(language.name) == true && language.voice == nil)
    }
    #expect(languages["xx"] == nil)
    let line = try Self.reader.get().syllables(of: "ฉันรักเธอ", language: "th")
    #expect(!line.isEmpty)
  }

  @Test(
    arguments: [
      "", " ", "💔🔥👩‍👩‍👧‍👦", "\u{200B}\u{200D}\u{FEFF}", "\u{0}\u{1}\u{1B}[31m", "'''", "“”…—!?", "￼\u{FFFE}", "\u{301}\u{301}",
    ])
  func nothingToSingIsNothing(line: String) throws {
    let syllables = try Self.reader.get().syllables(of: line, language: "en")
    #expect(syllables.count <= 5)
    _ = try Self.reader.get().syllables(of: line, language: nil)
  }

  @Test func hostileLinesAreRead() throws {
    let reader = try Self.reader.get()
    let hostile = [
      String(repeating: "a", count: 4096), String(repeating: "lalala", count: 700), String(repeating: "ب", count: 4096),
      String(repeating: "ກ", count: 4096), String(repeating: "9", count: 4096), String(repeating: "愛", count: 4096),
      String(repeating: "漢字かな", count: 1024), String(repeating: "e\u{301}\u{302}\u{303}", count: 1000),
      "Z" + String(repeating: "\u{335}", count: 5000) + "algo", String(repeating: "क्", count: 2000),
      "love любовь 愛 사랑 حب प्रेम אהבה รัก 💔 1234", "\u{202E}evol\u{202C} مرحبا hello", "ﬁne ½ Ⅷ ①②③ 𝓛𝓸𝓿𝓮 ｆｕｌｌ",
      "a\u{0}b\u{200B}c\u{AD}d", "[[h@'loU]] <speak><audio src='/etc/passwd'/></speak> &amp; %s %n", "((((((en)(fr)_:_;,",
      String(repeating: "don't'", count: 600), "ᏣᎳᎩ ᠮᠣᠩᠭᠣᠯ ꦗꦮ ߒߞߏ 𐤀", "ー ッ ン ゛ 々 〇",
    ]
    let known = Set(VoiceSymbolRows.all)
    for line in hostile {
      for language in [nil, "en", "ja", "zh", "ar", "hi", "th", "vi", "xx"] as [String?] {
        let readings = try reader.readings(of: line, language: language)
        #expect(readings.allSatisfy { !$0.spoken.phones.isEmpty })
        let tokens = readings.map(\.spoken).tokens()
        #expect(tokens.allSatisfy { known.contains($0.id) })
      }
    }
  }

  @Test func aLineIsReadAlikeWhateverCameBefore() throws {
    let lines = try GoldenLine.all.get()
    let first = try lines.map { try LyricReaderTests.reader.get().syllables(of: $0.text, language: $0.language) }
    let other = try LyricReader()
    for index in lines.indices.reversed() {
      let again = try other.syllables(of: lines[index].text, language: lines[index].language)
      #expect(again == first[index])
    }
  }
}

enum VoiceSymbolRows { static let all = (0...177).filter { $0 == 0 || VoiceSymbols.symbol(of: $0) != nil } }

/// `samples.tsv`: a line in each language and the syllables it is sung on. What is already in `espeak.json` is read there.
struct Samples {
  let line: String
  let syllables: Int

  static func byLanguage() throws -> [String: Samples] {
    var result: [String: Samples] = [:]
    for line in try GoldenLine.all.get() where !["zh"].contains(line.language) {
      if result[line.language] == nil { result[line.language] = Samples(line: line.text, syllables: line.nuclei) }
    }
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/samples.tsv")
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
      let fields = line.split(separator: "\t").map(String.init)
      try #require(fields.count == 3)
      result[fields[0]] = Samples(line: fields[2], syllables: try #require(Int(fields[1])))
    }
    return result
  }
}
