import Music

/// Writes a whole song from its plan: harmony, lead, band, transitions, ending.
struct SongWriter {
  let style: Style
  let plan: SongPlan
  let frame: SongFrame
  let catalogue: InstrumentCatalogue
  let syllables: SyllableReader
  var kept = Kept()
  /// `Composer.check`.
  var check: () throws -> Void = {}

  func write() throws -> Composition {
    var band = frame.random("band")
    let players = Band(style: style, plan: plan, catalogue: catalogue, random: &band).players
    // The harmony that makes the asked key plainest to a listener; later attempts lean on the tonic more.
    var best: (clarity: Double, composition: Composition)?
    for attempt in 0..<6 {
      let composition = try write(players: players, attempt: attempt)
      let clarity = KeyProfile(score: composition.score).clarity(of: plan.key)
      if best.map({ clarity > $0.clarity }) ?? true { best = (clarity, composition) }
      if clarity > 0.06 || kept.chords != nil { break }
    }
    guard var composition = best?.composition else { preconditionFailure("several attempts give at least one song") }
    Performer(frame: frame, style: style, ending: Ending(style: style, plan: plan, frame: frame)).perform(&composition.score)
    return composition
  }

  /// The notes, not yet performed.
  private func write(players: [Band.Player], attempt: Int) throws -> Composition {
    let ending = Ending(style: style, plan: plan, frame: frame)
    let kept = kept.unshifted(frame)
    let harmony = try kept.harmony ?? HarmonyWriter(style: style, frame: frame, attempt: attempt).write()
    let lead = players.first { $0.role == .melody }
    let leadRange = lead?.range ?? style.melody.range[0]...style.melody.range[1]
    try check()
    let melodyWriter = MelodyWriter(
      style: style, frame: frame, harmony: harmony, range: plan.usesVocal ? vocalRange : leadRange,
      language: plan.language, syllables: syllables, kept: kept)
    let sung = melodyWriter.write(sung: plan.usesVocal)
    var parts = plan.usesVocal ? lead.map { voices(sung, lead: $0, harmony: harmony) } ?? [] : []
    var ids: Set<String> = ["vocal", "ad-libs", "harmony", "double"]
    for player in players {
      try check()
      var notes: [Note]
      switch player.role {
      case .melody:
        notes = plan.usesVocal ? interludes(player, harmony: harmony, hook: sung.hook) : sung.notes
      case .counterMelody: notes = counterMelody(player, harmony: harmony, melody: sung.notes)
      case .bass: notes = bass(player, harmony: harmony, lead: sung.notes)
      case .drums, .percussion: notes = drums(player)
      case .chords, .pad, .arpeggio, .vocal: notes = comping(player, harmony: harmony)
      case .effects: notes = effects()
      }
      if player.role != .melody, player.role != .effects { dropOut(&notes) }
      guard !notes.isEmpty else { continue }
      var id = player.id
      var number = 2
      while ids.contains(id) { (id, number) = ("\(player.id)-\(number)", number + 1) }
      ids.insert(id)
      parts.append(
        Part(
          id: id, name: player.name, role: player.role, instrument: player.instrument, notes: notes,
          pan: player.part.pan ?? 0, gainDecibels: player.part.gain ?? 0))
    }
    var score = Score(
      title: plan.title, key: plan.key, meter: plan.meter, tempo: ending.tempo, sections: sections, chords: harmony.spans,
      parts: parts, lengthTicks: frame.lengthTicks, language: plan.usesVocal ? plan.language : nil)
    Modulator(frame: frame).apply(to: &score)
    return Composition(score: score, lyricLines: sung.lines, usesVocal: plan.usesVocal, notices: plan.notices)
  }

  private var sections: [Section] {
    var result = zip(plan.sections, frame.sections).map { planned, felt in
      Section(
        kind: planned.kind, label: planned.label, startTick: felt.startTick, bars: planned.bars,
        energy: planned.energy)
    }
    // The final bar belongs to the last section.
    if frame.finalTick != nil {
      if result.isEmpty {
        result = [Section(kind: .outro, label: "Ending", startTick: 0, bars: 1, energy: 0.6)]
      } else {
        result[result.count - 1].bars += 1
      }
    }
    return result
  }

  /// Where the singer is at home; alto to mezzo where an instrument takes the part.
  private var vocalRange: ClosedRange<Int> {
    if case .voice(let kind, _) = plan.singer { return kind.range }
    let low = style.melody.range[0]
    return max(55, min(low, 62))...max(74, min(style.melody.range[1], 76))
  }

  // MARK: Parts

  /// The band leaves half a bar in front of the last chorus, where the style does so.
  private func dropOut(_ notes: inout [Note]) {
    guard style.transitions.contains("dropout"), let silence = frame.dropOut else { return }
    notes.removeAll { silence.contains($0.startTick) }
    for index in notes.indices where notes[index].startTick < silence.lowerBound {
      notes[index].durationTicks = min(notes[index].durationTicks, silence.lowerBound - notes[index].startTick)
    }
  }

  private func interludes(_ player: Band.Player, harmony: Harmony, hook: MelodyWriter.Motif?) -> [Note] {
    let writer = MelodyWriter(
      style: style, frame: frame, harmony: harmony, range: player.range, language: nil, syllables: .spelling, kept: Kept())
    let free = frame.sections.filter { $0.lines.isEmpty && $0.kind != .build }
    return writer.write(sung: false, hook: hook).notes.filter { note in
      free.contains { $0.startTick <= note.startTick && note.startTick < $0.startTick + $0.bars * frame.barTicks }
        || note.startTick == frame.finalTick
    }
  }

