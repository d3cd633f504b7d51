import Music

extension Composer {
  /// The same music in another style.
  ///
  /// How much stays falls with the strength, and what goes first is what least makes a song known: from 0.95 down to 0.5 line after line
  /// of the melody is written anew, then down to 0.1 stretch after stretch of the chords; below that only tempo, key, metre and form
  /// stay, and at 0 nothing but the length. What a lower strength keeps, a higher one keeps too.
  /// - Parameters:
  ///   - brief: the style; its lyrics, if any, take the place of the source's words. Its tempo, metre and length are the source's.
  ///   - strength: 0 ... 1.
  ///   - canSing: whether somebody sings in a language; where nobody does, an instrument plays the voice.
  /// - Throws: `ComposerError`.
  public func cover(
    _ source: CoverSource, as brief: CompositionBrief, strength: Double, seed: UInt64,
    canSing: (_ language: String?) -> Bool = { _ in true }
  ) throws -> Revision {
    var brief = brief
    brief.form = .song
    brief.durationSeconds = min(max(source.durationSeconds, 1), Self.longestSeconds)
    let take = Take(seed: seed)
    guard strength > 0 else {
      var plan = try plan(brief)
      if !canSing(plan.language) { plan.singer = nil }
      return revision(try compose(plan, take: take), plan, take, brief)
    }
    let sheet = LyricSheet(brief.lyrics ?? "")
    let ownWords = sheet.lineCount > 0
    (brief.bpm, brief.key, brief.meter) = (min(max(source.bpm, 30), 300), source.key, source.meter)
    // What is planned for words is a singer; the form is the source's.
    if !ownWords, source.hasWords { (brief.lyrics, brief.language) = (source.words, brief.language ?? source.language) }
    brief.writesLyrics = false
    var plan = try plan(brief)
    if !canSing(plan.language) { plan.singer = nil }
    (plan.bpm, plan.feel, plan.sections) = (source.bpm, source.feel, source.sections)
    (plan.finalBarSeconds, plan.durationSeconds) = (source.finalBarSeconds, source.durationSeconds)
    if ownWords, plan.usesVocal {
      for index in plan.sections.indices { plan.sections[index].lines = [] }
      let dropped = plan.setLines(of: sheet)
      if dropped > 0 {
        plan.notices.append("The lyrics are longer than the music: \(dropped) of their lines found no room.")
      }
    } else if !plan.usesVocal {
      for index in plan.sections.indices { (plan.sections[index].lines, plan.sections[index].barsPerLine) = ([], 0) }
    }
    plan.notices += unheeded(plan)
    var composition = try composed(plan, take, source, strength: strength)
    if let tempo = source.tempo { composition.score.tempo = tempo }
    return revision(composition, plan, take, brief, strength: strength)
  }

  private func revision(
    _ composition: Composition, _ plan: SongPlan, _ take: Take, _ brief: CompositionBrief, strength: Double? = nil
  ) -> Revision {
    Revision(
      composition: composition,
      manuscript: Manuscript(
        plan: plan, take: take, lyricLines: composition.lyricLines, caption: brief.caption, coverStrength: strength))
  }

  /// What the caption asks for and a cover can't follow.
  private func unheeded(_ plan: SongPlan) -> [String] {
    var notices: [String] = []
    if let bpm = plan.understood.bpm, abs(bpm - plan.bpm) > 1 {
      notices.append("The tempo stays at the source's \(((plan.bpm * 10).rounded() / 10).formatted) BPM.")
    }
    if let key = plan.understood.key, key != plan.key { notices.append("The key stays the source's, \(plan.key.name).") }
    return notices
  }

  private func composed(
    _ plan: SongPlan, _ take: Take, _ source: CoverSource, strength: Double
  ) throws -> Composition {
    let keepsChords = min(max((strength - 0.1) / 0.4, 0), 1)
    let keepsTune = min(max((strength - 0.5) / 0.45, 0), 1)
    let bars = max(1, plan.totalBars)
    let grouping = BarGroups(bars: bars, barTicks: plan.meter.ticksPerBar, take: take)
    guard !source.chords.isEmpty, keepsChords > 0 else { return try compose(plan, take: take) }
    let fresh = try compose(plan, take: take)
    let length = bars * plan.meter.ticksPerBar
    let chords = grouping.mixed(
      source.chords.filling(length), fresh.score.chords.filling(length), kept: grouping.kept("chords", share: keepsChords))
    var kept = Kept(chords: chords)
    guard !source.tune.isEmpty, keepsTune > 0 else { return try compose(plan, take: take, keeping: kept) }
    let staying = grouping.kept("tune", share: keepsTune)
    func stays(_ tick: Int) -> Bool { staying.contains(grouping.group(atTick: tick)) }
    if plan.usesVocal {
      kept.sung = sungTune(plan, source.tune, stays: stays)
    } else if keepsTune < 1 {
      let other = try compose(plan, take: take, keeping: kept).score.parts.first { $0.role == .melody }?.notes ?? []
      let old = source.tune.filter { stays($0.startTick) }
      // Both in the octave of the new player, or the tune would leap at every seam.
      let low = other.map(\.pitch.midi).min() ?? 60
      let high = other.map(\.pitch.midi).max() ?? 84
      let new = other.filter { !stays($0.startTick) }
      kept.tune = (old.moved(into: low...max(high, low + 12)) + new).sorted { $0.startTick < $1.startTick }.withoutOverlaps
    } else {
      kept.tune = source.tune
    }
    return try compose(plan, take: take, keeping: kept)
  }

