import Foundation
import Music
import Testing

@testable import Composer

/// Lyrics that are written because none are given.
@Suite struct WrittenLyricsTests {
  static let languages = ["bn", "de", "en", "es", "fr", "hi", "id", "it", "ja", "ko", "pt", "ru", "tr", "zh"]

  static func plan(
    _ caption: String, language: String? = nil, seconds: Double? = 120, seed: UInt64 = 1, preset: String? = nil
  ) throws -> SongPlan {
    try CompositionTests.composer.get().plan(
      CompositionBrief(
        caption: caption, writesLyrics: true, preset: preset, durationSeconds: seconds, language: language, seed: seed))
  }

  /// Stanzas as tag and lines.
  static func stanzas(_ plan: SongPlan) throws -> [(tag: String, lines: [String])] {
    try #require(plan.lyrics).components(separatedBy: "\n\n").map { text in
      let lines = text.split(separator: "\n").map(String.init)
      return (lines[0], Array(lines.dropFirst()))
    }
  }

  @Test func theBooksAreThoseOfTheSpecification() throws {
    #expect(try CompositionTests.composer.get().lyricLanguages == Self.languages)
  }

  @Test(arguments: languages)
  func everyLineIsWholeSingableAndInItsSection(language: String) throws {
    for seed in UInt64(0)..<6 {
      for seconds in [30.0, 90, 200, nil] as [Double?] {
        let plan = try Self.plan(seed % 2 == 0 ? "pop" : "slow folk ballad", language: language, seconds: seconds, seed: seed)
        #expect(plan.usesVocal && plan.language == language && plan.notices.isEmpty, "\(plan.notices)")
        let stanzas = try Self.stanzas(plan)
        for (tag, lines) in stanzas {
          #expect(tag.hasPrefix("[") && tag.hasSuffix("]"))
          for line in lines {
            #expect(!line.contains { "{}[];|_".contains($0) } && !line.contains("  ") && !line.contains("nil"), "\(line)")
            let count = Syllabifier.syllables(of: line, language: language).count
            #expect((4...15).contains(count), "\(line): \(count)")
          }
          #expect(Set(lines).count >= (lines.count + 1) / 2)
        }
        // A user who gives the same words gets the same song, as far as the words reach.
        let brief = CompositionBrief(
          caption: seed % 2 == 0 ? "pop" : "slow folk ballad", lyrics: plan.lyrics, durationSeconds: seconds,
          language: language, seed: seed)
        let given = try CompositionTests.composer.get().plan(brief)
        #expect(given.sections.flatMap(\.lines).starts(with: plan.sections.flatMap(\.lines)))
        #expect(given.bpm == plan.bpm && given.key == plan.key)
      }
    }
  }

  @Test(arguments: languages)
  func linesRhymeByTheirSound(language: String) throws {
    var (rhymed, total) = (0, 0)
    for seed in UInt64(0)..<24 {
      let stanzas = try Self.stanzas(Self.plan("a song", language: language, seed: seed))
      for (tag, lines) in stanzas where lines.count == 4 && tag.hasPrefix("[Verse") {
        let pairs = Rhymes.rhyme(lines[0], lines[1], language: language) && Rhymes.rhyme(lines[2], lines[3], language: language)
        let crossed = Rhymes.rhyme(lines[0], lines[2], language: language) && Rhymes.rhyme(lines[1], lines[3], language: language)
        total += 1
        rhymed += pairs || crossed ? 1 : 0
        if !pairs && !crossed { Issue.record("no rhyme in \(lines.map { Rhymes.tail($0, language) ?? $0 }) \(lines)") }
      }
      for (tag, lines) in stanzas where lines.count == 4 && tag.hasPrefix("[Chorus") {
        #expect(lines.dropFirst().allSatisfy { Rhymes.rhyme($0, lines[0], language: language) }, "\(lines)")
        #expect(lines[0] == lines[2] || lines[1] == lines[3], "the title comes back: \(lines)")
      }
    }
    #expect(total > 15 && rhymed == total)
  }

  @Test(arguments: languages)
  func matchingLinesHaveTheSameLength(language: String) throws {
    var (equal, near, total) = (0, 0, 0)
    for seed in UInt64(0)..<16 {
      let verses = try Self.stanzas(Self.plan("a song", language: language, seconds: 150, seed: seed)).filter { $0.tag.hasPrefix("[Verse") }
      for verse in verses.dropFirst() {
        for (line, first) in zip(verse.lines, verses[0].lines) {
          let difference = abs(
            Syllabifier.syllables(of: line, language: language).count - Syllabifier.syllables(of: first, language: language).count)
          total += 1
          equal += difference == 0 ? 1 : 0
          near += difference <= 1 ? 1 : 0
        }
      }
    }
    #expect(Double(equal) >= 0.75 * Double(total) && near >= total * 98 / 100, "\(language): \(equal), \(near) of \(total)")
  }

  @Test(arguments: languages)
  func aSeedRepeatsTheWordsAndOthersDiffer(language: String) throws {
    var songs: Set<String> = []
    var choruses: Set<[String]> = []
    for seed in UInt64(0)..<50 {
      let plan = try Self.plan("love song", language: language, seed: seed)
      #expect(try Self.plan("love song", language: language, seed: seed) == plan)
      songs.insert(try #require(plan.lyrics))
      choruses.insert(try Self.stanzas(plan).first { $0.tag.hasPrefix("[Chorus") }?.lines ?? [])
    }
    #expect(songs.count == 50)
    #expect(choruses.count >= 15, "\(language): \(choruses.count) choruses")
  }

  @Test(arguments: languages)
  func theChorusComesBackWordForWord(language: String) throws {
    for seed in UInt64(0)..<8 {
      let stanzas = try Self.stanzas(Self.plan("pop", language: language, seconds: 180, seed: seed))
      let choruses = stanzas.filter { $0.tag.hasPrefix("[Chorus") }.map(\.lines)
      let longest = try #require(choruses.max { $0.count < $1.count })
      #expect(choruses.count >= 2 && choruses.allSatisfy { $0 == Array(longest.prefix($0.count)) })
    }
  }

  @Test(arguments: [
    ("canción de amor en español", "es"), ("Bengali love song", "bn"), ("प्यार का एक गीत", "hi"), ("বৃষ্টির গান", "bn"),
    ("夏の海の歌", "ja"), ("关于夜晚的歌", "zh"), ("여름 바다 노래", "ko"), ("песня о дороге", "ru"), ("French chanson about rain", "fr"),
    ("a sunny pop song about the road", "en"), ("ein Lied über die Nacht und den Regen", "de"), ("xyzzy", "en"),
  ])
  func theLanguageIsTheCaptions(caption: String, language: String) throws {
    #expect(try Self.plan(caption).language == language)
  }

  @Test(arguments: [
    ("a song about the sea", "sea"), ("canción sobre la lluvia", "rain"), ("песня о дороге", "road"), ("夜の歌", "night"), ("파티 노래", "party"),
    ("chanson sur la liberté", "freedom"), ("lagu tentang rumah", "home"), ("umut dolu bir şarkı", "hope"),
  ])
  func theSongIsAboutWhatIsAsked(caption: String, theme: String) throws {
    let plan = try Self.plan(caption)
    let language = try #require(plan.language)
    let book = try WordLibrary(folder: Self.words)[language]
    let hooks = try #require(book).lines(for: .hook, themes: [theme]).filter(\.isThemed).map(\.text)
    #expect(try #require(plan.lyrics).split(separator: "\n").contains { hooks.contains(String($0)) }, "\(plan.lyrics ?? "")")
  }

  @Test func aLanguageWithoutWordsIsSungOnSyllablesAndSaid() throws {
    let plan = try Self.plan("pop", language: "sw")
    #expect(plan.language == "sw" && plan.usesVocal)
    #expect(plan.notices.contains { $0.contains("Swahili (sw)") && $0.contains("la la") })
    #expect(try #require(plan.lyrics).contains("la la"))
  }

  @Test(arguments: ["instrumental jazz", "rock without vocals", "solo piano, no singing, no vocals", "インストゥルメンタル"])
  func whatIsNotToBeSungGetsNoWords(caption: String) throws {
    let plan = try Self.plan(caption)
    #expect(plan.lyrics == nil && !plan.usesVocal)
  }

  @Test func givenLyricsAreLeftAlone() throws {
    let brief = CompositionBrief(caption: "pop", lyrics: "[Verse]\nmy own words here\nand mine alone", writesLyrics: true, seed: 3)
    let plan = try CompositionTests.composer.get().plan(brief)
    #expect(plan.lyrics?.contains("my own words here\nand mine alone") == true)
    #expect(plan.sections.flatMap(\.lines).contains("my own words here"))
  }

  @Test(arguments: [
    "", "{open}{close}", "[Chorus]\n{hook}", "💔💔💔", String(repeating: "love ", count: 1000), "\u{202E}evol", "';--", "%@%s%n", "\u{0301}\u{0301}",
  ])
  func noCaptionBreaksTheWords(caption: String) throws {
    for seed in UInt64(0)..<5 {
      let lyrics = try #require(Self.plan(caption, seconds: Double(seed * 40 + 5), seed: seed).lyrics)
      #expect(!lyrics.contains("{") && lyrics.hasPrefix("[") && lyrics.count < 8000)
    }
  }

  @Test(arguments: StyleBook.presets)
  func everyPresetSingsThem(preset: String) throws {
    for (seed, seconds) in [(1, 8.0), (2, 60), (3, 600)] as [(UInt64, Double)] {
      let plan = try Self.plan("", seconds: seconds, seed: seed, preset: preset)
      #expect(plan.sections.contains { !$0.lines.isEmpty }, "\(preset) \(seconds)")
      #expect(!plan.notices.contains { $0.contains("longer than the music") }, "\(preset) \(seconds): \(plan.notices)")
      guard seconds < 100 else { continue }
      let made = try CompositionTests.composer.get().compose(plan, seed: seed)
      #expect(made.usesVocal && made.lyricLines.map(\.text) == plan.sections.flatMap(\.lines))
    }
  }

  private static let words = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/Composer/Words").standardizedFileURL
}
