import Foundation
import Testing

@testable import Music

struct TimedLyricsTests {
  /// Two lines of a song at 120 beats a minute, a quarter note a syllable: half a second each.
  static func sample() -> TimedLyrics {
    func word(_ start: Double, _ end: Double, _ text: String, _ space: Bool = true) -> TimedLyrics.Word {
      .init(startSeconds: start, endSeconds: end, text: text, isFollowedBySpace: space)
    }
    return TimedLyrics(
      lines: [
        .init(
          startSeconds: 1, endSeconds: 2.5, text: "The river, <mine>",
          words: [word(1, 1.25, "The"), word(1.25, 2, "river,"), word(2, 2.5, "<mine>", false)]),
        .init(startSeconds: 2.5, endSeconds: 2.5, text: "  "),
        .init(startSeconds: 3725.678, endSeconds: 3727, text: "[Rock & roll] --> no words"),
      ], language: "en")
  }

  @Test func theLyricsAreWrittenAsLRC() {
    #expect(Self.sample().lrc == "[00:01.00] The river, <mine>\n[62:05.68] (Rock & roll) --> no words")
    #expect(
      Self.sample().enhancedLRC
        == "[00:01.00] <00:01.00>The <00:01.25>river, <00:02.00>‹mine›<00:02.50>\n[62:05.68] (Rock & roll) --› no words")
    let late = TimedLyrics(lines: [.init(startSeconds: 6000.5, endSeconds: 6001, text: "late")])
    #expect(late.lrc == "[100:00.50] late")
    #expect(TimedLyrics(lines: []).lrc == "")
  }

  @Test func theLyricsAreWrittenAsSubRip() {
    #expect(
      Self.sample().srt == """
        1
        00:00:01,000 --> 00:00:02,500
        The river, ‹mine›

        2
        01:02:05,678 --> 01:02:07,000
        [Rock & roll] --› no words

        """)
    #expect(TimedLyrics(lines: []).srt == "")
  }

  @Test func theLyricsAreWrittenAsWebVTT() {
    #expect(
      Self.sample().webVTT == """
        WEBVTT

        00:00:01.000 --> 00:00:02.500
        The <00:00:01.250>river, <00:00:02.000>&lt;mine&gt;

        01:02:05.678 --> 01:02:07.000
        [Rock &amp; roll] --&gt; no words

        """)
    #expect(TimedLyrics(lines: []).webVTT == "WEBVTT\n")
  }

  @Test func otherScriptsAndHostileTextsStayInTheirLines() {
    func lyrics(_ text: String) -> TimedLyrics { .init(lines: [.init(startSeconds: 0, endSeconds: 1, text: text)]) }
    #expect(lyrics("أغنية\u{2067}النهر").lrc == "[00:00.00] أغنية\u{2067}النهر")
    #expect(lyrics("a\nb\r\n\u{0}\u{85}c\td").srt == "1\n00:00:00,000 --> 00:00:01,000\na b c d\n")
    #expect(lyrics("2\n\n00:00:05,000 --> 00:00:06,000\nx").srt.split(separator: "\n").count == 3)
    #expect(lyrics("[00:09.00] x").lrc == "[00:00.00] (00:09.00) x")
    #expect(lyrics("<00:00:09.000>x").webVTT.contains("&lt;00:00:09.000&gt;x"))
    #expect(lyrics("\u{0}\n ").lrc.isEmpty && lyrics("\u{0}\n ").srt.isEmpty)
    let mad = TimedLyrics(
      lines: [Double.nan, -1, .infinity, 1e300].map { .init(startSeconds: $0, endSeconds: -$0, text: "x") })
    for form in [mad.lrc, mad.enhancedLRC, mad.srt, mad.webVTT] { #expect(form.contains("x")) }
  }

  @Test func cuesDoNotOverlapAndAreNeverEmpty() {
    let lyrics = TimedLyrics(
      lines: [
        .init(startSeconds: 1, endSeconds: 3, text: "a"), .init(startSeconds: 2, endSeconds: 2, text: "b"),
        .init(startSeconds: 4, endSeconds: 4, text: "c"),
      ])
    #expect(
      lyrics.srt.split(separator: "\n").filter { $0.contains("-->") } == [
        "00:00:01,000 --> 00:00:02,000", "00:00:02,000 --> 00:00:02,100", "00:00:04,000 --> 00:00:04,100",
      ])
  }

  @Test func jsonKeepsThemAndReadsTheOldLists() throws {
    let one = TimedLyrics(
      lines: [
        .init(
          startSeconds: 1.00049, endSeconds: 2, text: "Oh/no",
          words: [.init(startSeconds: 1, endSeconds: 2, text: "Oh/no", isFollowedBySpace: false,
            syllables: [.init(startSeconds: 1, endSeconds: 2, text: "Oh/no")])])
      ], language: "en")
    let text = String(decoding: try one.json(), as: UTF8.self)
    #expect(
      text == #"{"language":"en","lines":[{"end":2,"start":1,"text":"Oh/no","words":[{"end":2,"start":1,"syllables":[{"end":2,"start":1,"text":"Oh/no"}],"text":"Oh/no"}]}]}"#)
    #expect(try TimedLyrics(json: Data(text.utf8)).lines[0].words[0].syllables[0].text == "Oh/no")
    #expect(try TimedLyrics(json: Self.sample().json()) == Self.sample())
    let old = try TimedLyrics(json: Data(#"[{"start": 1.5, "end": 2, "text": "la"}]"#.utf8))
    #expect(old == TimedLyrics(lines: [.init(startSeconds: 1.5, endSeconds: 2, text: "la")]))
    for bad in ["", "{}", "[1]", #"{"lines": 1}"#, #"[{"start": "x", "end": 2, "text": "la"}]"#] {
      #expect(throws: (any Error).self) { try TimedLyrics(json: Data(bad.utf8)) }
    }
  }
}

/// Times out of a score: 120 beats a minute, so that a quarter note is half a second.
struct ScoreLyricsTests {
  static func score(_ syllables: [String?], durations: Int = 960, nudge: Int = 0) -> Score {
    let notes = syllables.enumerated().map { index, syllable in
      Note(
        startTick: 960 * (index + 1), durationTicks: durations, pitch: Pitch(midi: 60), velocity: 90,
        nudgeTicks: nudge, syllable: syllable)
    }
    return Score(
      title: "", key: Key(tonic: PitchClass(rawValue: 0), mode: .major), meter: .fourFour,
      tempo: [TempoChange(tick: 0, quartersPerMinute: 120)],
      parts: [Part(id: "vocal", name: "Voice", role: .vocal, instrument: .program(53), notes: notes)],
      lengthTicks: 960 * (syllables.count + 2), language: "en")
  }

  static func lyrics(_ text: String, _ syllables: [String?], durations: Int = 960, nudge: Int = 0) -> TimedLyrics {
    let score = score(syllables, durations: durations, nudge: nudge)
    return score.timedLyrics(lines: [(text, 960..<960 * (syllables.count + 1))], seconds: 60)
  }

  @Test func wordsAndSyllablesHaveTheTimesOfTheirNotes() throws {
    let lyrics = Self.lyrics("“Hap-py, are WE!” — now", ["hap-", "py", "are", "we", "-", "now"])
    let line = try #require(lyrics.lines.first)
    #expect(lyrics.language == "en")
    #expect(line.startSeconds == 0.5 && line.endSeconds == 3.5)
    #expect(line.words.map(\.text) == ["“Hap-py,", "are", "WE!” —", "now"])
    #expect(line.words.map(\.startSeconds) == [0.5, 1.5, 2, 3])
    // The word with a melisma ends with it.
    #expect(line.words.map(\.endSeconds) == [1.5, 2, 3, 3.5])
    #expect(line.words[0].syllables.map(\.text) == ["“Hap-", "py,"])
    #expect(line.words[0].syllables.map(\.startSeconds) == [0.5, 1])
    #expect(line.words.map(\.isFollowedBySpace) == [true, true, true, false])
  }

  @Test func scriptsWithoutBlanksHaveAWordASyllable() throws {
    let line = try #require(Self.lyrics("月亮，代表 我", ["月-", "亮", "代-", "表", "我"]).lines.first)
    #expect(line.words.map(\.text) == ["月", "亮，", "代", "表", "我"])
    #expect(line.words.map(\.isFollowedBySpace) == [false, false, false, true, false])
  }

  /// Syllables that are not the line's letters: words are made of them, and the line stays as it was written.
  @Test func whatCannotBeFoundInTheLineStandsForItself() throws {
    let line = try #require(Self.lyrics("24 hours", ["twen-", "ty", "four", "hours"]).lines.first)
    #expect(line.text == "24 hours")
    #expect(line.words.map(\.text) == ["twenty", "four", "hours"])
    #expect(try #require(Self.lyrics("la la la", ["la", "la"]).lines.first).words.count == 2)
  }

  @Test func timesNeverGoBackAndStayInTheSong() throws {
    let long = Self.lyrics("a b c", ["a", "b", "c"], durations: 5000)
    #expect(long.lines[0].words.prefix(2).map(\.endSeconds) == [1, 1.5])
    #expect(abs(long.lines[0].words[2].endSeconds - (1.5 + 5000 / 1920)) < 1e-9)
    #expect(Self.lyrics("a b", ["a", "b"], nudge: 96).lines[0].words.map(\.startSeconds) == [0.55, 1.05])
    #expect(Self.lyrics("a", ["a"], nudge: -5000).lines[0].startSeconds == 0)
    let short = Self.score(["a", "b"]).timedLyrics(lines: [("a b", 960..<2880)], seconds: 0.75)
    #expect(short.lines[0].words.map(\.startSeconds) == [0.5, 0.75] && short.lines[0].endSeconds == 0.75)
  }

  @Test func linesWithoutNotesHaveTheirTicks() {
    let score = Self.score(["a", nil])
    let lyrics = score.timedLyrics(lines: [("hum", 1920..<2880), (" ", 0..<1), ("a", 960..<1920)], seconds: 60)
    #expect(lyrics.lines.map(\.text) == ["a", "hum"])
    #expect(lyrics.lines[1].words.isEmpty && lyrics.lines[1].startSeconds == 1 && lyrics.lines[1].endSeconds == 1.5)
  }
}
