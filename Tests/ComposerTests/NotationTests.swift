import Composer
import Foundation
import Music
import Testing

/// Composed songs survive every format in which they can be written.
@Suite struct NotationTests {
  static let lyrics = """
    [Verse 1]
    Walking down the empty harbour road
    Every window carries someone home
    [Chorus]
    Hold the morning, hold it in your hand
    Everything is turning into sand
    """

  static func score(_ preset: String, _ meter: Meter, seed: UInt64 = 3) throws -> Score {
    let brief = CompositionBrief(
      caption: "", lyrics: seed % 2 == 1 ? lyrics : nil, preset: preset, meter: meter, durationSeconds: 40,
      title: "\(preset) in \(meter.name)", seed: seed)
    return try CompositionTests.song(brief).made.score
  }

  static let cases = zip(
    CompositionTests.presets,
    CompositionTests.presets.indices.map { [Meter.fourFour, .threeFour, .sixEight, .twoFour][$0 % 4] })

  @Test(arguments: cases) func aSongSurvivesABC(preset: String, meter: Meter) throws {
    for seed in UInt64(3)...4 {
      let score = try Self.score(preset, meter, seed: seed)
      #expect(try Score(abc: score.abc()) == score)
      let bare = score.abc(performance: false)
      #expect(try Score(abc: bare, base: score) == score)

      // Nothing but the text: the same notes, chords, form, key and metre.
      let read = try Score(abc: bare)
      #expect(read.meter == meter && read.lengthTicks == score.lengthTicks)
      #expect(read.chords == score.chords)
      #expect(read.sections.map(\.label) == score.sections.map(\.label))
      #expect(read.sections.map(\.startTick) == score.sections.map(\.startTick))
      for (ours, theirs) in zip(score.parts, read.parts) {
        #expect(ours.id == theirs.id && ours.instrument == theirs.instrument)
        #expect(ours.notes.map { [$0.startTick, $0.pitch.midi] } == theirs.notes.map { [$0.startTick, $0.pitch.midi] }, "\(ours.id)")
        #expect(ours.notes.map(\.syllable) == theirs.notes.map(\.syllable))
      }
    }
  }

  @Test(arguments: cases) func aSongSurvivesMusicXML(preset: String, meter: Meter) throws {
    for seed in UInt64(3)...4 {
      let score = try Self.score(preset, meter, seed: seed)
      #expect(try Score(musicXML: Data(score.musicXML().utf8)) == score)
      let bare = Data(score.musicXML(performance: false).utf8)
      #expect(try Score(musicXML: bare, base: score) == score)

      // Nothing but the document: the same notes, chords, form and metre.
      let read = try Score(musicXML: bare)
      #expect(read.meter == meter && read.lengthTicks == score.lengthTicks)
      #expect(read.key.signature == score.key.signature && read.chords == score.chords)
      #expect(read.sections.map(\.label) == score.sections.map(\.label))
      #expect(read.tempo.map(\.tick) == score.tempo.map(\.tick))
      let abc = try Score(abc: score.abc(performance: false))
      for (theirs, written) in zip(read.parts, abc.parts) {
        #expect(
          theirs.notes.map { [$0.startTick, $0.durationTicks, $0.pitch.midi] }
            == written.notes.map { [$0.startTick, $0.durationTicks, $0.pitch.midi] }, "\(written.id)")
      }
    }
  }

  @Test func aModulationIsWrittenInEveryVoice() throws {
    var score = try Self.score("Modern Pop", .fourFour)
    score.keyChanges = [
      KeyChange(tick: 4 * 3840, key: Key(tonic: PitchClass(rawValue: 6), mode: .major)),
      KeyChange(tick: 8 * 3840, key: Key(tonic: PitchClass(rawValue: 3), mode: .harmonicMinor)),
    ]
    let abc = score.abc(performance: false)
    #expect(abc.split(separator: "[K:F#]", omittingEmptySubsequences: false).count == score.parts.count + 1)
    #expect(try Score(abc: abc, base: score) == score)
    let read = try Score(abc: abc)
    #expect(read.keyChanges.map(\.key.signature) == [6, -6])
    for (ours, theirs) in zip(score.parts, read.parts) {
      let first = zip(ours.notes, theirs.notes).first { $0.pitch != $1.pitch }
      #expect(ours.notes.map(\.pitch) == theirs.notes.map(\.pitch), "\(ours.id): \(String(describing: first))")
    }
  }

  @Test func aTransposedTextKeepsThePerformance() throws {
    let score = try Self.score("Jazz", .fourFour)
    var higher = score
    higher.key.tonic = score.key.tonic + 2
    for index in higher.parts.indices where !higher.parts[index].playsDrumKit {
      for note in higher.parts[index].notes.indices {
        higher.parts[index].notes[note].pitch = Pitch(midi: higher.parts[index].notes[note].pitch.midi + 2)
      }
    }
    for index in higher.chords.indices { higher.chords[index].chord = higher.chords[index].chord.transposed(by: 2) }
    #expect(try Score(abc: higher.abc(performance: false), base: score) == higher)
  }
}
