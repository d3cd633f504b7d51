import Foundation
import Music
import Testing

@Suite struct EngravingTests {
  static let score = ScoreFilesTests.score

  @Test func everyBarIsDrawnWithItsTimeAndItsWords() throws {
    let bars = Engraving(Self.score, parts: [0]).bars
    #expect(bars.map(\.number) == [1, 2])
    #expect(bars.map(\.startSeconds) == [0, 1.5])
    #expect(bars.map(\.endSeconds) == [1.5, 4.5])
    #expect(bars[0].label == "Bar 1, Verse 1: Am7/E; Só")
    for bar in bars {
      #expect(bar.innerStart > 0 && bar.innerStart < bar.innerEnd && bar.innerEnd <= 100)
      let document = "<svg xmlns=\"http://www.w3.org/2000/svg\">\(bar.markup)</svg>"
      #expect(WellFormed.check(document) == nil)
    }
    #expect(bars[0].markup.contains(">Só</text>"))
    #expect(bars[0].markup.split(separator: "class=\"ink\"").count > 3)
  }

  @Test func aLineBeginsWithClefAndTheKeyThatHolds() throws {
    var score = Self.score
    score.keyChanges = [KeyChange(tick: score.meter.ticksPerBar, key: try #require(Key(parsing: "E major")))]
    let engraving = Engraving(score, parts: [0, 1])
    #expect(engraving.heads.count == 2 && engraving.bars.map(\.head) == [0, 1])
    for head in engraving.heads {
      #expect(head.height == engraving.bars[0].height)
      #expect(WellFormed.check("<svg>\(head.markup)</svg>") == nil)
      #expect(head.markup.components(separatedBy: "class=\"staff\"").count == 3)
    }
    #expect(engraving.heads[1].width - 40 == 4 * 7)
    #expect(Engraving(score, parts: [7]).heads.isEmpty)
  }

  @Test func aFullScoreHasAStaffForEachPart() {
    let one = Engraving(Self.score, parts: [0]).bars[0]
    let all = Engraving(Self.score, parts: [0, 1, 2]).bars[0]
    #expect(all.height > 2 * one.height)
    #expect(all.markup.components(separatedBy: "class=\"staff\"").count == 4)
    #expect(Engraving(Self.score, parts: [7]).bars.isEmpty)
  }

  @Test func namesCannotBreakOutOfTheDrawing() {
    var score = Self.score
    score.sections[0].label = "</text><script>alert(1)</script>"
    score.parts[0].notes[0].syllable = "<b>&\"\u{0}"
    let markup = Engraving(score, parts: [0]).bars[0].markup
    #expect(!markup.contains("<script") && !markup.contains("<b>"))
    #expect(WellFormed.check("<svg>\(markup)</svg>") == nil)
  }
}

@Suite struct MusicXMLTests {
  @Test func aDocumentIsWellFormedAndHoldsTheScore() {
    var score = ScoreFilesTests.score
    score.title = "A & B <c> \u{1}"
    let xml = score.musicXML()
    #expect(WellFormed.check(xml) == nil)
    #expect(xml.contains("<work-title>A &amp; B &lt;c&gt; </work-title>"))
    #expect(xml.components(separatedBy: "<measure ").count - 1 == 2 * score.parts.count)
    #expect(xml.contains("<rehearsal>Verse 1</rehearsal>"))
    #expect(xml.contains("<kind text=\"m7\">minor-seventh</kind>"))
    #expect(xml.contains("<sound tempo=\"60.0\"/>"))
    #expect(xml.contains("<midi-unpitched>37</midi-unpitched>"))
    #expect(xml.contains("<text>Só</text>"))
  }
}

/// Whether every tag of a document is closed in its place: a check that shares nothing with the writer.
enum WellFormed {
  /// - Returns: what is wrong, or nil.
  static func check(_ document: String) -> String? {
    var open: [Substring] = []
    var rest = document[...]
    while let start = rest.firstIndex(of: "<") {
      if rest[..<start].contains(">") { return "a stray > before \(rest[start...].prefix(40))" }
      guard let end = rest[start...].firstIndex(of: ">") else { return "no end of \(rest[start...].prefix(40))" }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("?") || tag.hasPrefix("!") || tag.hasSuffix("/") { continue }
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return "\(tag) closes nothing" }
      } else {
        open.append(tag.prefix { !$0.isWhitespace })
      }
    }
    return open.isEmpty ? nil : "\(open) left open"
  }
}