  /// The source's tune cut to the new lines: as many notes as syllables, joined or divided where they differ.
  private func sungTune(_ plan: SongPlan, _ tune: [Note], stays: (Int) -> Bool) -> [Note] {
    guard case .voice(let kind, _) = plan.singer else { return [] }
    let inRange = tune.moved(into: kind.range)
    return plan.sections.indices.flatMap { index -> [Note] in
      zip(plan.slots(of: index), plan.sections[index].lines).flatMap { slot, text -> [Note] in
        guard stays(slot.lowerBound) else { return [] }
        let notes = inRange.filter { slot.contains($0.startTick) }
        let count = planner.syllables.syllables(of: text, language: plan.language).count
        return notes.fitted(to: count, within: slot)
      }
    }
  }
}

/// Stretches of two bars, some of which are kept. Those of a smaller share are among those of a greater one.
private struct BarGroups {
  let bars: Int
  let barTicks: Int
  let take: Take
  private var count: Int { (bars + 1) / 2 }

  init(bars: Int, barTicks: Int, take: Take) { (self.bars, self.barTicks, self.take) = (bars, barTicks, take) }

  func group(atTick tick: Int) -> Int { min(max(0, tick / (2 * barTicks)), count - 1) }

  func kept(_ what: String, share: Double) -> Set<Int> {
    var random = take.random("cover \(what)")
    let ranks = (0..<count).map { _ in random.unit() }
    let order = (0..<count).sorted { ranks[$0] < ranks[$1] }
    return Set(order.prefix(Int((share * Double(count)).rounded())))
  }

  /// The chords of one song in the stretches that are kept, those of another in the rest.
  func mixed(_ old: [ChordSpan], _ new: [ChordSpan], kept: Set<Int>) -> [ChordSpan] {
    (0..<count).flatMap { group -> [ChordSpan] in
      let end = group == count - 1 ? bars * barTicks : (group + 1) * 2 * barTicks
      return (kept.contains(group) ? old : new).cut(to: group * 2 * barTicks..<end)
    }.reduce(into: []) { spans, span in
      if let last = spans.indices.last, spans[last].chord == span.chord { spans[last].durationTicks += span.durationTicks } else {
        spans.append(span)
      }
    }
  }
}

extension [ChordSpan] {
  /// Without gaps, from tick 0 to a length: each lasts until the next.
  fileprivate func filling(_ length: Int) -> [ChordSpan] {
    let inside = filter { $0.startTick < length }
    return inside.indices.map { index in
      var span = inside[index]
      let end = index + 1 < inside.count ? inside[index + 1].startTick : length
      if index == 0 { span.startTick = 0 }
      span.durationTicks = end - span.startTick
      return span
    }.filter { $0.durationTicks > 0 }
  }

  fileprivate func cut(to ticks: Range<Int>) -> [ChordSpan] {
    compactMap { span in
      let start = Swift.max(span.startTick, ticks.lowerBound)
      let end = Swift.min(span.startTick + span.durationTicks, ticks.upperBound)
      return start < end ? ChordSpan(startTick: start, durationTicks: end - start, chord: span.chord) : nil
    }
  }
}

extension [Note] {
  /// Each ends where the next begins, at the latest.
  fileprivate var withoutOverlaps: [Note] {
    indices.compactMap { index in
      var note = self[index]
      if index + 1 < count { note.durationTicks = Swift.min(note.durationTicks, self[index + 1].startTick - note.startTick) }
      return note.durationTicks > 0 ? note : nil
    }
  }

  /// As many notes as wanted: the shortest are joined to their neighbour, the longest divided. None where that is not to be had,
  /// or where a line would be made of less than half of it.
  fileprivate func fitted(to wanted: Int, within slot: Range<Int>) -> [Note] {
    var notes = withoutOverlaps
    guard wanted > 0, 2 * notes.count >= wanted, notes.count <= 3 * wanted else { return [] }
    while notes.count > wanted {
      let shortest = notes.indices.min { notes[$0].durationTicks < notes[$1].durationTicks } ?? 0
      let neighbour = shortest == 0 ? 1 : shortest - 1
      let (first, second) = (Swift.min(shortest, neighbour), Swift.max(shortest, neighbour))
      // The longer one's pitch is heard.
      let pitch = notes[first].durationTicks >= notes[second].durationTicks ? notes[first].pitch : notes[second].pitch
      notes[first].durationTicks = notes[second].startTick + notes[second].durationTicks - notes[first].startTick
      notes[first].pitch = pitch
      notes.remove(at: second)
    }
    while notes.count < wanted {
      guard let longest = notes.indices.max(by: { notes[$0].durationTicks < notes[$1].durationTicks }),
        notes[longest].durationTicks >= Score.ticksPerQuarter / 2
      else { return [] }
      let half = notes[longest].durationTicks / 2
      var second = notes[longest]
      second.startTick += half
      second.durationTicks -= half
      notes[longest].durationTicks = half
      notes.insert(second, at: longest + 1)
    }
    if let last = notes.indices.last {
      notes[last].durationTicks = Swift.min(notes[last].durationTicks, slot.upperBound - notes[last].startTick)
    }
    return notes.map { note in
      var note = note
      (note.syllable, note.startsLine) = (nil, false)
      return note
    }
  }
}
