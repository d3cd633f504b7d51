public import Music

extension Composer {
  /// Goes on before a song's beginning and beyond its end, with its motifs. The song itself stays but for its last
  /// bar, in which it ended.
  /// - Parameters:
  ///   - left: seconds added in front.
  ///   - right: seconds added behind.
  ///   - lyrics: sung in what is added behind; in front if nothing is.
  ///   - language: ISO 639-1, of the lyrics; nil reads them as the song's.
  public func extend(
    _ score: Score, _ source: Manuscript, left: Double, right: Double, caption: String, lyrics: String?,
    language: String? = nil, seed: UInt64
  ) throws -> Revision {
    guard source.plan.form == .song else {
      throw EditError.unsuited("A loop or one-shot has no beginning and end to go on from; make a song from its description.")
    }
    let total = left + source.plan.durationSeconds + right
    guard total <= Self.longestSeconds else { throw EditError.tooLong(seconds: total, limit: Self.longestSeconds) }
    var plan = planner.restyle(source.plan, caption: caption)
    let bar = plan.meter.ticksPerBar
    let barSeconds = Double(plan.meter.feltBeats) * 60 / plan.bpm
    let sheet = lyrics.map(LyricSheet.init)

    // Behind: the last bar's time and what is added are filled with bars, the last of which rings out.
    let join = score.lengthTicks - bar
    var added: [PlannedSection] = []
    if right > 0 {
      let bars = max(0, Int((source.plan.finalBarSeconds + right - barSeconds * 1.1) / barSeconds))
      added = Continuation(plan: source.plan).behind(bars: plan.evenBars(bars))
      plan.finalBarSeconds = source.plan.finalBarSeconds + right - Double(plan.evenBars(bars)) * barSeconds
    }
    // In front: whole bars, of which the first takes what is left over.
    var front: [PlannedSection] = []
    if left > 0 {
      let fewest = plan.feel == .halfTime ? 2 : 1
      front = Continuation(plan: source.plan).inFront(bars: max(fewest, plan.evenBars(Int(left / barSeconds))))
    }
    let frontBars = front.reduce(0) { $0 + $1.bars }
    if let sheet, sheet.lineCount > 0 {
      var part = plan
      part.sections = added.isEmpty ? front : added
      part.usesVocal = false
      let dropped = part.setLines(of: sheet)
      if added.isEmpty { front = part.sections } else { added = part.sections }
      plan.usesVocal = plan.usesVocal || part.usesVocal
      plan.language = language ?? plan.language
      if dropped > 0 { plan.notices.append("The lyrics are longer than what is added: \(dropped) of their lines found no room.") }
    }
    plan.sections = (front + source.plan.sections + added).numbered
    plan.durationSeconds = total

    // The tune's chances stay, so that its motifs come back; the players' are new.
    let take = source.take.again(seed: seed, variance: 0.49)
    let shift = frontBars * bar
    var old = score.delayed(by: shift)
    let free = try compose(plan, take: take)
    let stays = shift..<(right > 0 ? join + shift : old.lengthTicks)
    // The harmony of what stays is the song's own, and what is added of a kind that the song has takes up its chords.
    old.lengthTicks = free.score.lengthTicks
    var sketch = free.score.spliced(with: old, in: stays)
    for section in sketch.sections where !stays.contains(section.startTick) {
      let model = old.sections.last { $0.kind == section.kind }
      if let model { sketch.recallChords(of: model, in: section, barTicks: bar, until: free.score.lengthTicks - bar) }
    }
    let harmony = sketch.chords
    let fresh = try compose(plan, take: take, keeping: Kept(chords: harmony))
    var result = fresh.score.spliced(with: old, in: stays)
    result.chords = harmony
    if frontBars > 0 {
      // A first bar too short to be played as such shares its time with the others.
      let first = left - Double(frontBars - 1) * barSeconds
      let slow = first > barSeconds * 0.5 ? 1 : frontBars
      let seconds = slow == 1 ? first : left / Double(frontBars)
      let quarters = Double(bar) / Double(Score.ticksPerQuarter)
      result.tempo =
        [TempoChange(tick: 0, quartersPerMinute: quarters * 60 / seconds)]
        + result.tempo.map { TempoChange(tick: max($0.tick, slow * bar), quartersPerMinute: $0.quartersPerMinute) }
    }
    var lines = source.lyricLines.map {
      LyricLine(text: $0.text, startTick: $0.startTick + shift, endTick: $0.endTick + shift)
    }
    lines += fresh.lyricLines.filter { !stays.contains($0.startTick) }
    lines.sort { $0.startTick < $1.startTick }
    let composition = Composition(
      score: result, lyricLines: lines, usesVocal: plan.usesVocal, notices: fresh.notices)
    // A song that slowed down before its last bar no longer does.
    let steady = score.tempo.first { $0.tick > 0 && $0.tick >= join - bar }?.tick ?? join
    let end = right > 0 ? score.seconds(atTick: steady) : source.plan.durationSeconds
    return Revision(
      composition: composition,
      manuscript: Manuscript(plan: plan, take: take, lyricLines: lines, caption: source.caption),
      keptSound: [KeptSound(seconds: 0..<end, startSeconds: left, fadesInside: true)])
  }

