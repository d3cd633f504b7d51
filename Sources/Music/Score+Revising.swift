/// The ways in which a stretch of a score changes.
extension Score {
  /// Changes the notes that begin in a stretch.
  public mutating func change(in ticks: Range<Int>, where isMeant: (Part) -> Bool, _ body: (inout Note) -> Void) {
    for part in parts.indices where isMeant(parts[part]) {
      for note in parts[part].notes.indices where ticks.contains(parts[part].notes[note].startTick) {
        body(&parts[part].notes[note])
      }
    }
  }

  /// This score where in a stretch the parts that are meant are those of another.
  public func replacing(with other: Score, in ticks: Range<Int>, where isMeant: (Part) -> Bool) -> Score {
    var (meant, fresh) = (self, other)
    meant.parts = parts.filter(isMeant)
    fresh.parts = other.parts.filter(isMeant)
    let changed = meant.spliced(with: fresh, in: ticks).parts
    var result = self
    result.parts = parts.compactMap { part in isMeant(part) ? changed.first { $0.id == part.id } : part }
    var ids = Set(result.parts.map(\.id))
    for part in changed where ids.insert(part.id).inserted { result.parts.append(part) }
    return result
  }

  /// A score with the parts that only another has, in a stretch.
  public static func joined(_ score: Score, _ added: Score, in ticks: Range<Int>) -> Score {
    var result = score
    for part in added.parts {
      var part = part
      part.notes = part.notes.filter { ticks.contains($0.startTick) }
      part.controls = part.controls.filter { ticks.contains($0.tick) }
      let isThere = score.parts.contains { $0.instrument == part.instrument && $0.role == part.role && $0.notes.contains { ticks.contains($0.startTick) } }
      guard !part.notes.isEmpty, !isThere else { continue }
      part.id = result.freeID(part.id)
      result.parts.append(part)
    }
    return result
  }

  /// Moves everything that has a pitch; the chords and the keys go along.
  public mutating func transpose(by semitones: Int, in ticks: Range<Int>) {
    change(in: ticks, where: { !$0.isUnpitched }) { $0.pitch = $0.pitch.folded(by: semitones) }
    for index in chords.indices where ticks.contains(chords[index].startTick) {
      chords[index].chord = chords[index].chord.transposed(by: semitones)
    }
    changeKeys(in: ticks) { Key(tonic: $0.tonic + semitones, mode: $0.mode) }
  }

  /// Moves a stretch to another key, by the shortest way to its tonic; notes and chords of the old scale become those
  /// of the new one, degree by degree. A modulation within the stretch is kept.
  public mutating func move(to new: Key, in ticks: Range<Int>) {
    let home = key(atTick: ticks.lowerBound)
    var shift = new.tonic.interval(above: home.tonic)
    if shift > 6 { shift -= 12 }
    func moved(_ key: Key) -> Key { Key(tonic: key.tonic + shift, mode: key.mode == home.mode ? new.mode : key.mode) }
    let before = self
    /// How far a pitch class of the old scale lies from the same degree of the new one, beside the shift.
    func bend(_ pitchClass: PitchClass, _ key: Key) -> Int {
      let above = pitchClass.interval(above: key.tonic)
      let (from, to) = (key.mode.intervals, moved(key).mode.intervals)
      guard let degree = from.firstIndex(of: above), degree < to.count else { return 0 }
      return to[degree] - above
    }
    change(in: ticks, where: { !$0.isUnpitched }) { note in
      note.pitch = note.pitch.folded(by: shift + bend(note.pitch.pitchClass, before.key(atTick: note.startTick)))
    }
    for index in chords.indices where ticks.contains(chords[index].startTick) {
      let chord = chords[index].chord
      let key = before.key(atTick: chords[index].startTick)
      let degree = key.mode.intervals.firstIndex(of: chord.root.interval(above: key.tonic))
      if let degree, moved(key).mode != key.mode, key.contains(chord) {
        chords[index].chord =
          chord.quality.intervals.count > 3 ? moved(key).seventhChord(degree + 1) : moved(key).triad(degree + 1)
      } else {
        chords[index].chord = chord.transposed(by: shift + bend(chord.root, key))
      }
    }
    changeKeys(in: ticks, moved)
  }

