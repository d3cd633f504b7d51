import Foundation
import Music
import Testing

@Suite struct MusicXMLReadingTests {
  static func read(_ measures: String, parts: String = "<score-part id=\"P1\"><part-name>Flute</part-name></score-part>") throws -> Score {
    try Score(
      musicXML: Data(
        "<?xml version=\"1.0\"?><score-partwise version=\"4.0\"><part-list>\(parts)</part-list><part id=\"P1\">\(measures)</part></score-partwise>".utf8))
  }

  static let attributes =
    "<attributes><divisions>2</divisions><key><fifths>-1</fifths></key><time><beats>3</beats><beat-type>4</beat-type></time></attributes>"

  static func note(_ step: String, _ octave: Int, _ duration: Int, _ more: String = "", before: String = "") -> String {
    "<note>\(before)<pitch><step>\(step)</step><octave>\(octave)</octave></pitch><duration>\(duration)</duration>\(more)</note>"
  }

  @Test func voicesChordsTiesAndWordsAreRead() throws {
    let score = try Self.read(
      """
      <measure number="1">\(Self.attributes)<direction><sound tempo="90"/></direction>
      <harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind>major-seventh</kind></harmony>
      \(Self.note("C", 5, 2, "<voice>1</voice><lyric><syllabic>begin</syllabic><text>hap</text></lyric>"))
      \(Self.note("D", 5, 2, "<voice>1</voice><lyric><syllabic>end</syllabic><text>py</text><extend/></lyric>"))
      \(Self.note("E", 5, 2, "<tie type=\"start\"/><voice>1</voice>"))
      <backup><duration>6</duration></backup><forward><duration>2</duration></forward>
      \(Self.note("F", 4, 4, "<voice>2</voice>"))\(Self.note("A", 4, 4, "<voice>2</voice>", before: "<chord/>"))</measure>
      <measure number="2"><attributes><key><fifths>1</fifths><mode>minor</mode></key></attributes>
      \(Self.note("E", 5, 6, "<tie type=\"stop\"/><voice>1</voice>"))</measure>
      """)
    #expect(score.key == Key(tonic: PitchClass(rawValue: 5), mode: .major) && score.meter == .threeFour)
    #expect(score.keyChanges == [KeyChange(tick: 2880, key: Key(tonic: PitchClass(rawValue: 4), mode: .minor))])
    #expect(score.tempo == [TempoChange(tick: 0, quartersPerMinute: 90)])
    #expect(score.chords.map(\.chord) == [Chord(root: PitchClass(rawValue: 10), quality: .major7)])
    let notes = score.parts[0].notes
    #expect(notes.map(\.pitch.midi) == [72, 65, 69, 74, 76])
    #expect(notes.map(\.startTick) == [0, 960, 960, 960, 1920])
    #expect(notes.map(\.durationTicks) == [960, 1920, 1920, 960, 3840])
    #expect(notes.map(\.syllable) == ["hap-", nil, nil, "py", "-"])
    #expect(score.lengthTicks == 5760)
  }

  @Test func repeatsAndEndingsArePlayedOut() throws {
    let bar = { (step: String, extra: String) in "\(extra)\(Self.note(step, 4, 6))" }
    let score = try Self.read(
      """
      <measure number="1">\(Self.attributes)\(bar("C", "<barline location='left'><repeat direction='forward'/></barline>"))</measure>
      <measure number="2">\(bar("D", "<barline location='left'><ending number='1' type='start'/></barline>"))
      <barline location="right"><ending number="1" type="stop"/><repeat direction="backward"/></barline></measure>
      <measure number="3">\(bar("E", "<barline location='left'><ending number='2' type='start'/></barline>"))
      <barline location="right"><ending number="2" type="stop"/></barline></measure>
      <measure number="4">\(bar("F", ""))</measure>
      """)
    #expect(score.parts[0].notes.map(\.pitch.midi) == [60, 62, 60, 64, 65])
    #expect(score.lengthTicks == 5 * 2880)
  }

  @Test func aPickUpEndsAtTheFirstBarLine() throws {
    let score = try Self.read(
      "<measure number=\"0\" implicit=\"yes\">\(Self.attributes)\(Self.note("G", 4, 2))</measure><measure number=\"1\">\(Self.note("C", 5, 6))</measure>")
    #expect(score.parts[0].notes.map(\.startTick) == [1920, 2880])
  }

  @Test(arguments: [
    ("<!DOCTYPE a [<!ENTITY b \"bbbb\">]><score-partwise/>", "entities"),
    (String(repeating: "<a>", count: 5000), "deeper"),
    ("<score-partwise><part-list/></score-partwise>", "parts"),
    ("<score-timewise/>", "partwise"),
    ("hello", "well-formed"),
    ("", "well-formed"),
    ("<score-partwise><part id='P1'><measure><attributes><divisions>0</divisions></attributes></measure></part></score-partwise>", "divisions"),
    ("<score-partwise><part id='P1'><measure><note><pitch><step>H</step><octave>4</octave></pitch><duration>1</duration></note></measure></part></score-partwise>", "step"),
    ("<score-partwise><part id='P1'><measure><note><rest/><duration>1e300</duration></note></measure></part></score-partwise>", "duration"),
    ("<score-partwise><part id='P1'><measure><attributes><time><beats>5</beats><beat-type>4</beat-type></time></attributes></measure></part></score-partwise>", "5/4"),
    ("<score-partwise><part id='P1'><measure><note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note></measure><measure><attributes><time><beats>3</beats><beat-type>4</beat-type></time></attributes></measure><measure><attributes><time><beats>2</beats><beat-type>4</beat-type></time></attributes></measure></part></score-partwise>", "keeps one"),
  ])
  func whatCantBeReadIsSaid(document: String, word: String) {
    let error = #expect(throws: MusicXMLError.self) { try Score(musicXML: Data(document.utf8)) }
    #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
  }

  @Test func damagedDocumentsNeverCrash() throws {
    let good = Array(ScoreFilesTests.score.musicXML().utf8)
    var state: UInt64 = 11
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<300 {
      var bytes = good
      for _ in 0...next(6) {
        let at = next(bytes.count)
        switch next(3) {
        case 0: bytes[at] = UInt8(next(256))
        case 1: bytes.removeSubrange(at..<min(bytes.count, at + next(40) + 1))
        default: bytes.insert(contentsOf: Array("\(next(2_000_000_000))-".utf8), at: at)
        }
      }
      _ = try? Score(musicXML: Data(bytes))
    }
  }
}
