import Foundation
import Music
import Testing

@Suite struct ABCTests {
  private static func score(_ body: String, header: String = "X:1\nT:Tune\nM:4/4\nL:1/8\nQ:1/4=100\nK:C\n") throws -> Score {
    try Score(abc: header + body)
  }

  private static func notes(_ body: String, header: String = "X:1\nM:4/4\nL:1/8\nK:C\n") throws -> [[Int]] {
    try score(body, header: header).parts[0].notes.map { [$0.startTick, $0.durationTicks, $0.pitch.midi] }
  }

  private static func problems(_ text: String) -> [ABCError.Problem] {
    do {
      _ = try Score(abc: text)
      return []
    } catch {
      return error.problems
    }
  }

  // MARK: Our own

  @Test func aScoreSurvivesABCWithAndWithoutItsEmbeddedPerformance() throws {
    let score = ScoreFilesTests.score
    #expect(try Score(abc: score.abc()) == score)
    #expect(try Score(abc: score.abc(performance: false), base: score) == score)
  }

  @Test func whatIsWrittenIsProperABC() {
    let lines = ScoreFilesTests.score.abc(performance: false).split(separator: "\n")
    #expect(lines.starts(with: ["%abc-2.1", "X:1", "T:Two bars", "M:3/4", "L:1/8", "Q:1/4=120"]))
    #expect(lines.contains("K:Am"))
    #expect(lines.contains("P:Verse 1"))
    #expect(lines.contains("\"Am7/E\"A2 A2 z2 | [Q:1/4=60]z6 |]"))
    #expect(lines.contains("w: Só *"))
    #expect(lines.contains("V:2 clef=perc name=\"Drums\""))
    #expect(lines.contains("%%MIDI drummap =F 36"))
  }

  @Test func anEditedNoteKeepsTheRestOfThePerformance() throws {
    let score = ScoreFilesTests.score
    var expected = score
    expected.parts[0].notes[1].pitch = Pitch(midi: 72)
    #expect(try Score(abc: score.abc().replacingOccurrences(of: "A2 A2 z2", with: "A2 c2 z2")) == expected)
  }

  @Test func editedLyricsChordsTempoKeyAndTitleAreRead() throws {
    let score = ScoreFilesTests.score
    let edited = score.abc().replacingOccurrences(of: "w: Só", with: "w: Sim")
      .replacingOccurrences(of: "\"Am7/E\"", with: "\"Dm9\"").replacingOccurrences(of: "Q:1/4=120", with: "Q:1/4=90")
      .replacingOccurrences(of: "K:Am", with: "K:Ddor").replacingOccurrences(of: "T:Two bars", with: "T:Other")
    let read = try Score(abc: edited)
    #expect(read.title == "Other")
    #expect(read.parts[0].notes[0].syllable == "Sim")
    #expect(read.parts[0].notes[0].nudgeTicks == 10)
    #expect(read.chords.map(\.chord) == [Chord(root: PitchClass(rawValue: 2), quality: .minor9)])
    #expect(read.tempo.map(\.quartersPerMinute) == [90, 60])
    #expect(read.key == Key(tonic: PitchClass(rawValue: 2), mode: .dorian))
    #expect(read.sections == score.sections)
  }

  @Test func anAddedBarMovesWhatFollowsAndANewVoiceIsDerived() throws {
    var score = ScoreFilesTests.score
    score.parts[0].notes.append(Note(startTick: 2880, durationTicks: 900, pitch: Pitch(midi: 76), velocity: 33))
    let abc = score.abc()
      .replacingOccurrences(of: "A2 A2 z2 |", with: "A2 A2 z2 | G6 |")
      .replacingOccurrences(of: "V:2", with: "V:New name=\"Cello\" clef=bass\nC,2 C,2 C,2 | C,6 | C,6 |]\nV:2")
    let read = try Score(abc: abc)
    #expect(read.lengthTicks == 3 * 2880)
    #expect(read.parts[0].notes.last == Note(startTick: 5760, durationTicks: 900, pitch: Pitch(midi: 76), velocity: 33))
    #expect(read.parts.map(\.id) == ["voice", "cello", "drums", "lead"])
    #expect(read.parts[1].instrument == .program(42))
  }

