import Music

/// What is done to a finished line: one climax a section, and pick-ups into sections.
struct MelodyShaper {
  let frame: SongFrame
  let harmony: Harmony
  let range: ClosedRange<Int>

  /// Where the highest note of a section stands in several places, one of them, about two thirds of the way through, is
  /// lifted to the next chord tone, so that the section has a single summit.
  func withOneClimax(_ notes: [Note], in section: SongFrame.FeltSection) -> [Note] {
    guard section.bars >= 4, let top = notes.map(\.pitch.midi).max(),
      notes.filter({ $0.pitch.midi == top }).count > 1
    else { return notes }
    let length = Double(section.bars * frame.barTicks)
    func distance(_ index: Int) -> Double {
      let place = Double(notes[index].startTick - section.startTick) / length
      return abs(place - 0.68) - min(0.2, Double(notes[index].durationTicks) / Double(frame.barTicks) * 0.2)
    }
    let candidates = notes.indices.filter { index in
      let place = Double(notes[index].startTick - section.startTick) / length
      return (0.45...0.9).contains(place) && notes[index].pitch.midi >= top - 2 && summit(above: top, at: index, in: notes) != nil
    }
    guard let chosen = candidates.min(by: { distance($0) < distance($1) }),
      let key = summit(above: top, at: chosen, in: notes)
    else { return notes }
    var result = notes
    result[chosen].pitch = Pitch(midi: key)
    result[chosen].velocity = min(124, result[chosen].velocity + 4)
    return result
  }

  /// The chord tone above `top` that the note could have without leaping more than a sixth either way.
  private func summit(above top: Int, at index: Int, in notes: [Note]) -> Int? {
    let chord = harmony.chord(atTick: notes[index].startTick)
    let neighbours = [index - 1, index + 1].filter { notes.indices.contains($0) }.map { notes[$0].pitch.midi }
    return (1...4).map { top + $0 }.first { key in
      key <= range.upperBound && chord.contains(PitchClass(rawValue: key)) && neighbours.allSatisfy { abs(key - $0) <= 9 }
    }
  }

  /// One to three notes leading into the first of a section, the same for all sections of a kind.
  func withPickUps(_ notes: [Note], chance: Double) -> [Note] {
    var random = frame.random("melody pickups")
    let beat = frame.barTicks / frame.meter.feltBeats
    let step = frame.meter.isCompound ? beat / 3 : beat / 2
    var result = notes
    var added: [Note] = []
    for kind in Section.Kind.allCases {
      // Drawn for every kind, so that a form with one less has the same others.
      let count = random.chance(chance) ? random.int(in: 1...3) : 0
      let isRising = random.chance(0.7)
      guard count > 0 else { continue }
      for (section, before) in zip(frame.sections.dropFirst(), frame.sections)
      where section.kind == kind && section.keyShift == before.keyShift {
        let start = section.startTick - count * step
        guard
          let first = notes.first(where: { $0.startTick >= section.startTick }), first.startTick < section.startTick + step,
          !notes.contains(where: { $0.startTick > start - beat && $0.startTick < section.startTick })
        else { continue }
        for index in result.indices where result[index].startTick < start {
          result[index].durationTicks = min(result[index].durationTicks, start - result[index].startTick)
        }
        added += pickUp(into: first, count: count, step: step, isRising: isRising)
      }
    }
    return (result + added).sorted { $0.startTick < $1.startTick }
  }

  private func pickUp(into first: Note, count: Int, step: Int, isRising: Bool) -> [Note] {
    var key = first.pitch.midi
    var notes: [Note] = []
    for index in 1...count {
      let tick = first.startTick / frame.barTicks * frame.barTicks - index * step
      let chord = harmony.chord(atTick: tick)
      let scale = MelodyLine.scale(chord, in: frame.key)
      let isOnBeat = frame.weight(atTick: tick) >= 0.5
      let steps = (1...5).map { isRising ? key - $0 : key + $0 }
      let next = steps.first { candidate in
        range.contains(candidate) && (isOnBeat ? chord.contains(PitchClass(rawValue: candidate)) : scale[candidate % 12])
      }
      key = next ?? key
      notes.append(
        Note(startTick: tick, durationTicks: step, pitch: Pitch(midi: key), velocity: max(1, first.velocity - 6 - index * 2)))
    }
    return notes.reversed()
  }
}
