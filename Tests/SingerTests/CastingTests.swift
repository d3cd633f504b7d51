import Audio
import Music
import Testing

@testable import Singer

@Suite struct CastingTests {
  private static func part(_ id: String, _ voice: VoiceKind, nudge: Int = 0, up: Int = 0, bars: Range<Int> = 0..<2) -> Part {
    let words = ["sil-", "ver", "stars", "are", "a-", "bove"]
    var notes: [Note] = []
    for bar in bars {
      for (index, word) in words.enumerated() {
        notes.append(
          Note(
            startTick: bar * 8 * Score.ticksPerQuarter + index * Score.ticksPerQuarter, durationTicks: Score.ticksPerQuarter,
            pitch: Pitch(midi: 62 + index + bar + up), velocity: 90, nudgeTicks: nudge, syllable: word, startsLine: index == 0))
      }
    }
    return Part(id: id, name: id, role: .vocal, instrument: .voice(voice), notes: notes)
  }

  private static func casting(_ parts: [Part]) throws -> Casting {
    let singer = try ScoreSinger(pack: nil)
    let score = Score(
      title: "", key: Key(tonic: PitchClass(rawValue: 2), mode: .major), meter: .fourFour,
      tempo: [TempoChange(tick: 0, quartersPerMinute: 120)], sections: [], chords: [], parts: parts,
      lengthTicks: 20 * Score.ticksPerQuarter, language: "en")
    return Casting(try parts.map { part in
      guard case .voice(let kind, let delivery) = part.instrument else { throw SingerError.badLine("no voice") }
      return try singer.read(part, as: kind, delivery, in: score)
    })
  }

  @Test func whatIsInUnisonWithTheLeadDoublesIt() throws {
    let casting = try Self.casting([Self.part("vocal", .female), Self.part("double", .female, nudge: 12, bars: 1..<2)])
    #expect(casting.pieces.count == 2 && casting.doubled.count == 1)
    #expect(casting.cues[1].map(\.isDouble) == [true])
    #expect(casting.cues[1][0].piece == casting.cues[0][1].piece)
  }

  @Test func othersSingForThemselves() throws {
    for other in [Self.part("third", .female, up: 4), Self.part("man", .male), Self.part("late", .female, nudge: Score.ticksPerQuarter)] {
      let casting = try Self.casting([Self.part("vocal", .female), other])
      #expect(casting.pieces.count == 4 && casting.doubled.isEmpty, "\(other.id)")
    }
  }

  @Test func aDoubleIsHeardOnBothSides() throws {
    let singer = try ScoreSinger(pack: nil)
    let parts = [Self.part("vocal", .female, bars: 0..<1), Self.part("double", .female, bars: 0..<1)]
    let score = Score(
      title: "", key: Key(tonic: PitchClass(rawValue: 2), mode: .major), meter: .fourFour,
      tempo: [TempoChange(tick: 0, quartersPerMinute: 120)], sections: [], chords: [], parts: parts,
      lengthTicks: 8 * Score.ticksPerQuarter, language: "en")
    let sheets = try parts.map { try singer.read($0, as: .female, .sung, in: score) }
    let sung = try singer.sing(sheets, frames: 4 * 48_000, crew: .machineWide) { _, _ in }
    #expect(sung[0].sound.left == sung[0].sound.right)
    #expect(sung[1].sound.left != sung[1].sound.right)
    for side in [sung[1].sound.left, sung[1].sound.right] {
      #expect(side.count == 4 * 48_000 && side.contains { abs($0) > 0.02 } && side != sung[0].sound.left)
    }
  }

  @Test func aSectionSaysHowItsWordsAreGiven() throws {
    let singer = try ScoreSinger(pack: nil)
    let part = Self.part("vocal", .female)
    var score = Score(
      title: "", key: Key(tonic: PitchClass(rawValue: 2), mode: .major), meter: .fourFour,
      tempo: [TempoChange(tick: 0, quartersPerMinute: 120)],
      sections: [
        Section(kind: .verse, label: "Verse", startTick: 0, bars: 2, energy: 0.5),
        Section(kind: .verse, label: "Rap verse 2", startTick: 8 * Score.ticksPerQuarter, bars: 2, energy: 0.5),
      ], chords: [], parts: [part], lengthTicks: 20 * Score.ticksPerQuarter, language: "en")
    #expect(try singer.read(part, as: .female, .sung, in: score).placed.map(\.phrase.manner.delivery) == [.sung, .rap])
    score.sections[0].label = "Spoken intro"
    #expect(try singer.read(part, as: .female, .sung, in: score).placed.map(\.phrase.manner.delivery) == [.spoken, .rap])
  }
}
