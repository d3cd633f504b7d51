public import Music

/// Edits of finished songs (`score-engine.md` F). All are pure functions of the source's score and manuscript.
extension Composer {
  /// Another take of a song: the same plan, new chances. A cover stays one: what it has of its source's chords and tune is kept.
  /// - Parameter variance: 0 (the same take) ... 1 (independent).
  public func retake(_ score: Score, _ source: Manuscript, seed: UInt64, variance: Double) throws -> Revision {
    let take = source.take.again(seed: seed, variance: variance)
    let strength = source.coverStrength ?? 0
    let keepsHarmony = (variance < Take.harmonyDepth || strength > 0.1) && source.plan.form != .oneShot
    var kept = Kept(chords: keepsHarmony ? score.chords : nil)
    if strength > 0.5 {
      if let voice = score.parts.first(where: { $0.role == .vocal }) { kept.sung = voice.notes }
      if !source.plan.usesVocal { kept.tune = score.parts.first { $0.role == .melody }?.notes }
    }
    let composition = try compose(source.plan, take: take, keeping: kept)
    return Revision(
      composition: composition,
      manuscript: Manuscript(
        plan: source.plan, take: take, lyricLines: composition.lyricLines, caption: source.caption,
        coverStrength: source.coverStrength))
  }

  /// Writes a stretch of a song anew, in the words of a caption; everything outside stays, note for note.
  ///
  /// The harmony of the first and the last bar stays, so that the stretch joins on at both ends.
  /// - Parameters:
  ///   - seconds: where; an end beyond the song's is the song's.
  ///   - lyrics: for the lines that begin in the stretch; nil keeps their words.
  ///   - language: ISO 639-1, of the lyrics; nil reads them as the song's.
  public func repaint(
    _ score: Score, _ source: Manuscript, seconds: Range<Double>, caption: String, lyrics: String?,
    language: String? = nil, seed: UInt64
  ) throws -> Revision {
    try checkIsMusic(source, "repainted")
    guard seconds.lowerBound < source.plan.durationSeconds else {
      throw EditError.outside(startSeconds: seconds.lowerBound, durationSeconds: source.plan.durationSeconds)
    }
    let end = min(seconds.upperBound, source.plan.durationSeconds)
    let first = score.tick(atSeconds: seconds.lowerBound)
    let last = end >= source.plan.durationSeconds ? score.lengthTicks : score.tick(atSeconds: end)
    let ticks = first..<max(first + 1, last)
    var plan = planner.restyle(source.plan, caption: caption)
    var rewritten = 0
    if let lyrics {
      rewritten = plan.setLines(of: LyricSheet(lyrics), within: ticks)
      plan.language = language ?? plan.language
    }
    let take = source.take.again(seed: seed, variance: 1)
    let free = try compose(plan, take: take)
    let inner = innerTicks(ticks, of: plan)
    let chords = score.spliced(with: free.score, in: inner).chords
    let fresh = try compose(plan, take: take, keeping: Kept(chords: inner.isEmpty ? score.chords : chords))
    var result = score.spliced(with: fresh.score, in: ticks)
    result.chords = inner.isEmpty ? score.chords : chords
    var lines = source.lyricLines.filter { !ticks.contains($0.startTick) }
    lines += fresh.lyricLines.filter { ticks.contains($0.startTick) }
    lines.sort { $0.startTick < $1.startTick }
    var notices = fresh.notices
    if lyrics != nil, rewritten == 0 {
      notices.append("The lyrics are not used: no sung line begins in the part that is made anew.")
    }
    // The plan goes on describing what lies outside.
    var kept = source.plan
    kept.sections = plan.sections
    let composition = Composition(score: result, lyricLines: lines, usesVocal: plan.usesVocal, notices: notices)
    var sound: [KeptSound] = []
    if seconds.lowerBound > 0 {
      sound.append(KeptSound(seconds: 0..<seconds.lowerBound, startSeconds: 0, fadesInside: false))
    }
    if end < source.plan.durationSeconds {
      sound.append(KeptSound(seconds: end..<source.plan.durationSeconds, startSeconds: end, fadesInside: false))
    }
    return Revision(
      composition: composition,
      manuscript: Manuscript(
        plan: kept, take: source.take, lyricLines: lines, caption: source.caption, coverStrength: source.coverStrength),
      keptSound: sound)
  }

  /// The bars of a stretch whose harmony may change: all but the first and the last.
  private func innerTicks(_ ticks: Range<Int>, of plan: SongPlan) -> Range<Int> {
    let bar = plan.meter.ticksPerBar
    let last = plan.form == .song ? (plan.totalBars - 1) * bar : plan.totalBars * bar
    let start = (ticks.lowerBound + bar - 1) / bar * bar + bar
    let end = min(ticks.upperBound, last) / bar * bar - bar
    return end - start >= bar ? start..<end : start..<start
  }

