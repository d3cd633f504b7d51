import Music
import Testing

@Suite struct SpliceTests {
  private func score(_ keys: [Int], part: String = "lead", velocity: Int = 80) -> Score {
    let bar = Meter.fourFour.ticksPerBar
    return Score(
      title: "x", key: Key(tonic: PitchClass(rawValue: 0), mode: .major), meter: .fourFour,
      tempo: [TempoChange(tick: 0, quartersPerMinute: 120)],
      chords: keys.indices.map {
        ChordSpan(startTick: $0 * bar, durationTicks: bar, chord: Chord(root: PitchClass(rawValue: keys[$0] % 12), quality: .major))
      },
      parts: [
        Part(
          id: part, name: part, role: .melody, instrument: .program(0),
          notes: keys.indices.map {
            Note(startTick: $0 * bar, durationTicks: bar * 2, pitch: Pitch(midi: keys[$0]), velocity: velocity)
          },
          controls: [Control(tick: 0, kind: .expression, value: keys[0])])
      ], lengthTicks: keys.count * bar)
  }

  @Test func aStretchIsTheOthersAndEndsAtItsEdges() {
    let bar = Meter.fourFour.ticksPerBar
    let result = score([60, 62, 64, 65]).spliced(with: score([70, 71, 72, 73]), in: bar..<3 * bar)
    #expect(result.parts.count == 1)
    #expect(result.parts[0].notes.map(\.pitch.midi) == [60, 71, 72, 65])
    #expect(result.parts[0].notes.map(\.durationTicks) == [bar, bar * 2, bar, bar * 2])
    #expect(result.chords.map(\.chord.root.rawValue) == [0, 11, 0, 5])
    // Controllers stand as they stood in the score that goes on.
    #expect(result.parts[0].controls.map { [$0.tick, $0.value] } == [[0, 60], [bar, 70], [3 * bar, 60]])
  }

  @Test func otherPartsComeInUnderIdsOfTheirOwn() {
    let bar = Meter.fourFour.ticksPerBar
    var other = score([70, 71, 72, 73])
    other.parts[0].instrument = .program(40)
    let result = score([60, 62, 64, 65]).spliced(with: other, in: bar..<2 * bar)
    #expect(result.parts.map(\.id) == ["lead", "lead-2"])
    #expect(result.parts.map { $0.notes.map(\.pitch.midi) } == [[60, 64, 65], [71]])
    let delayed = result.delayed(by: bar)
    #expect(delayed.lengthTicks == 5 * bar && delayed.parts[0].notes[0].startTick == bar)
  }

  @Test func ticksAndSecondsAgree() {
    var song = score([60, 62, 64, 65])
    song.tempo.append(TempoChange(tick: 2 * Meter.fourFour.ticksPerBar, quartersPerMinute: 60))
    for tick in stride(from: 0, through: song.lengthTicks, by: 480) {
      #expect(song.tick(atSeconds: song.seconds(atTick: tick)) == tick)
    }
    #expect(song.tick(atSeconds: 1e9) == song.lengthTicks)
    #expect(song.tick(atSeconds: -5) == 0)
  }

  @Test func keysOfAStretchChangeAndComeBack() {
    let bar = Meter.fourFour.ticksPerBar
    var song = score([60, 62, 64, 65])
    song.keyChanges = [KeyChange(tick: 2 * bar, key: Key(tonic: PitchClass(rawValue: 2), mode: .major))]
    song.transpose(by: 3, in: 0..<song.lengthTicks)
    #expect(song.key.tonic.rawValue == 3)
    #expect(song.keyChanges.map(\.key.tonic.rawValue) == [5])
    var part = score([60, 62, 64, 65])
    part.transpose(by: -2, in: bar..<2 * bar)
    #expect([0, bar, 2 * bar].map { part.key(atTick: $0).tonic.rawValue } == [0, 10, 0])
    #expect(part.parts[0].notes.map(\.pitch.midi) == [60, 60, 64, 65])
    part.transpose(by: 2, in: bar..<2 * bar)
    #expect(part == score([60, 62, 64, 65]))
  }

  @Test func whatChangedIsToldByBars() {
    let bar = Meter.fourFour.ticksPerBar
    var other = score([60, 62, 64, 65])
    other.change(in: bar..<3 * bar, where: { _ in true }) { $0.velocity = 20 }
    let changed = other.changedBars(from: score([60, 62, 64, 65]))
    #expect(changed.map(\.part) == ["lead"])
    #expect(changed[0].bars == [2...3])
  }
}
