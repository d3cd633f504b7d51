import Composer
import Music
import Testing

/// What is sung, and when.
@Suite struct LyricTests {
  static let lyrics = """
    [Verse 1]
    Walking down the empty street tonight
    Every window holds a little light
    I remember all the things you said
    Running in circles around my head

    [Chorus]
    Hold on to the morning sun
    We have only just begun

    [Verse 2]
    Somewhere in the rain I hear your name
    Nothing in this town will be the same

    [Chorus]
    Hold on to the morning sun
    We have only just begun
    """

  static func song(_ lyrics: String, seconds: Double?, caption: String = "pop", seed: UInt64 = 1) throws -> (SongPlan, Composition) {
    let brief = CompositionBrief(caption: caption, lyrics: lyrics, durationSeconds: seconds, seed: seed)
    let composer = try CompositionTests.composer.get()
    let plan = try composer.plan(brief)
    return (plan, try composer.compose(plan, seed: seed))
  }

  @Test func aVoiceAloneDoesNotWaitForABand() throws {
    let composer = try CompositionTests.composer.get()
    for seconds in [nil, 60.0, 12] {
      var brief = CompositionBrief(caption: "slow ballad", lyrics: "[Intro]\n\n" + Self.lyrics, durationSeconds: seconds, seed: 3)
      brief.isVoiceOnly = true
      let plan = try composer.plan(brief)
      let made = try composer.compose(plan, seed: 3)
      let first = try #require(made.lyricLines.first), last = try #require(made.lyricLines.last)
      #expect(made.score.seconds(atTick: first.startTick) < 6)
      #expect(plan.sections.allSatisfy { !$0.lines.isEmpty || $0.kind == .intro || $0.kind == .outro })
      if seconds == nil { #expect(plan.durationSeconds - made.score.seconds(atTick: last.endTick) < 9) }
    }
  }

  @Test func proseIsCutIntoLinesThatCanBeSung() throws {
    let prose = String(repeating: "She walked along the river, humming an old tune; nobody was there to hear it. ", count: 5)
    let (plan, _) = try Self.song(prose, seconds: 60)
    let lines = plan.sections.flatMap(\.lines)
    #expect(lines.first == "She walked along the river, humming an old tune;")
    #expect(lines.allSatisfy { $0.count <= 64 })
    let (endless, made) = try Self.song(String(repeating: "ba", count: 2000), seconds: 20)
    #expect(endless.sections.flatMap(\.lines).allSatisfy { $0.count <= 64 })
    #expect(endless.notices.contains { $0.contains("found no room") })
    #expect(made.lyricLines.allSatisfy { $0.startTick < $0.endTick })
    let (chinese, _) = try Self.song(String(repeating: "我", count: 300), seconds: 60)
    #expect(chinese.sections.flatMap(\.lines).allSatisfy { $0.count <= 50 })
  }

  @Test func everyLineIsSungInItsSection() throws {
    for (caption, seed) in [("pop", 1), ("jazz", 2), ("metal", 3), ("slow waltz folk", 4), ("hip hop", 5), ("6/8 ballad", 6)] as [(String, UInt64)] {
      let (plan, made) = try Self.song(Self.lyrics, seconds: nil, caption: caption, seed: seed)
      #expect(made.usesVocal)
      #expect(made.lyricLines.map(\.text) == plan.sections.flatMap(\.lines))
      #expect(made.lyricLines.count == 10)
      let vocal = try #require(made.score.parts.first { $0.role == .vocal })
      var lastEnd = 0
      for line in made.lyricLines {
        #expect(line.startTick >= lastEnd && line.endTick > line.startTick)
        lastEnd = line.endTick
        let sung = vocal.notes.filter { $0.startTick >= line.startTick && $0.startTick < line.endTick }
        #expect(sung.compactMap(\.syllable).joined().replacing("-", with: "").lowercased() == line.text.filter { !$0.isWhitespace }.lowercased())
      }
      let verse = try #require(made.score.sections.first { $0.kind == .verse })
      #expect(made.lyricLines[0].startTick >= verse.startTick)
    }
  }

  @Test func aShortLengthLeavesLinesOutAndSaysSo() throws {
    let (plan, made) = try Self.song(Self.lyrics, seconds: 12)
    #expect(made.lyricLines.count < 10)
    #expect(plan.notices.contains { $0.contains("longer than the music") })
    #expect(made.score.seconds(atTick: made.score.lengthTicks) <= 12)
  }

  @Test func aLongLengthIsFilled() throws {
    let (_, made) = try Self.song(Self.lyrics, seconds: 150)
    let score = made.score
    #expect(abs(score.seconds(atTick: score.lengthTicks) - 150) < 0.1)
    #expect(made.lyricLines.count >= 10)
    let lastLine = try #require(made.lyricLines.last)
    #expect(score.seconds(atTick: lastLine.endTick) > 90)
  }

  @Test func anInstrumentalIgnoresLyrics() throws {
    let brief = CompositionBrief(caption: "pop", lyrics: Self.lyrics, instrumental: true, durationSeconds: 30)
    let composer = try CompositionTests.composer.get()
    let made = try composer.compose(composer.plan(brief), seed: 1)
    #expect(!made.usesVocal && made.lyricLines.isEmpty)
    #expect(made.score.parts.allSatisfy { $0.role != .vocal && $0.notes.allSatisfy { $0.syllable == nil } })
  }

  @Test func untaggedStanzasThatReturnAreTheChorus() throws {
    let (plan, _) = try Self.song("one line here\nanother line\n\nla la la\nla la\n\nthird line now\nfourth line\n\nla la la\nla la", seconds: nil)
    #expect(plan.sections.filter { !$0.lines.isEmpty }.map(\.kind) == [.verse, .chorus, .verse, .chorus])
  }

  @Test(arguments: [("君の名は", "ja", 4), ("月亮代表我的心", "zh", 7), ("나는 너를 사랑해", "ko", 7), ("আমার সোনার বাংলা", "bn", nil), ("je t'aime mon amour et tu le sais", "fr", nil)] as [(String, String, Int?)])
  func linesInOtherScriptsAreSung(line: String, language: String, syllables: Int?) throws {
    let (plan, made) = try Self.song("[Verse]\n\(line)\n\(line)", seconds: 30)
    #expect(plan.language == language)
    let first = try #require(made.lyricLines.first)
    let vocal = try #require(made.score.parts.first { $0.role == .vocal })
    let sung = vocal.notes.filter { $0.startTick >= first.startTick && $0.startTick < first.endTick }
    #expect(!sung.isEmpty)
    if let syllables { #expect(sung.count == syllables) }
  }
}