  /// A song in other words, over the same bars: the harmony stays, and the tune wherever the new lyrics have as many
  /// syllables as the old ones.
  /// - Parameters:
  ///   - caption: nil keeps the style.
  ///   - lyrics: nil keeps the words.
  ///   - language: ISO 639-1, of the lyrics; nil leaves it to their look.
  ///   - onlyLyrics: the band plays on as it did.
  ///   - strength: 0...1, how much of the band is made anew (`edit_n_max` - `edit_n_min`).
  public func edit(
    _ score: Score, _ source: Manuscript, caption: String?, lyrics: String?, language: String? = nil, onlyLyrics: Bool,
    strength: Double, seed: UInt64
  ) throws -> Revision {
    try checkIsMusic(source, "edited")
    var plan = planner.restyle(source.plan, caption: caption ?? "")
    if let lyrics {
      let sheet = LyricSheet(lyrics)
      if sheet.lineCount == 0 {
        plan.notices.append("The new lyrics have no line to sing, so the words stay.")
      } else {
        let dropped = plan.setLines(of: sheet)
        if dropped > 0 {
          plan.notices.append("The lyrics are longer than the music: \(dropped) of their lines found no room.")
        }
        plan.language = language ?? LanguageGuess.language(of: lyrics) ?? plan.language
      }
    }
    let take = source.take.again(seed: seed, variance: strength)
    var kept = Kept(chords: score.chords)
    kept.sung = score.sungNotes
    let tune = score.parts.first { $0.role == .melody }
    if !plan.usesVocal { kept.tune = tune?.notes }
    var composition = try compose(plan, take: take, keeping: kept)
    if onlyLyrics {
      let voice = composition.score.parts.filter { $0.role == .vocal }
      // A tune that was played and is now sung leaves its player the interludes.
      let isTaken = !voice.isEmpty && !source.plan.usesVocal
      let lead = isTaken ? composition.score.parts.filter { $0.role == .melody } : []
      composition.score.parts = voice + lead + score.parts.filter { $0.role != .vocal && !(isTaken && $0.role == .melody) }
      composition.score.tempo = score.tempo
    }
    return Revision(
      composition: composition,
      manuscript: Manuscript(
        plan: plan, take: take, lyricLines: composition.lyricLines, caption: caption ?? source.caption))
  }

  func checkIsMusic(_ source: Manuscript, _ verb: String) throws(EditError) {
    guard source.plan.form != .oneShot else {
      throw .unsuited("A one-shot is a single sound, which can't be \(verb); make another one from its description.")
    }
  }
}

extension SongPlan {
  /// The words that are sung, under the names of their sections; nil where there are none.
  public var lyrics: String? {
    let sung = sections.filter { section in section.lines.contains { !$0.isEmpty } }
    guard !sung.isEmpty else { return nil }
    return sung.map { (["[\($0.label)]"] + $0.lines.filter { !$0.isEmpty }).joined(separator: "\n") }
      .joined(separator: "\n\n")
  }

  /// Where the lines of a section are sung, in ticks: one stretch a line.
  func slots(of index: Int) -> [Range<Int>] {
    let bar = meter.ticksPerBar
    let section = sections[index]
    guard section.barsPerLine > 0 else { return [] }
    let start = sections[..<index].reduce(0) { $0 + $1.bars } * bar
    let length = Int(Double(section.barsPerLine * bar) * feel.barScale)
    guard length > 0 else { return [] }
    return (0..<(section.bars * bar / length)).map { start + $0 * length..<start + ($0 + 1) * length }
  }

  /// Gives every section that is sung, or in a played song every section that could be, the lines of a stanza: of its
  /// own kind if there is one left, else of the next one.
  /// - Returns: how many lines found no room.
  mutating func setLines(of sheet: LyricSheet) -> Int {
    var stanzas = sheet.stanzas.filter { !$0.lines.isEmpty }
    let choruses = stanzas.filter { $0.kind == .chorus }
    var dropped = 0
    openToWords()
    for index in sections.indices where sections[index].barsPerLine > 0 {
      let kind = sections[index].kind
      let next = stanzas.firstIndex { $0.kind == kind } ?? stanzas.indices.first
      let stanza = next.map { stanzas.remove(at: $0) } ?? (kind == .chorus ? choruses.first : nil)
      let lines = stanza?.lines ?? []
      sections[index].setDelivery(stanza?.delivery)
      let room = slots(of: index).count
      dropped += max(0, lines.count - room)
      sections[index].lines = Array(lines.prefix(room))
    }
    usesVocal = sections.contains { !$0.lines.isEmpty }
    return dropped + stanzas.reduce(0) { $0 + $1.lines.count }
  }

  /// Gives the lines that begin within some ticks new words, in order.
  /// - Returns: how many lines were given.
  mutating func setLines(of sheet: LyricSheet, within ticks: Range<Int>) -> Int {
    var words = sheet.stanzas.flatMap(\.lines)[...]
    if !usesVocal { openToWords() }
    var given = 0
    for index in sections.indices {
      for (line, slot) in slots(of: index).enumerated() where ticks.contains(slot.lowerBound) {
        guard let text = words.popFirst() else { break }
        while sections[index].lines.count <= line { sections[index].lines.append("") }
        sections[index].lines[line] = text
        given += 1
      }
    }
    usesVocal = usesVocal || given > 0
    return given
  }

  /// Prepares the sections of a played song for words: so many bars a line as take about five seconds.
  private mutating func openToWords() {
    guard !sections.contains(where: { $0.barsPerLine > 0 }) else { return }
    let bar = Double(meter.feltBeats) * 60 / bpm * feel.barScale
    let bars = bar > 4.5 ? 1 : bar > 1.5 ? 2 : 4
    let sung: Set<Section.Kind> = [.verse, .preChorus, .chorus, .bridge]
    for index in sections.indices where sung.contains(sections[index].kind) { sections[index].barsPerLine = bars }
  }
}
