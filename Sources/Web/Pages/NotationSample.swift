import Music

/// Four bars with what notation has to show: words, chords, ties, accidentals, short notes and rests.
enum NotationSample {
  static let score = Score(
    title: "Harbour lights", key: Key(tonic: PitchClass(rawValue: 2), mode: .major), meter: .threeFour,
    tempo: [TempoChange(tick: 0, quartersPerMinute: 84)],
    sections: [Music.Section(kind: .verse, label: "Verse", startTick: 0, bars: 4, energy: 0.5)],
    chords: [
      ChordSpan(startTick: 0, durationTicks: 5760, chord: Chord(root: PitchClass(rawValue: 2), quality: .major)),
      ChordSpan(startTick: 5760, durationTicks: 5760, chord: Chord(root: PitchClass(rawValue: 9), quality: .dominant7)),
    ],
    parts: [
      Part(
        id: "vocal", name: "Vocal melody", role: .vocal, instrument: .program(53),
        notes: [
          (0, 960, 66, "Har-"), (960, 480, 69, "bour"), (1440, 1440, 68, "lights"), (2880, 2880, 66, "are"),
          (5760, 480, 64, "ca-"), (6240, 240, 62, "ling"), (6480, 240, 61, "me"), (7200, 3360, 62, "home"),
        ].map { Note(startTick: $0.0, durationTicks: $0.1, pitch: Pitch(midi: $0.2), velocity: 90, syllable: $0.3) }),
      Part(id: "piano", name: "Piano", role: .chords, instrument: .program(0)),
    ], lengthTicks: 11_520)
}