  /// Fewer notes, or more: every short note off the beat goes; or every long note is struck again at its middle.
  public mutating func thin(in ticks: Range<Int>, busier: Bool, where isMeant: (Part) -> Bool) {
    let beat = Score.ticksPerQuarter
    for part in parts.indices where isMeant(parts[part]) && parts[part].role != .vocal {
      var notes: [Note] = []
      for note in parts[part].notes {
        guard ticks.contains(note.startTick) else {
          notes.append(note)
          continue
        }
        if busier {
          guard note.durationTicks >= beat else {
            notes.append(note)
            continue
          }
          var (first, second) = (note, note)
          first.durationTicks = note.durationTicks / 2
          second.startTick += note.durationTicks / 2
          second.durationTicks -= note.durationTicks / 2
          second.velocity = max(1, note.velocity - 8)
          notes += [first, second]
        } else if note.startTick % beat == 0 || note.durationTicks >= beat {
          notes.append(note)
        }
      }
      parts[part].notes = notes.sorted { ($0.startTick, $0.pitch.midi) < ($1.startTick, $1.pitch.midi) }
    }
    parts.removeAll { $0.notes.isEmpty }
  }

  /// The bars, counted from 1, in which each part differs from another score's; parts are known by their ids.
  public func changedBars(from other: Score) -> [(part: String, bars: [ClosedRange<Int>])] {
    let bar = meter.ticksPerBar
    func bars(_ part: Part?, _ isDifferent: (Note) -> Bool) -> Set<Int> {
      Set((part?.notes ?? []).filter(isDifferent).map { $0.startTick / bar + 1 })
    }
    var ids = parts.map(\.id)
    ids += other.parts.map(\.id).filter { !ids.contains($0) }
    return ids.map { id in
      let (new, old) = (parts.first { $0.id == id }, other.parts.first { $0.id == id })
      let (newNotes, oldNotes) = (Set(new?.notes ?? []), Set(old?.notes ?? []))
      var changed = bars(new) { !oldNotes.contains($0) }.union(bars(old) { !newNotes.contains($0) })
      if new?.instrument != old?.instrument { changed.formUnion(bars(new) { _ in true }) }
      var ranges: [ClosedRange<Int>] = []
      for number in changed.sorted() {
        if let last = ranges.last, last.upperBound == number - 1 { ranges[ranges.count - 1] = last.lowerBound...number }
        else { ranges.append(number...number) }
      }
      return (id, ranges)
    }
  }

  /// An id that no part has.
  public func freeID(_ base: String) -> String {
    var (id, number) = (base, 2)
    while parts.contains(where: { $0.id == id }) { (id, number) = ("\(base)-\(number)", number + 1) }
    return id
  }

  /// "Grand piano, Bass, Drums".
  public var partNames: String { parts.map(\.name).joined(separator: ", ") }

  private mutating func changeKeys(in ticks: Range<Int>, _ change: (Key) -> Key) {
    let (first, after) = (key(atTick: ticks.lowerBound), key(atTick: ticks.upperBound))
    var all = [KeyChange(tick: 0, key: key)] + keyChanges
    all = all.filter { $0.tick != ticks.lowerBound && $0.tick != ticks.upperBound }.map {
      KeyChange(tick: $0.tick, key: ticks.contains($0.tick) ? change($0.key) : $0.key)
    }
    all.append(KeyChange(tick: ticks.lowerBound, key: change(first)))
    if ticks.upperBound < lengthTicks { all.append(KeyChange(tick: ticks.upperBound, key: after)) }
    all.sort { $0.tick < $1.tick }
    key = all[0].key
    keyChanges = []
    for change in all.dropFirst() where change.key != (keyChanges.last?.key ?? key) { keyChanges.append(change) }
  }
}

extension Part {
  /// Whether its keys are drums or effects rather than pitches.
  public var isUnpitched: Bool { role == .drums || role == .percussion || role == .effects }
}

extension Pitch {
  /// So many semitones away, in an octave that MIDI has.
  public func folded(by semitones: Int) -> Pitch {
    var midi = midi + semitones
    while midi > 120 { midi -= 12 }
    while midi < 12 { midi += 12 }
    return Pitch(midi: midi)
  }
}