  private func counterMelody(_ player: Band.Player, harmony: Harmony, melody: [Note]) -> [Note] {
    var random = frame.random("counter \(player.id)")
    let writer = CounterMelodyWriter(frame: frame, harmony: harmony, range: player.range)
    switch player.part.pattern?.values.first {
    case "guide": return writer.guideTones(active: player.plays)
    case "double": return writer.doubling(melody, inThirds: false, active: player.plays)
    case "thirds": return writer.doubling(melody, inThirds: true, active: player.plays)
    default: return writer.answers(to: melody, active: player.plays, random: &random)
    }
  }

  private func bass(_ player: Band.Player, harmony: Harmony, lead: [Note]) -> [Note] {
    var random = frame.random("bass \(player.id)")
    let writer = BassWriter(frame: frame, harmony: harmony, range: player.range, gate: player.part.gate ?? 0.94, lead: lead)
    var notes: [Note] = []
    eachSection(player, random: &random) { steps, section, random in
      writer.write(steps, section: section, random: &random, into: &notes)
    }
    if let final = frame.finalTick, plays(atEnd: player) {
      notes.append(
        Note(
          startTick: final, durationTicks: frame.lengthTicks - final,
          pitch: Pitch(midi: writer.root(frame.key.tonic, last: nil)), velocity: 92))
    }
    return notes
  }

  private func comping(_ player: Band.Player, harmony: Harmony) -> [Note] {
    var random = frame.random("comping \(player.id)")
    var writer = CompingWriter(
      frame: frame, harmony: harmony, voicer: Voicer(layout: player.layout, range: player.range),
      gate: player.part.gate ?? 0.95, strumTicks: frame.ticks(milliseconds: player.part.strum ?? 0))
    var notes: [Note] = []
    eachSection(player, random: &random) { steps, section, _ in
      writer.write(steps, section: section, into: &notes)
    }
    if let final = frame.finalTick {
      notes += finalChord(player, harmony: harmony, keys: writer.keys(span: harmony.index(atTick: final)))
    }
    return notes.sorted { ($0.startTick, $0.pitch.midi) < ($1.startTick, $1.pitch.midi) }
  }

  private func finalChord(_ player: Band.Player, harmony: Harmony, keys: [Int]) -> [Note] {
    guard let final = frame.finalTick, plays(atEnd: player) else { return [] }
    let strum = frame.ticks(milliseconds: player.part.strum ?? 0)
    return keys.enumerated().map { index, key in
      Note(
        startTick: final, durationTicks: frame.lengthTicks - final, pitch: Pitch(midi: key), velocity: 82,
        nudgeTicks: index * strum)
    }
  }

  /// Whoever plays in the last section strikes the last chord; in the shortest pieces everyone does.
  private func plays(atEnd player: Band.Player) -> Bool {
    frame.sections.last.map(player.plays) ?? true
  }

  private func drums(_ player: Band.Player) -> [Note] {
    var random = frame.random("drums \(player.id)")
    let isKit = player.role == .drums
    let grooves = (isKit ? style.drums.grooves : style.percussion ?? [:])[frame.meter.name] ?? []
    return DrumWriter(frame: frame, style: style, leads: isKit)
      .write(grooves, active: player.plays, random: &random)
  }

  /// A riser through the last bar before sections that are much stronger.
  private func effects() -> [Note] {
    zip(frame.sections, frame.sections.dropFirst()).compactMap { section, next in
      guard next.energy - section.energy >= 0.15, next.energy >= 0.7, section.bars >= 2 else { return nil }
      let length = frame.barSeconds < 1.4 ? frame.barTicks * 2 : frame.barTicks
      return Note(
        startTick: next.startTick - length, durationTicks: length, pitch: Pitch(midi: 60),
        velocity: Int(70 + 30 * next.energy))
    }
  }

  private func eachSection(
    _ player: Band.Player, random: inout Random,
    _ body: (StepBars, SongFrame.FeltSection, inout Random) -> Void
  ) {
    let names = player.part.pattern?.values ?? [player.role == .bass ? "bass-root-hold" : "hold"]
    let name = random.pick(names)
    var chosen: [String: StepBars] = [:]
    for section in frame.sections {
      // Drawn for every section, so that one that is silent changes nothing later.
      let draw = random.unit()
      guard player.plays(in: section) else { continue }
      let key = "\(section.kind.rawValue) \(Int(section.energy * 10) / 2)"
      let steps = chosen[key] ?? pattern(name, energy: section.energy, draw: draw)
      chosen[key] = steps
      body(steps, section, &random)
    }
  }

  private func pattern(_ name: String, energy: Double, draw: Double) -> StepBars {
    let fallback = name.hasPrefix("bass") ? "1---" : "="
    let list = style.patterns[name]?[frame.meter.name] ?? [Pattern(steps: fallback)]
    let fitting = list.filter { $0.energy.spans(energy) }
    let pool = fitting.isEmpty ? list : fitting
    var left = draw * pool.reduce(0) { $0 + $1.weight }
    for pattern in pool {
      left -= pattern.weight
      if left < 0 { return StepBars(pattern.steps) }
    }
    return StepBars(pool.last?.steps ?? fallback)
  }
}
