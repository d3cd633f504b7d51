import Music

/// What a song takes over from an earlier one.
struct Kept: Sendable {
  /// The chords of the whole song, in order.
  var chords: [ChordSpan]?
  /// A played tune, which is taken as it is.
  var tune: [Note]?
  /// A sung tune, of which each line is taken whose new words have as many syllables as the old ones.
  var sung: [Note] = []

  var harmony: Harmony? {
    guard let chords, let last = chords.last else { return nil }
    return Harmony(spans: chords, tonic: last.chord)
  }

  /// The same as writers have it, in the song's own key throughout.
  func unshifted(_ frame: SongFrame) -> Kept {
    func shift(_ tick: Int) -> Int { frame.section(atTick: tick)?.keyShift ?? 0 }
    func lowered(_ note: Note) -> Note {
      var note = note
      note.pitch = Pitch(midi: note.pitch.midi - shift(note.startTick))
      return note
    }
    return Kept(
      chords: chords?.map { span in
        var span = span
        span.chord = span.chord.transposed(by: -shift(span.startTick))
        return span
      },
      tune: tune?.map(lowered), sung: sung.map(lowered))
  }

  /// The notes of the line that stands in these ticks, if it has a note for each of so many syllables, and no more.
  func line(in ticks: Range<Int>, syllables: Int) -> [Note]? {
    let notes = sung.filter { ticks.contains($0.startTick) }
    return notes.count == syllables ? notes : nil
  }
}

extension [Note] {
  /// The tune in the octave where most of it lies in a range; single notes beyond it are folded in.
  func moved(into range: ClosedRange<Int>) -> [Note] {
    func outside(_ shift: Int) -> Int { count { !range.contains($0.pitch.midi + shift) } }
    let octaves = [0, -12, 12, -24, 24]
    let shift = octaves.min { outside($0) < outside($1) } ?? 0
    return map { note in
      var note = note
      var key = note.pitch.midi + shift
      while key < range.lowerBound, key + 12 <= range.upperBound { key += 12 }
      while key > range.upperBound, key - 12 >= range.lowerBound { key -= 12 }
      note.pitch = Pitch(midi: key)
      return note
    }
  }
}
