import Audio
import Foundation
import Music
import Synchronization
import Testing

@testable import Synth

struct ScorePlayerTests {
  static func player(threads: Int = 2) throws -> ScorePlayer {
    try ScorePlayer(soundFont: SoundFont.find(), crew: Crew(threads: threads))
  }

  /// One part for each kind of instrument there is.
  static var orchestra: Score {
    let own = OwnSynth.allCases.enumerated().map { index, synth -> Part in
      let isDrums = synth == .drums808 || synth == .drums909
      return part(
        .synth(synth.rawValue), role: isDrums ? .drums : .chords,
        notes: randomNotes(seed: index, count: 40, range: isDrums ? 35...82 : 36...72))
    }
    let sampled = [0, 27, 33, 48, 73].map { program in
      part(.program(program), notes: randomNotes(seed: program + 50, count: 40, range: 40...80))
    }
    return score(own + sampled + [part(.drumKit(0), role: .drums, notes: randomNotes(seed: 9, count: 60, range: 35...59))])
  }

  @Test func theSameScoreGivesTheSameSamplesWhateverCameBeforeAndOnAnyThreads() throws {
    let frames = 48_000 * 5 + 13
    let two = try Self.player()
    let first = try two.render(Self.orchestra, frames: frames) { _, _ in }
    _ = try two.render(score([part(.program(91), notes: [tone(70, beats: 16)])]), frames: 96_000) { _, _ in }
    let second = try two.render(Self.orchestra, frames: frames) { _, _ in }
    let alone = try Self.player(threads: 1).render(Self.orchestra, frames: frames) { _, _ in }
    #expect(first.count == Self.orchestra.parts.count)
    for (index, stem) in first.enumerated() {
      #expect(stem.frames == frames)
      #expect(stem.left == second[index].left && stem.right == second[index].right, "\(index)")
      #expect(stem.left == alone[index].left && stem.right == alone[index].right, "\(index)")
    }
  }

  @Test func everyInstrumentSoundsAndStaysFinite() throws {
    let stems = try Self.player().render(Self.orchestra, frames: 48_000 * 10) { _, _ in }
    for (part, stem) in zip(Self.orchestra.parts, stems) {
      #expect(stem.left.allSatisfy { $0.isFinite } && stem.right.allSatisfy { $0.isFinite })
      #expect(level(stem.left[...]) > 0.002, "\(part.instrument)")
      #expect(level(stem.right[...]) > 0.002, "\(part.instrument)")
      let mean = stem.left.reduce(0.0) { $0 + Double($1) } / Double(stem.frames)
      #expect(abs(mean) < 0.05 * level(stem.left[...]) + 0.0005, "\(part.instrument) has DC \(mean)")
    }
  }

  @Test(arguments: [
    (Instrument.program(73), 76), (.program(48), 60), (.program(32), 36), (.synth("subBass"), 33),
    (.synth("sawBass"), 40), (.synth("pluck"), 69), (.synth("fmKeys"), 57), (.synth("supersaw"), 64),
    (.synth("distortedGuitar"), 45),
  ])
  func aNoteHasItsPitch(instrument: Instrument, midi: Int) throws {
    let stem = try Self.player().render(
      score([part(instrument, notes: [tone(midi)])]), frames: 96_000) { _, _ in }[0]
    let found = cents(pitch(of: stem.left[9600..<19_200]), from: midi)
    #expect(abs(found) < 15, "\(instrument) is \(found) cents off")
  }

  @Test(arguments: [Instrument.program(73), .synth("pluck")])
  func aBendRaisesTheNoteByItsCents(instrument: Instrument) throws {
    let bent = part(
      instrument, notes: [tone(64)], controls: [Control(tick: 0, kind: .pitchBend, value: 100)])
    let stem = try Self.player().render(score([bent]), frames: 48_000) { _, _ in }[0]
    let found = cents(pitch(of: stem.left[9600..<19_200]), from: 64)
    #expect(abs(found - 100) < 15, "\(found)")
  }

  @Test(arguments: [Instrument.program(48), .synth("supersaw")])
  func expressionSetsTheLevel(instrument: Instrument) throws {
    let swell = part(
      instrument, notes: [tone(60, beats: 8)],
      controls: [
        Control(tick: 0, kind: .expression, value: 127), Control(tick: 960 * 4, kind: .expression, value: 64),
      ])
    let stem = try Self.player().render(score([swell]), frames: 48_000 * 4) { _, _ in }[0]
    let drop = 20 * log10(level(stem.left[120_000..<180_000]) / level(stem.left[36_000..<90_000]))
    #expect(-16 < drop && drop < -8, "\(drop) dB")
  }

  @Test func noTwoStrokesOfASampledDrumAreAlike() throws {
    let strokes = (0..<8).map { tone(38, beats: 1, velocity: 90, at: $0) }
    let stem = try Self.player().render(
      score([part(.drumKit(0), role: .drums, notes: strokes)]), frames: 48_000 * 4) { _, _ in }[0]
    let sounds = (0..<8).map { Array(stem.left[$0 * 24_000..<$0 * 24_000 + 4800]) }
    for (index, sound) in sounds.enumerated() {
      for other in sounds[(index + 1)...] {
        let difference = level(zip(sound, other).map { $0 - $1 }[...])
        #expect(difference > 0.02 * level(sound[...]), "\(index)")
      }
      // But it is still the same drum.
      #expect(abs(20 * log10(level(sound[...]) / level(sounds[0][...]))) < 4)
    }
  }

