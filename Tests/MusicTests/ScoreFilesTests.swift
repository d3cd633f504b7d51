import Foundation
import Music
import Testing

@Suite struct ScoreFilesTests {
  static let score = Score(
    title: "Two bars", key: Key(tonic: PitchClass(rawValue: 9), mode: .minor), meter: .threeFour,
    tempo: [TempoChange(tick: 0, quartersPerMinute: 120), TempoChange(tick: 2880, quartersPerMinute: 60)],
    sections: [Section(kind: .verse, label: "Verse 1", startTick: 0, bars: 2, energy: 0.5)],
    chords: [
      ChordSpan(
        startTick: 0, durationTicks: 5760,
        chord: Chord(root: PitchClass(rawValue: 9), quality: .minor7, bass: PitchClass(rawValue: 4)))
    ],
    parts: [
      Part(
        id: "voice", name: "Voice", role: .vocal, instrument: .program(53),
        notes: [
          Note(startTick: 0, durationTicks: 960, pitch: Pitch(midi: 69), velocity: 90, nudgeTicks: 10, syllable: "Só"),
          Note(startTick: 960, durationTicks: 960, pitch: Pitch(midi: 69), velocity: 80),
        ], controls: [Control(tick: 0, kind: .expression, value: 100), Control(tick: 5, kind: .pitchBend, value: -100)],
        pan: 0.25, gainDecibels: -1.5),
      Part(
        id: "drums", name: "Drums", role: .drums, instrument: .drumKit(16),
        notes: [Note(startTick: 0, durationTicks: 240, pitch: Pitch(midi: 36), velocity: 100)]),
      Part(id: "lead", name: "Lead", role: .melody, instrument: .synth("supersaw")),
    ], lengthTicks: 5760)

  @Test func aScoreSurvivesJSON() throws {
    let data = try Self.score.json()
    #expect(try Score(json: data) == Self.score)
    #expect(try Score(json: data).json() == data)
  }

  @Test func aScoreWithModulationsSurvivesJSONAndOlderOnesStillRead() throws {
    var score = Self.score
    #expect(try !String(decoding: score.json(), as: UTF8.self).contains("keyChanges"))
    let lifted = Key(tonic: PitchClass(rawValue: 11), mode: .minor)
    score.keyChanges = [KeyChange(tick: 2880, key: lifted)]
    #expect(try Score(json: score.json()) == score)
    #expect(score.key(atTick: 2879) == score.key)
    #expect(score.key(atTick: 2880) == lifted)
    let text = try String(decoding: score.json(), as: UTF8.self)
    #expect(throws: DecodingError.self) {
      try Score(json: Data(text.replacingOccurrences(of: "B Minor", with: "H Minor").utf8))
    }
  }

  @Test func aDamagedDocumentSaysWhatIsWrong() throws {
    let text = try String(decoding: Self.score.json(), as: UTF8.self)
    #expect(throws: DecodingError.self) {
      try Score(json: Data(text.replacingOccurrences(of: "A Minor", with: "H Minor").utf8))
    }
    #expect(throws: DecodingError.self) {
      try Score(json: Data(text.replacingOccurrences(of: "kit 16", with: "kit 916").utf8))
    }
  }

  @Test func aMIDIFileHoldsWhatTheScoreHolds() throws {
    let file = try MIDIReader(Self.score.midiFile())
    #expect(file.format == 1)
    #expect(file.ticksPerQuarter == 960)
    #expect(file.tracks.count == 4)
    #expect(file.tracks[0].tempos == [.init(tick: 0, value: 500_000), .init(tick: 2880, value: 1_000_000)])
    #expect(file.tracks[0].meter == [3, 2, 24, 8])
    #expect(file.tracks[0].key == [0, 1])
    #expect(file.tracks[0].markers == ["Verse 1"])
    #expect(file.tracks[1].lyrics == ["Só"])
    #expect(file.tracks[1].programs == [53])
    #expect(
      file.tracks[1].notes == [
        .init(channel: 0, pitch: 69, start: 10, end: 970, velocity: 90),
        .init(channel: 0, pitch: 69, start: 960, end: 1920, velocity: 80),
      ])
    #expect(file.tracks[1].bends == [4096])
    #expect(file.tracks[2].notes.map(\.channel) == [9])
    #expect(file.tracks[2].programs == [16])
    #expect(file.tracks[3].programs == [81])
    #expect(file.tracks.allSatisfy { $0.endTick == 5760 })
  }
}
