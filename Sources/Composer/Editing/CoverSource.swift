public import Music

/// A piece of music that a cover is made of: as its score has it, or as it was heard. Ticks count from its first bar.
public struct CoverSource: Sendable, Hashable {
  /// Felt beats a minute.
  public var bpm: Double
  public var key: Key
  public var meter: Meter
  public var feel: SongPlan.Feel
  /// The form, with the words of its lines; the final bar follows the last one.
  public var sections: [PlannedSection]
  /// How long the final bar rings.
  public var finalBarSeconds: Double
  /// The recording's.
  public var durationSeconds: Double
  /// Of the whole piece, in order; empty where none are known.
  public var chords: [ChordSpan]
  /// What is sung, else the leading part.
  public var tune: [Note]
  /// Where the tempo is not steady: the whole map.
  public var tempo: [TempoChange]?
  /// ISO 639-1 of the words.
  public var language: String?

  /// - Parameter outline: kind, whole bars and energy (0 ... 1) of each section, in order.
  public init(
    bpm: Double, key: Key, meter: Meter, outline: [(kind: Section.Kind, bars: Int, energy: Double)], finalBarSeconds: Double,
    durationSeconds: Double, chords: [ChordSpan], tune: [Note], tempo: [TempoChange]? = nil, language: String? = nil
  ) {
    (self.bpm, self.key, self.meter) = (bpm, key, meter)
    feel = .normal
    var seen: [Section.Kind: Int] = [:]
    sections = outline.filter { $0.bars > 0 }.map { part in
      seen[part.kind, default: 0] += 1
      let number = seen[part.kind] ?? 1
      let isOnly = outline.count { $0.kind == part.kind } == 1
      return PlannedSection(
        kind: part.kind, label: Energies.name(part.kind) + (isOnly ? "" : " \(number)"), bars: part.bars,
        energy: min(max(part.energy, 0.1), 1))
    }
    self.finalBarSeconds = finalBarSeconds
    self.durationSeconds = durationSeconds
    self.chords = chords
    self.tune = tune
    self.tempo = tempo
    self.language = language
  }

  /// A song that was composed here.
  /// - Throws: `EditError.unsuited` for a one-shot.
  public init(_ score: Score, _ manuscript: Manuscript) throws {
    let plan = manuscript.plan
    guard plan.form != .oneShot else {
      throw EditError.unsuited("A one-shot is a single sound, which can't be covered; make another one from its description.")
    }
    (bpm, key, meter, feel) = (plan.bpm, score.key, score.meter, plan.feel)
    sections = plan.sections
    durationSeconds = plan.durationSeconds
    finalBarSeconds = plan.finalBarSeconds
    if plan.form == .loop, let last = sections.indices.last {
      // Its last bar becomes the one in which the cover ends.
      finalBarSeconds = Double(plan.meter.feltBeats) * 60 / plan.bpm
      if sections[last].bars > 1 { sections[last].bars -= 1 } else { durationSeconds += finalBarSeconds }
    }
    chords = score.chords
    let lead = score.parts.first { $0.role == .vocal } ?? score.parts.first { $0.role == .melody }
    tune = lead?.notes ?? []
    language = plan.language
  }

  /// Gives the sections the lines that are sung in them, each from its bar on: a line takes as many bars as let all have their own.
  /// - Parameter lines: texts and the ticks at which they begin.
  public mutating func setLines(_ lines: [(text: String, startTick: Int)]) {
    let bar = meter.ticksPerBar
    var start = 0
    for index in sections.indices {
      let end = start + sections[index].bars * bar
      // A pick-up belongs to the bar that it leads to.
      let own = lines.filter { $0.startTick + bar / 3 >= start && $0.startTick + bar / 3 < end }
      if !own.isEmpty {
        func slots(_ bars: Int) -> [Int] {
          own.map { min(max(0, ($0.startTick + bar / 3 - start) / (bar * bars)), max(0, sections[index].bars / bars - 1)) }
        }
        let bars = [4, 2, 1].first { bars in
          bars <= sections[index].bars && Set(slots(bars)).count == own.count && Double(bars) * barSeconds < 8
        } ?? 1
        var texts = [String](repeating: "", count: sections[index].bars / bars)
        for (line, slot) in zip(own, slots(bars)) { texts[slot] += (texts[slot].isEmpty ? "" : " ") + line.text }
        sections[index].lines = texts
        sections[index].barsPerLine = bars
      }
      start = end
    }
  }

  private var barSeconds: Double { Double(meter.feltBeats) * 60 / bpm }

  var hasWords: Bool { sections.contains { section in section.lines.contains { !$0.isEmpty } } }
  /// All words, a line each.
  var words: String { sections.flatMap(\.lines).filter { !$0.isEmpty }.joined(separator: "\n") }
}
