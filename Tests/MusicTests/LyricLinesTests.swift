import Music
import Testing

struct LyricLinesTests {
  private func part(_ notes: [(start: Int, syllable: String?, startsLine: Bool)]) -> Part {
    Part(
      id: "vocal", name: "Voice", role: .vocal, instrument: .voice(.female),
      notes: notes.map {
        Note(
          startTick: $0.start, durationTicks: 480, pitch: Pitch(midi: 60), velocity: 90, syllable: $0.syllable,
          startsLine: $0.startsLine)
      })
  }

  @Test func aLineBeginsWhereItsNoteSaysSo() {
    let part = part([(0, "Hap-", true), (480, "py", false), (960, "-", false), (1440, "day", true), (4800, "again", false)])
    #expect(part.lyricLines == [0..<3, 3..<5])
    #expect(part.lyricLines.map { part.text(ofLine: $0) } == ["Happy", "day again"])
  }

  @Test func aRestPartsLinesWhereNoneIsMarked() {
    let part = part([(0, nil, false), (480, "one", false), (960, "two", false), (2400, "three", false)])
    #expect(part.lyricLines == [1..<3, 3..<4])
  }

  @Test func aLongLineWithoutRestsIsPartedAtAWord() {
    let part = part((0..<70).map { ($0 * 480, "la", false) })
    #expect(part.lyricLines.allSatisfy { $0.count <= 32 })
    #expect(part.lyricLines.flatMap { $0 } == Array(0..<70))
  }

  @Test func aPartWithoutWordsHasNoLines() { #expect(part([(0, nil, false)]).lyricLines.isEmpty) }

  @Test func whatBeginsALineIsKeptInTheScore() throws {
    let score = Score(
      title: "t", key: Key(tonic: PitchClass(rawValue: 0), mode: .major), meter: .fourFour,
      tempo: [TempoChange(tick: 0, quartersPerMinute: 120)], parts: [part([(0, "one", true), (480, "two", false)])],
      lengthTicks: 3840, language: "en")
    #expect(try Score(json: score.json()) == score)
  }
}
