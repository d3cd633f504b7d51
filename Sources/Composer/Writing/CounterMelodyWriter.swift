import Music

/// Answers the lead where it rests, and lays slow guide tones under strong sections.
struct CounterMelodyWriter {
  let frame: SongFrame
  let harmony: Harmony
  let range: ClosedRange<Int>

  /// Two to four notes in rests of two beats and more.
  func answers(to melody: [Note], active: (SongFrame.FeltSection) -> Bool, random: inout Random) -> [Note] {
    let beat = frame.barTicks / frame.meter.feltBeats
    let step = frame.meter.isCompound ? beat / 3 : beat / 2
    var notes: [Note] = []
    var last = (range.lowerBound + range.upperBound) / 2
    for section in frame.sections where active(section) {
      let end = section.startTick + section.bars * frame.barTicks
      var free = section.startTick
      let sounding = melody.filter { $0.startTick >= section.startTick && $0.startTick < end }
      for start in sounding.map(\.startTick) + [end] {
        // The answer begins on the half beat after the lead has stopped.
        let from = (free + step - 1) / step * step + step
        if start - from >= step * 3, random.chance(0.75) {
          let count = min(4, (start - from) / step)
          let rising = random.chance(0.5)
          for index in 0..<count {
            let tick = from + index * step
            let isLast = index == count - 1
            last = next(last, chord: harmony.chord(atTick: tick), rising: rising, strong: isLast || index == 0)
            notes.append(
              Note(
                startTick: tick, durationTicks: isLast ? min(step * 3, start - tick) : step,
                pitch: Pitch(midi: last), velocity: Int(58 + 22 * section.energy)))
          }
        }
        if start == end { break }
        // A note held for long is as good as a rest once it has been heard.
        let held = sounding.filter { $0.startTick == start }.map(\.durationTicks).max() ?? 0
        free = start + min(held, beat * 3 / 2)
      }
    }
    return notes
  }

  private func next(_ last: Int, chord: Chord, rising: Bool, strong: Bool) -> Int {
    let scale = MelodyLine.scale(chord, in: frame.key)
    let options = (1...9).map { rising ? last + $0 : last - $0 }.filter { key in
      strong ? chord.contains(PitchClass(rawValue: key)) : scale[((key % 12) + 12) % 12]
    }
    if let key = options.first, range.contains(key) { return key }
    let back = range.filter { chord.contains(PitchClass(rawValue: $0)) }
    return back.min { abs($0 - last) < abs($1 - last) } ?? last
  }

  /// The tune an octave or a third apart, from the second chorus on: something new where all else comes back.
  /// - Parameter isSung: whether it has the tune's words.
  func doubling(
    _ melody: [Note], inThirds: Bool, isSung: Bool = false, active: (SongFrame.FeltSection) -> Bool
  ) -> [Note] {
    melody.compactMap { note in
      guard let section = frame.section(atTick: note.startTick), active(section), section.occurrence >= 1,
        section.kind == .chorus || section.kind == .drop, note.startTick != frame.finalTick
      else { return nil }
      var copy = note
      if !isSung { copy.syllable = nil }
      copy.velocity = max(1, note.velocity - 12)
      if inThirds {
        let chord = harmony.chord(atTick: note.startTick)
        let scale = MelodyLine.scale(chord, in: frame.key)
        let below = [3, 4, 5].map { note.pitch.midi - $0 }
        guard
          let key = below.first(where: { chord.contains(PitchClass(rawValue: $0)) })
            ?? below.first(where: { scale[(($0 % 12) + 12) % 12] })
        else { return nil }
        copy.pitch = Pitch(midi: key)
      } else {
        copy.pitch = Pitch(midi: note.pitch.midi + (note.pitch.midi + 12 <= range.upperBound ? 12 : 0))
      }
      return copy
    }
  }

  /// One long note a chord, by the smallest step: thirds and sevenths first.
  func guideTones(active: (SongFrame.FeltSection) -> Bool) -> [Note] {
    var notes: [Note] = []
    var last = (range.lowerBound + range.upperBound) / 2
    for section in frame.sections where active(section) {
      let end = section.startTick + section.bars * frame.barTicks
      for span in harmony.spans(in: section.startTick..<end) {
        let wanted = [span.chord.third, span.chord.seventh, span.chord.fifth].compactMap { $0 }
        let options = range.filter { key in wanted.contains(PitchClass(rawValue: key)) }
        last =
          options.min { a, b in
            (abs(a - last), rank(a, wanted)) < (abs(b - last), rank(b, wanted))
          } ?? last
        notes.append(
          Note(
            startTick: span.startTick, durationTicks: span.durationTicks, pitch: Pitch(midi: last),
            velocity: Int(56 + 26 * section.energy)))
      }
    }
    return notes
  }

  private func rank(_ key: Int, _ wanted: [PitchClass]) -> Int {
    wanted.firstIndex(of: PitchClass(rawValue: key)) ?? 9
  }
}
