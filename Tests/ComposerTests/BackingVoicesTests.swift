import Composer
import Music
import Testing

/// Who sings beside the singer.
@Suite struct BackingVoicesTests {
  @Test func strongChorusesAreDoubled() throws {
    var doubles = 0
    for caption in ["energetic pop anthem", "rock", "gospel", "quiet lullaby"] {
      for seed in UInt64(1)...6 {
        let (_, made) = try LyricTests.song(LyricTests.lyrics, seconds: nil, caption: caption, seed: seed)
        let parts = Dictionary(uniqueKeysWithValues: made.score.parts.map { ($0.id, $0) })
        let lead = try #require(parts["vocal"]).notes
        func isLead(_ note: Note) -> Bool {
          lead.contains { ($0.startTick, $0.pitch, $0.syllable) == (note.startTick, note.pitch, note.syllable) }
        }
        if let double = parts["double"] {
          doubles += 1
          guard case .voice = double.instrument else { Issue.record("nobody doubles"); continue }
          #expect(double.notes.allSatisfy(isLead))
          let strong = made.score.sections.filter { [.chorus, .drop].contains($0.kind) && $0.energy >= 0.7 }
          #expect(double.notes.allSatisfy { note in
            strong.contains { section in
              let length = section.bars * made.score.meter.ticksPerBar
              return (section.startTick..<section.startTick + length).contains(note.startTick)
            }
          })
        }
      }
    }
    #expect(doubles >= 6 && doubles < 24)
  }

  @Test func whatStandsInBracketsIsCalledByOthers() throws {
    let lyrics = """
      [Verse]
      (Hey) I keep on running down the road (down the road)
      Never look(ing) back at what I know
      [Chorus]
      Hold on to the morning (morning, morning)
      (We have only just begun)
      """
    let (_, made) = try LyricTests.song(lyrics, seconds: nil)
    let vocal = try #require(made.score.parts.first { $0.id == "vocal" }), adLibs = try #require(made.score.parts.first { $0.id == "ad-libs" })
    #expect(adLibs.lyricLines.map(adLibs.text) == ["Hey", "down the road", "morning morning", "We have only just begun"])
    #expect(vocal.lyricLines.map(vocal.text) == ["I keep on running down the road", "Never looking back at what I know", "Hold on to the morning"])
    #expect(made.score.sungNotes.count == vocal.notes.count + adLibs.notes.count)
    // Nobody has to sing two words at once, and all of them are timed.
    for (note, next) in zip(made.score.sungNotes, made.score.sungNotes.dropFirst()) { #expect(note.startTick + note.durationTicks <= next.startTick) }
    let timed = made.score.timedLyrics(lines: made.lyricLines.map { ($0.text, $0.startTick..<$0.endTick) }, seconds: 600)
    #expect(timed.lines.map { $0.words.map(\.text).joined(separator: " ") } == made.lyricLines.map(\.text))
  }

  @Test(arguments: ["(Only ad-libs here)\n(nothing else at all)", "Walking (", "() ( )", ")) what ((is this)", "（你好） 我愛你"])
  func strangeBracketsAreSungToo(_ lyrics: String) throws {
    let (_, made) = try LyricTests.song(lyrics, seconds: 20)
    if lyrics.contains(where: \.isLetter) { #expect(made.score.parts.first { $0.id == "vocal" }?.notes.isEmpty == false) }
  }

  @Test func partsOfASongAreRappedOrSpoken() throws {
    let lyrics = """
      [Verse]
      Walking down the empty street tonight
      Every window holds a little light
      [Rap]
      I remember all the things you said
      Running in circles around my head
      [Chorus]
      Hold on to the morning sun
      We have only just begun
      [Bridge - Spoken]
      Somewhere in the rain I hear your name
      """
    let (plan, made) = try LyricTests.song(lyrics, seconds: nil, seed: 3)
    let sung = plan.sections.filter { !$0.lines.isEmpty }
    #expect(sung.map(\.label) == ["Verse 1", "Rap verse 2", "Chorus", "Spoken bridge"])
    let ways = made.score.sections.filter { section in sung.contains { $0.label == section.label } }.map(\.delivery)
    #expect(ways == [nil, .rap, nil, .spoken])
    // The words come back under their tags, and are read as the same again.
    let (again, _) = try LyricTests.song(try #require(plan.lyrics), seconds: nil, seed: 3)
    #expect(again.sections.map(\.label) == plan.sections.map(\.label))
    // Speech does not wait for the beat: five syllables a second.
    let spoken = try #require(made.lyricLines.last)
    let seconds = made.score.seconds(atTick: spoken.endTick) - made.score.seconds(atTick: spoken.startTick)
    #expect(abs(seconds - 9 / 5.0 - 0.2) < 0.35, "\(seconds)")
  }
}
