public import Music

extension Composer {
  /// A song of somebody's own score.
  ///
  /// A score of a tune alone, with chord symbols, is given a band that fits them; any other is played as it is.
  /// - Parameters:
  ///   - source: the manuscript of the song that the score was edited from, nil for a score from elsewhere.
  ///   - style: in whose words it is to be played; empty keeps the source's.
  ///   - lyrics: sung instead of the score's own words: a line with as many syllables as the one in its place keeps its
  ///     tune, others are given one over the score's chords. nil keeps the words.
  /// - Throws: `EditError.tooLong` beyond ten minutes; `ComposerError`.
  public func record(
    _ score: Score, _ source: Manuscript?, style: String, lyrics: String? = nil, seed: UInt64
  ) throws -> Revision {
    let revision = try recorded(score, source, style: style, seed: seed)
    guard let lyrics, revision.manuscript.plan.form == .song,
      LyricSheet(lyrics).words != revision.composition.lyricLines.map(\.text).joined(separator: " ").words
    else { return revision }
    var sung = try edit(
      revision.composition.score, revision.manuscript, caption: nil, lyrics: lyrics, onlyLyrics: true, strength: 0,
      seed: seed)
    sung.manuscript.caption = revision.manuscript.caption
    sung.composition.notices = revision.composition.notices + sung.composition.notices
    return sung
  }

  private func recorded(_ score: Score, _ source: Manuscript?, style: String, seed: UInt64) throws -> Revision {
    let bar = score.meter.ticksPerBar
    let seconds = score.seconds(atTick: score.lengthTicks)
    // A score of ours rings in its last bar; others are given time to.
    let tail = source == nil ? 1.5 : 0.002
    guard seconds + tail <= Self.longestSeconds else {
      throw EditError.tooLong(seconds: (seconds * 10).rounded() / 10, limit: Self.longestSeconds)
    }
    let quarters = score.tempo.first?.quartersPerMinute ?? 120
    let bpm = min(max(score.meter.bpm(quartersPerMinute: quarters), 30), 300)
    var plan: SongPlan
    if let source {
      plan = style.isEmpty ? source.plan : planner.restyle(source.plan, caption: style)
    } else {
      plan = try self.plan(
        CompositionBrief(
          caption: style, instrumental: true, bpm: bpm, key: score.key, meter: score.meter,
          durationSeconds: min(max(seconds, 1), 600), seed: seed))
    }
    (plan.key, plan.meter, plan.bpm, plan.durationSeconds) = (score.key, score.meter, bpm, seconds + tail)
    let bars = max(1, score.lengthTicks / bar)
    if score.lengthTicks != plan.totalBars * bar || plan.sections.map(\.label) != score.sections.map(\.label) {
      plan.sections = Self.sections(of: score, bars: bars)
    }
    plan.finalBarSeconds = seconds - score.seconds(atTick: max(0, score.lengthTicks - bar))
    plan.form = plan.form == .oneShot ? .song : plan.form
    plan.usesVocal = score.parts.contains { $0.role == .vocal }
    let lines = score.lyricLines
    var played = score
    let isTuneAlone = score.parts.allSatisfy { $0.role == .vocal || $0.role == .melody }
    let take = source?.take ?? Take(seed: seed)
    if isTuneAlone, !score.chords.isEmpty, plan.form == .song, bars > 1 {
      var kept = Kept(chords: score.chords)
      kept.tune = score.parts.first?.notes
      var accompanied = plan
      accompanied.usesVocal = false
      let band = try compose(accompanied, take: take, keeping: kept).score
      played.parts += band.parts.filter { part in
        part.role != .melody && part.role != .vocal && !score.parts.contains { $0.id == part.id }
      }
    }
    let composition = Composition(
      score: played, lyricLines: lines, usesVocal: plan.usesVocal, notices: source == nil ? [] : plan.notices)
    return Revision(
      composition: composition,
      manuscript: Manuscript(
        plan: plan, take: take, lyricLines: lines, caption: style.isEmpty ? source?.caption ?? "" : style))
  }

  /// The last bar is the final one, which no section counts.
  private static func sections(of score: Score, bars: Int) -> [PlannedSection] {
    guard !score.sections.isEmpty else {
      return [PlannedSection(kind: .verse, label: "Verse", bars: max(1, bars - 1), energy: 0.6)]
    }
    let bar = score.meter.ticksPerBar
    return score.sections.enumerated().compactMap { index, section in
      let end = index + 1 < score.sections.count ? score.sections[index + 1].startTick : score.lengthTicks - bar
      let count = (end - section.startTick) / bar
      return count > 0
        ? PlannedSection(kind: section.kind, label: section.label, bars: count, energy: section.energy) : nil
    }
  }
}

extension LyricSheet {
  /// The words of all lines, in order.
  fileprivate var words: [String] { stanzas.flatMap(\.lines).joined(separator: " ").words }
}

extension String {
  fileprivate var words: [String] { lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init) }
}

extension Score {
  /// The lines that are sung.
  fileprivate var lyricLines: [LyricLine] {
    let singers = parts.filter { $0.role == .vocal }
    guard var lines = singers.first.map(Self.lines) else { return [] }
    for adLib in singers.dropFirst().flatMap(Self.lines) {
      if let index = lines.lastIndex(where: { $0.startTick <= adLib.startTick }) {
        lines[index].text += " (\(adLib.text))"
        lines[index].endTick = max(lines[index].endTick, adLib.endTick)
      } else {
        lines.insert(adLib, at: 0)
      }
    }
    return lines
  }

  private static func lines(of voice: Part) -> [LyricLine] {
    voice.lyricLines.compactMap { line in
      guard let first = voice.notes[line].first, let last = voice.notes[line].last else { return nil }
      let text = voice.text(ofLine: line)
      return text.isEmpty
        ? nil : LyricLine(text: text, startTick: first.startTick, endTick: last.startTick + last.durationTicks)
    }
  }
}