  @Test func everyChordSymbolIsReadBack() {
    for quality in Chord.Quality.allCases {
      let chord = Chord(root: PitchClass(rawValue: 10), quality: quality, bass: PitchClass(rawValue: 5))
      #expect(Chord(parsing: chord.symbol(in: Key(tonic: PitchClass(rawValue: 5), mode: .major))) == chord)
    }
    #expect(Chord(parsing: "Gm7b5")?.quality == .halfDiminished7)
    #expect(Chord(parsing: "C7#11")?.quality == .dominant7)
    for word in ["Coda", "Fine", "D.C.", "Bridge", ""] { #expect(Chord(parsing: word) == nil, "\(word)") }
  }

  // MARK: Other people's

  @Test func accidentalsLastTheBarAndKeysGiveSignatures() throws {
    #expect(try Self.notes("^FFGF F4|F8|").map { $0[2] } == [66, 66, 67, 66, 66, 65])
    #expect(try Self.notes("FGAB c4|", header: "X:1\nM:4/4\nL:1/8\nK:D\n").map { $0[2] } == [66, 67, 69, 71, 73])
    #expect(try Self.notes("BEA4 D2|", header: "X:1\nM:4/4\nL:1/8\nK:Gm\n").map { $0[2] } == [70, 63, 69, 62])
    #expect(try Self.notes("F4 C4|", header: "X:1\nM:4/4\nL:1/8\nK:Ddor\n").map { $0[2] } == [65, 60])
    #expect(try Self.notes("C4 F4|", header: "X:1\nM:4/4\nL:1/8\nK:Gb\n").map { $0[2] } == [59, 65])
    #expect(try Self.notes("C,4 c'4|").map { $0[2] } == [48, 84])
  }

  @Test func rhythmsAreExact() throws {
    #expect(try Self.notes("(3CDE C>D E<F C2|").map { [$0[0], $0[1]] } == [
      [0, 320], [320, 320], [640, 320], [960, 720], [1680, 240], [1920, 240], [2160, 720], [2880, 960],
    ])
    #expect(try Self.notes("C/ C// C3/2 C5 z/4 z/2|").map { $0[1] } == [240, 120, 720, 2400])
    #expect(try Self.notes("C4-C4-|C4 [EG]4|") == [[0, 5760, 60], [5760, 1920, 64], [5760, 1920, 67]])
    #expect(try Self.notes("^F8-|F8|") == [[0, 7680, 66]])
  }

  @Test func repeatsAndEndingsArePlayedOut() throws {
    #expect(try Self.notes("|:C8|1D8:|2E8||F8|]").map { $0[2] } == [60, 62, 60, 64, 65])
    #expect(try Self.notes("C8:|:D8::E8:|").map { $0[2] } == [60, 60, 62, 62, 64, 64])
    #expect(try Self.notes("|:C8|[1,3 D8:|[2 E8:|[4 F8|]").map { $0[2] } == [60, 62, 60, 64, 60, 62, 60, 65])
  }

  @Test func aPickUpEndsAtTheBarLine() throws {
    let notes = try Self.notes("G2|:C8|D6:|", header: "X:1\nM:4/4\nL:1/8\nK:C\n")
    #expect(notes.first == [2880, 960, 67])
    #expect(notes[1][0] == 3840)
  }

  @Test func lyricsAlignAndVersesFollowThePasses() throws {
    let score = try Self.score("|:C2D2E2F2|G8:|\nw: hel-lo_ * | world\nw: se-cond verse it is\n")
    #expect(score.parts[0].notes.map(\.syllable) == [
      "hel-", "lo", "-", nil, "world", "se-", "cond", "verse", "it", "is",
    ])
    #expect(score.parts[0].role == .vocal)
  }

  @Test func metresOutsideTheFourAreWrittenAsThese() throws {
    func meter(_ name: String, _ body: String) throws -> (Meter, Int) {
      let score = try Score(abc: "X:1\nM:\(name)\nL:1/8\nK:C\n\(body)")
      return (score.meter, score.lengthTicks)
    }
    #expect(try meter("C|", "C8|") == (.fourFour, 3840))
    #expect(try meter("9/8", "C3D3E3|") == (.threeFour, 2880))
    #expect(try meter("12/8", "C3D3E3F3|") == (.sixEight, 5760))
    #expect(Self.problems("X:1\nM:5/4\nL:1/8\nK:C\nC10|").map(\.kind) == [.unsupported])
  }

  @Test func decorationsGracesAndInlineFieldsAreTakenInStride() throws {
    let notes = try Self.notes("!f!{gf}~C2 .D2 uE2 (F2|) y \"^slow\"[r:note]G2 T[CE]2 [K:D]F4 % end\n|", header: "X:1\nT:A\nC:B\nR:reel\nM:4/4\nL:1/8\nK:C\n%%abc2pscompat 1\n")
    #expect(notes.map { $0[2] } == [60, 62, 64, 65, 67, 60, 64, 66])
  }

  // MARK: Errors

  @Test func aBarThatDoesNotAddUpIsNamed() {
    let found = Self.problems("X:1\nM:4/4\nL:1/8\nK:C\nV:1 name=\"Flute\"\nC8|C7|C8|\n")
    #expect(found.count == 1)
    #expect(found.first?.kind == .barLength(voice: "1", bar: 2, expected: "8", found: "7"))
    #expect(found.first?.line == 6)
    #expect(found.first?.message == "Bar 2 of voice Flute has 7 eighths; 4/4 asks for 8.")
  }

  @Test func errorsSayWhereTheyAre() {
    #expect(Self.problems("X:1\nK:C\nC4 ? C4|").map { [$0.line, $0.column] } == [[3, 4]])
    #expect(Self.problems("X:1\nK:H\nC8|").map(\.line) == [2])
    #expect(Self.problems("").count == 1)
    #expect(Self.problems("X:1\nM:4/4\nK:C\n").count == 1)
    #expect(Self.problems("X:1\nK:C\n[CEG|").count == 1)
    #expect(Self.problems("X:1\nK:C\nC99999999999999999999|").count == 1)
  }

  @Test func noTextStopsTheProgram() throws {
    let good = Array((ScoreFilesTests.score.abc() + "\n|:C>D(3EFG[CEG]2|1 C4-C4:|2 z8|]\nw: a-b_c*|d\n").utf8)
    var random = RepeatableRandom(state: 20)
    let spice = Array("|:[]()<>{}!\"-_^=0123456789/\\%zZxyVKLMQwPABCabc'&,\n ".utf8)
    for _ in 0..<1500 {
      var bytes = good
      for _ in 0..<(1 + random.next(12)) {
        let place = random.next(bytes.count)
        switch random.next(4) {
        case 0: bytes[place] = spice[random.next(spice.count)]
        case 1: bytes.insert(spice[random.next(spice.count)], at: place)
        case 2: bytes.remove(at: place)
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + random.next(40))], at: random.next(bytes.count))
        }
      }
      guard let score = try? Score(abc: String(decoding: bytes, as: UTF8.self)) else { continue }
      // What is read can be written, and what is written can be read.
      #expect(throws: Never.self) { try Score(abc: score.abc(performance: false)) }
    }
    for text in ["X:1\nK:C\n" + String(repeating: "[", count: 5000), "X:1\nK:C\n" + String(repeating: "(3", count: 5000),
      "X:1\nK:C\n" + String(repeating: "C>>>", count: 3000), "X:1\nK:C\nZ4000|Z4000|", "X:1\nK:C\n|:" + String(repeating: "C8:|", count: 6000)] {
      #expect(throws: (any Error).self) { try Score(abc: text) }
    }
  }
}

/// A small generator for tests that must give the same numbers every time (a linear congruence, Knuth's MMIX).
struct RepeatableRandom {
  var state: UInt64
  mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return bound < 1 ? 0 : Int((state >> 33) % UInt64(bound))
  }
}
