import Music

/// Moves what was written in the home key to where its section lies.
struct Modulator {
  let frame: SongFrame

  private func shift(atTick tick: Int) -> Int { frame.section(atTick: tick)?.keyShift ?? 0 }

  /// Transposes notes and chords of shifted sections, and says so in `keyChanges`. Percussion and effects stay.
  func apply(to score: inout Score) {
    guard frame.sections.contains(where: { $0.keyShift != 0 }) else { return }
    for index in score.parts.indices where !score.parts[index].playsDrumKit && score.parts[index].role != .effects {
      score.parts[index].notes = score.parts[index].notes.map { note in
        var note = note
        note.pitch = Pitch(midi: note.pitch.midi + shift(atTick: note.startTick))
        return note
      }
    }
    score.chords = score.chords.map { span in
      var span = span
      span.chord = span.chord.transposed(by: shift(atTick: span.startTick))
      return span
    }
    var before = 0
    for section in frame.sections where section.keyShift != before {
      score.keyChanges.append(
        KeyChange(
          tick: section.startTick, key: Key(tonic: score.key.tonic + section.keyShift, mode: score.key.mode)))
      before = section.keyShift
    }
  }
}
