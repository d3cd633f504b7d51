import Music

/// A part as frames instead of ticks: what the instruments play from.
struct Performance: Sendable {
  struct Note: Sendable {
    var start: Int
    /// Where the key is let go; the sound may ring on.
    var end: Int
    var key: Int
    /// 0...1.
    var velocity: Float
    /// Where the note before was still held when this one began, its key: synths with glide start there.
    var glideFrom: Int?
    /// Counts the notes of the part, for small differences between equal notes.
    var index: Int
  }

  struct Bend: Sendable {
    var frame: Int
    var cents: Float
  }

  /// In order of `start`; two notes of one key never overlap.
  var notes: [Note]
  var bends: [Bend]
  var controls: [(frame: Int, control: Control)]

  /// - Parameter frames: the length of the sound; what starts later is left out.
  init(part: Part, clock: FrameClock, frames: Int) {
    // A drum sounds out by itself whatever is written; a shorter tone than 20 ms is a click.
    let shortest = part.role == .drums || part.role == .percussion ? 9600 : 960
    var notes: [Note] = []
    notes.reserveCapacity(part.notes.count)
    for note in part.notes where note.velocity > 0 {
      let start = max(0, clock.frame(atTick: note.startTick + note.nudgeTicks))
      let end = clock.frame(atTick: note.startTick + note.nudgeTicks + note.durationTicks)
      guard start < frames else { continue }
      notes.append(
        Note(
          start: start, end: max(end, start + shortest), key: note.pitch.midi,
          velocity: Float(min(note.velocity, 127)) / 127, glideFrom: nil, index: 0))
    }
    // By key too, so that the order of a chord's notes in the score can't change the sound.
    notes.sort { ($0.start, $0.key) < ($1.start, $1.key) }

    // A key struck twice at nearly the same time is one stroke; a longer note ends where its key is struck again.
    var lastOfKey = [Int?](repeating: nil, count: 128)
    var kept: [Note] = []
    kept.reserveCapacity(notes.count)
    for var note in notes {
      if let earlier = lastOfKey[note.key] {
        if note.start - kept[earlier].start < Self.doubleStroke {
          kept[earlier].end = max(kept[earlier].end, note.end)
          kept[earlier].velocity = max(kept[earlier].velocity, note.velocity)
          continue
        }
        kept[earlier].end = min(kept[earlier].end, note.start - 1)
      }
      note.index = kept.count
      if let before = kept.last, before.start < note.start, before.end > note.start {
        note.glideFrom = before.key
      }
      lastOfKey[note.key] = kept.count
      kept.append(note)
    }
    notes = kept
    self.notes = notes
    controls = part.controls
      .map { (frame: max(0, clock.frame(atTick: $0.tick)), control: $0) }
      .filter { $0.frame < frames }
    bends = controls.compactMap { entry in
      entry.control.kind == .pitchBend
        ? Bend(frame: entry.frame, cents: Float(min(max(entry.control.value, -200), 200))) : nil
    }
  }

  /// 6 ms, more than two of the synthesiser's blocks.
  private static let doubleStroke = 288

  /// Frames of all notes together, a measure of the work.
  var noteFrames: Int { notes.reduce(0) { $0 + $1.end - $1.start } }
}