  @Test func aReverseCymbalSwellsIntoItsEnd() throws {
    let stem = try Self.player().render(
      score([part(.synth("reverseCymbal"), role: .effects, notes: [tone(60, beats: 4)])]), frames: 48_000 * 3) { _, _ in }[0]
    let levels = (0..<4).map { level(stem.left[$0 * 24_000..<($0 + 1) * 24_000]) }
    #expect(zip(levels, levels.dropFirst()).allSatisfy { $1 > 2 * $0 })
    #expect(level(stem.left[96_500...]) < 1e-4)
  }

  /// MuseScore_General plays bowed and blown instruments from presets that follow the breath controller.
  static let museScore = SoundFont.usualPlaces.filter { $0.contains("MuseScore_General") && !$0.contains("Lite") }
    .first { FileManager.default.isReadableFile(atPath: $0) }

  @Test(.enabled(if: museScore != nil, "MuseScore_General is not installed: apt-get install musescore-general-soundfont"))
  func expressivePresetsSwellAndKeepThePitch() throws {
    let player = try ScorePlayer(soundFont: SoundFont.find(explicitPath: Self.museScore), crew: Crew(threads: 2))
    func play(_ notes: [Note]) throws -> StereoBuffer {
      try player.render(score([part(.program(73), notes: notes)]), frames: 48_000 * 4) { _, _ in }[0]
    }
    let long = try play([tone(76, beats: 6, velocity: 90)])
    #expect(abs(cents(pitch(of: long.left[24_000..<33_600]), from: 76)) < 20)
    let soft = try play([tone(76, beats: 6, velocity: 40)])
    #expect(20 * log10(level(long.left[48_000..<96_000]) / level(soft.left[48_000..<96_000])) > 4)
    #expect(level(long.left[48_000..<72_000]) > level(long.left[120_000..<140_000]))
    let again = try play([tone(76, beats: 6, velocity: 90)])
    #expect(again.left == long.left)
  }

  /// Middle of the note's first 3 ms, on the grid of the score: the drummer is on the beat.
  @Test(arguments: [Instrument.drumKit(0), .synth("909"), .synth("808")])
  func strokesFallWhereTheScorePutsThem(instrument: Instrument) throws {
    let strokes = [1, 2, 5].map { tone(38, beats: 1, velocity: 127, at: $0) }
    let stem = try Self.player().render(
      score([part(instrument, role: .drums, notes: strokes)]), frames: 48_000 * 4) { _, _ in }[0]
    for beat in [1, 2, 5] {
      let frame = beat * 24_000
      #expect(level(stem.left[frame - 480..<frame - 32]) < 0.02 * level(stem.left[frame..<frame + 960]))
      let loud = (frame..<frame + 960).first { abs(stem.left[$0]) > 0.02 }
      #expect(try #require(loud) - frame < 144)
    }
  }

  @Test func progressReachesItsTotalAndGoesNeverDown() throws {
    var reports: [(Int, Int)] = []
    _ = try Self.player().render(Self.orchestra, frames: 48_000 * 4) { reports.append(($0, $1)) }
    let last = try #require(reports.last)
    #expect(last.0 == last.1 && last.1 > 0)
    #expect(zip(reports, reports.dropFirst()).allSatisfy { $0.0 <= $1.0 && $0.1 == $1.1 })
  }

  @Test func aCancelledSongEndsSoonAndLeavesThePlayerUsable() throws {
    let player = try Self.player()
    var calls = 0
    #expect(throws: CancellationError.self) {
      try player.render(Self.orchestra, frames: 48_000 * 60) { _, _ in
        calls += 1
        if calls == 3 { throw CancellationError() }
      }
    }
    #expect(calls < 10)
    let stem = try player.render(score([part(.program(0), notes: [tone(60)])]), frames: 48_000) { _, _ in }
    #expect(level(stem[0].left[...]) > 0.001)
  }

  @Test func emptyScoresAndPartsAreSilence() throws {
    let player = try Self.player()
    #expect(try player.render(score([]), frames: 1000) { _, _ in }.isEmpty)
    let silent = try player.render(
      score([part(.program(0), notes: []), part(.synth("reese"), notes: [])]), frames: 1) { _, _ in }
    #expect(silent.allSatisfy { $0.frames == 1 && $0.left == [0] })
  }

  @Test func anUnknownSynthIsNamed() throws {
    #expect(throws: SynthError.unknownSynth(name: "kazoo", part: "part")) {
      try Self.player().render(score([part(.synth("kazoo"), notes: [])]), frames: 10) { _, _ in }
    }
  }

  @Test func aMissingSoundFontNamesThePackage() {
    let error = #expect(throws: SynthError.self) { try SoundFont.find(explicitPath: "/no/such.sf2") }
    #expect(error?.description.contains("apt-get install fluid-soundfont-gm") == true)
    #expect(throws: SynthError.self) { try SoundFont.find(explicitPath: "/usr") }
  }
}
