import Music
import Testing

@testable import Singer

/// Words on notes, when there are as many of the one as of the other, and when not.
@Suite struct LineAlignerTests {
  private func notes(_ syllables: String) -> [Note] {
    syllables.split(separator: " ").enumerated().map { index, text in
      Note(
        startTick: index * 480, durationTicks: 480, pitch: Pitch(midi: 60), velocity: 80,
        syllable: text == "*" ? nil : String(text).replacing("~", with: " "))
    }
  }

  /// Each syllable's vowel phones with its number of notes.
  private func sung(_ syllables: String, _ language: String?) throws -> (line: LyricSetting, counts: [Int]) {
    let given = notes(syllables)
    let line = try LyricReaderTests.reader.get().line(given, language: language)
    var next = 0
    for phrase in line.phrases {
      #expect(phrase.tokens.first?.role == .pad && phrase.tokens.last?.role == .pad && phrase.tokens.count <= 512)
      for (number, syllable) in phrase.syllables.enumerated() {
        #expect(syllable.notes.lowerBound == next && !syllable.notes.isEmpty)
        next = syllable.notes.upperBound
        #expect(phrase.tokens.count { $0.syllable == number && $0.role == .nucleus } == 1)
      }
    }
    #expect(next == given.count)
    return (line, line.phrases.flatMap(\.syllables).map(\.notes.count))
  }

  @Test func asManyNotesAsSyllables() throws {
    let (line, counts) = try sung("Sil- ver stars are shi- ning o- ver me", "en")
    #expect(counts == [1, 1, 1, 1, 1, 1, 1, 1, 1])
    let golden = try #require(try GoldenLine.all.get().first { $0.text == "Silver stars are shining over me" })
    #expect(line.phrases.map { $0.tokens.map(\.id) } == [golden.ids])
    #expect(line.phrases[0].syllables.map(\.text) == ["Sil", "ver", "stars", "are", "shi", "ning", "o", "ver", "me"])
  }

  @Test func whatTheReaderCutsIsSungNoteForNote() throws {
    let reader = try LyricReaderTests.reader.get()
    for golden in try GoldenLine.all.get() where golden.language != "zh" {
      let syllables = try reader.syllables(of: golden.text, language: golden.language)
      let notes = syllables.enumerated().map { index, syllable in
        Note(
          startTick: index * 480, durationTicks: 480, pitch: Pitch(midi: 60), velocity: 80,
          syllable: syllable.text.isEmpty ? "-" : syllable.endsWord ? syllable.text : syllable.text + "-")
      }
      let line = try reader.line(notes, language: golden.language)
      #expect(line.phrases.flatMap(\.syllables).map(\.notes) == notes.indices.map { $0..<($0 + 1) }, "\(golden.language): \(golden.text)")
      #expect(line.phrases.flatMap(\.tokens).map(\.id) == golden.ids, "\(golden.language): \(golden.text)")
    }
  }

  @Test func moreNotesHoldTheStressedVowel() throws {
    let (_, held) = try sung("sil- - - ver moon", "en")
    #expect(held == [3, 1, 1])
    let (_, taken) = try sung("ni- - ght", "en")
    #expect(taken == [3])
  }

  @Test func fewerNotesShareThem() throws {
    let (line, counts) = try sung("beauti- ful", "en")
    #expect(counts == [1, 1])
    #expect(line.phrases[0].tokens.contains { $0.role == .glide })
    let (_, one) = try sung("beautiful night", "en")
    #expect(one == [1, 1])
  }

  @Test func frenchSingsTheDroppedVowel() throws {
    let (line, counts) = try sung("la lu- ne", "fr")
    #expect(counts == [1, 1, 1])
    let last = line.phrases[0].tokens.filter { $0.syllable == 2 }
    #expect(last.map { VoiceSymbols.symbol(of: $0.id) } == ["n", "ə"])
    let (night, short) = try sung("la nuit", "fr")
    #expect(short == [1, 1])
    #expect(night.phrases[0].tokens.contains { VoiceSymbols.symbol(of: $0.id) == "ɥ" })
  }

  @Test func heldNotesTakeSyllablesOfTheirOwn() throws {
    let (_, seven) = try sung("7 - stars", "en")
    #expect(seven == [1, 1, 1])
  }

  @Test func notesWithoutWordsAreSungOnLa() throws {
    let (line, counts) = try sung("* * *", "en")
    #expect(counts == [1, 1, 1] && line.unread.isEmpty)
    let (mixed, _) = try sung("* love * ... me *", "en")
    #expect(mixed.phrases[0].syllables.map(\.notes) == [0..<4, 4..<6])
    let (thai, _) = try sung("รัก love", "en")
    #expect(thai.unread == ["รัก"])
    #expect(try LyricReaderTests.reader.get().line([], language: "en").phrases.isEmpty)
  }

  @Test func aNoteTakesFourSyllablesAndNoMore() throws {
    let (line, counts) = try sung(String(repeating: "ba", count: 2000) + " night", "en")
    #expect(counts == [1, 1])
    #expect(line.phrases.count == 1 && line.phrases[0].tokens.count < 30 && line.phrases[0].speech.count < 30)
    #expect(line.unsung.count == 1 && line.unsung[0].count > 3900)
  }

  @Test func longLinesBecomeSeveralPhrases() throws {
    let (line, counts) = try sung(Array(repeating: "shi- ning stars", count: 150).joined(separator: " "), "en")
    #expect(line.phrases.count > 3 && counts.count == 450)
    #expect(line.phrases.allSatisfy { $0.syllables[0].startsWord })
    _ = try sung(Array(repeating: "la-", count: 1500).joined(separator: " "), "en")
  }
}
