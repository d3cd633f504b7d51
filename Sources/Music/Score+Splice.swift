extension Score {
  /// This score with what another one of the same bars has in a stretch of time. Notes that sound into the stretch,
  /// or out of it, end at its edge. A part goes on in the part of the same id, role and instrument; what only the
  /// other score has becomes a part of its own.
  /// - Parameter ticks: within both scores.
  public func spliced(with other: Score, in ticks: Range<Int>) -> Score {
    var result = self
    result.chords = Self.spliced(chords, other.chords, in: ticks)
    var used: Set<String> = []
    for index in parts.indices {
      let twin = other.parts.first { $0.isContinuation(of: parts[index]) }
      if let twin { used.insert(twin.id) }
      result.parts[index].notes = Self.spliced(parts[index].notes, twin?.notes ?? [], in: ticks)
      result.parts[index].controls = Self.spliced(parts[index].controls, twin?.controls ?? [], in: ticks)
    }
    var ids = Set(parts.map(\.id))
    for part in other.parts where !used.contains(part.id) {
      var part = part
      part.notes = Self.spliced([], part.notes, in: ticks)
      part.controls = Self.spliced([], part.controls, in: ticks)
      guard !part.notes.isEmpty else { continue }
      let base = part.id
      var number = 2
      while ids.contains(part.id) { (part.id, number) = ("\(base)-\(number)", number + 1) }
      ids.insert(part.id)
      result.parts.append(part)
    }
    result.parts.removeAll { $0.notes.isEmpty }
    return result
  }

  /// The same music so many ticks later.
  public func delayed(by ticks: Int) -> Score {
    var result = self
    result.lengthTicks += ticks
    for index in tempo.indices.dropFirst() { result.tempo[index].tick += ticks }
    for index in keyChanges.indices { result.keyChanges[index].tick += ticks }
    for index in sections.indices { result.sections[index].startTick += ticks }
    for index in chords.indices { result.chords[index].startTick += ticks }
    for part in parts.indices {
      for index in parts[part].notes.indices { result.parts[part].notes[index].startTick += ticks }
      for index in parts[part].controls.indices { result.parts[part].controls[index].tick += ticks }
    }
    return result
  }

  private static func spliced(_ old: [Note], _ new: [Note], in ticks: Range<Int>) -> [Note] {
    let before = old.filter { $0.startTick < ticks.lowerBound }.map { $0.ending(by: ticks.lowerBound) }
    let inside = new.filter { ticks.contains($0.startTick) }.map { $0.ending(by: ticks.upperBound) }
    return before + inside + old.filter { $0.startTick >= ticks.upperBound }
  }

  private static func spliced(_ old: [ChordSpan], _ new: [ChordSpan], in ticks: Range<Int>) -> [ChordSpan] {
    func cut(_ spans: [ChordSpan], to range: Range<Int>) -> [ChordSpan] {
      spans.compactMap { span in
        let start = max(span.startTick, range.lowerBound)
        let end = min(span.startTick + span.durationTicks, range.upperBound)
        return end > start ? ChordSpan(startTick: start, durationTicks: end - start, chord: span.chord) : nil
      }
    }
    return cut(old, to: Int.min / 2..<ticks.lowerBound) + cut(new, to: ticks) + cut(old, to: ticks.upperBound..<Int.max / 2)
  }

  /// At both edges the controllers are set as they stood in the score that goes on there.
  private static func spliced(_ old: [Control], _ new: [Control], in ticks: Range<Int>) -> [Control] {
    func standing(_ controls: [Control], at tick: Int) -> [Control] {
      var last: [Control.Kind: Control] = [:]
      for control in controls where control.tick <= tick { last[control.kind] = control }
      return [.expression, .modulation, .sustain, .pitchBend].compactMap { kind in
        last[kind].map { Control(tick: tick, kind: kind, value: $0.value) }
      }
    }
    return old.filter { $0.tick < ticks.lowerBound }
      + standing(new, at: ticks.lowerBound) + new.filter { $0.tick > ticks.lowerBound && $0.tick < ticks.upperBound }
      + standing(old, at: ticks.upperBound) + old.filter { $0.tick > ticks.upperBound }
  }
}

extension Part {
  fileprivate func isContinuation(of other: Part) -> Bool {
    id == other.id && role == other.role && instrument == other.instrument
  }
}

extension Note {
  fileprivate func ending(by tick: Int) -> Note {
    var note = self
    note.durationTicks = min(durationTicks, max(1, tick - startTick))
    return note
  }
}