  /// Seconds; `api.md` 7.2.
  public static let longestSeconds = 600.0
}

/// What may come before and after a song.
private struct Continuation {
  let plan: SongPlan

  /// Choruses with a bridge or a verse between, the last of them before an ending.
  func behind(bars: Int) -> [PlannedSection] {
    guard bars > 0 else { return [] }
    let unit = max(1, Int((4 * plan.feel.barScale).rounded()))
    let outro = bars >= unit * 2 ? max(2, min(unit, bars / 3) / 2 * 2) : bars
    let strong: Section.Kind = plan.sections.contains { $0.kind == .chorus } ? .chorus : plan.sections.contains { $0.kind == .drop } ? .drop : .chorus
    let count = max(1, (bars - outro) / (unit * 2))
    let fromTheEnd = [strong, .bridge, strong, .verse]
    var kinds = (0..<count).reversed().map { fromTheEnd[$0 % 4] }
    if count > 1, kinds[0] == strong, plan.sections.last(where: { $0.kind != .outro })?.kind == strong { kinds[0] = .verse }
    var left = bars - outro
    var result: [PlannedSection] = []
    for (index, kind) in kinds.enumerated() where left > 0 {
      let length = index == 0 ? left - (count - 1) * unit * 2 : unit * 2
      result.append(section(kind, bars: length, keyShift: plan.sections.last?.keyShift ?? 0))
      left -= length
    }
    return result + [section(.outro, bars: outro, keyShift: plan.sections.last?.keyShift ?? 0)]
  }

  /// An introduction, and in front of it nothing; long ones grow in two steps.
  func inFront(bars: Int) -> [PlannedSection] {
    let unit = max(1, Int((4 * plan.feel.barScale).rounded()))
    guard bars >= unit * 3 else { return [section(.intro, bars: bars)] }
    let half = bars / 2 / unit * unit
    return [section(.intro, bars: bars - half), section(.interlude, bars: half)]
  }

  private func section(_ kind: Section.Kind, bars: Int, keyShift: Int = 0) -> PlannedSection {
    let model = plan.sections.last { $0.kind == kind }
    return PlannedSection(
      kind: kind, label: Energies.name(kind), bars: bars, energy: model?.energy ?? Energies.base(kind),
      lines: [], barsPerLine: 0, keyShift: keyShift)
  }
}

extension Score {
  /// Gives a section the chords of another, bar for bar, from its beginning again where that one is shorter.
  fileprivate mutating func recallChords(of model: Section, in section: Section, barTicks: Int, until end: Int) {
    for bar in 0..<section.bars {
      let target = section.startTick + bar * barTicks
      let source = model.startTick + bar % model.bars * barTicks
      guard target < end else { return }
      let shift = key(atTick: target).tonic.interval(above: key(atTick: source).tonic)
      var recalled = self
      recalled.chords = chords.map { span in
        var span = span
        span.startTick += target - source
        span.chord = span.chord.transposed(by: shift)
        return span
      }
      chords = spliced(with: recalled, in: target..<target + barTicks).chords
    }
  }
}

extension SongPlan {
  /// As many bars as the feel allows: with half time a felt bar is two written ones.
  fileprivate func evenBars(_ bars: Int) -> Int { feel == .halfTime ? bars / 2 * 2 : bars }
}

extension [PlannedSection] {
  /// "Verse 1", "Verse 2" where there are several of a kind.
  fileprivate var numbered: [PlannedSection] {
    var seen: [Section.Kind: Int] = [:]
    return map { section in
      var section = section
      let number = seen[section.kind, default: 0] + 1
      seen[section.kind] = number
      let isOnly = count { $0.kind == section.kind } == 1
      section.label = Energies.name(section.kind, .init(sectionName: section.label)) + (isOnly ? "" : " \(number)")
      return section
    }
  }
}
