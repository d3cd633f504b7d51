public import Music

extension Composer {
  /// Does to a stretch of a score what a sentence asks (`api.md` 20.4). Outside the stretch nothing changes.
  /// - Parameters:
  ///   - bars: counted from 1; nil for all.
  ///   - allowsTempoChange: a tempo is the whole song's, wherever the stretch lies.
  /// - Throws: `EditError` with what can be asked for, or why this can't be done.
  public func revise(
    _ score: Score, _ source: Manuscript, instruction: String, bars: [ClosedRange<Int>]?, allowsTempoChange: Bool, seed: UInt64
  ) throws -> Revision {
    let bar = score.meter.ticksPerBar
    let stretches = bars?.map { ($0.lowerBound - 1) * bar..<min($0.upperBound * bar, score.lengthTicks) } ?? [0..<score.lengthTicks]
    var result = Revision(composition: Composition(score: score, lyricLines: source.lyricLines, usesVocal: source.plan.usesVocal, notices: []), manuscript: source)
    for ticks in stretches where !ticks.isEmpty {
      result = try revise(
        result.composition.score, result.manuscript, instruction: instruction, in: ticks,
        allowsTempoChange: allowsTempoChange, seed: seed)
      // A tempo is changed once, for all.
      if result.manuscript.plan.bpm != source.plan.bpm { break }
    }
    return result
  }

  private func revise(
    _ score: Score, _ source: Manuscript, instruction: String, in ticks: Range<Int>, allowsTempoChange: Bool, seed: UInt64
  ) throws -> Revision {
    try checkIsMusic(source, "revised")
    guard let asked = Instruction(instruction, lexicon: planner.lexicon) else {
      throw EditError.unsuited("“\(instruction)” is not understood. \(Instruction.help)")
    }
    var score = score
    var plan = source.plan
    plan.notices = []
    let before = score
    let note: String
    switch asked {
    case .transpose(let semitones):
      note = transpose(&score, by: semitones, in: ticks)
      if ticks.lowerBound == 0, ticks.upperBound >= score.lengthTicks { plan.key = score.key }
    case .moveTo(let key):
      score.move(to: key, in: ticks)
      if ticks.lowerBound == 0, ticks.upperBound >= score.lengthTicks { plan.key = key }
      note = "Moved to \(key.name)."
    case .reharmonise:
      var random = Random(seed: seed, "reharmonise")
      let chords = ChordFinder(score: score, ticks: ticks).chords(random: &random)
      guard chords != score.chords else { throw EditError.unsuited("The tune leaves no other harmony here.") }
      score = try accompanied(score, plan, source.take, chords: chords, in: ticks) { $0.role != .vocal && $0.role != .melody }
      note = "Another harmony under the same tune."
    case .newMelody:
      let fresh = try compose(
        plan, take: source.take.again(seed: seed, variance: 0.7), keeping: Kept(chords: score.chords)
      ).score
      score = score.replacing(with: fresh, in: ticks) { $0.role == .vocal || $0.role == .melody }
      note = "Another melody over the same harmony."
    case .simpler(let names), .busier(let names):
      let isBusier = if case .busier = asked { true } else { false }
      for index in plan.sections.indices {
        plan.sections[index].energy = min(max(plan.sections[index].energy + (isBusier ? 0.3 : -0.3), 0.1), 1)
      }
      let all = names.isEmpty
      score = try accompanied(score, plan, source.take, chords: score.chords, in: ticks) { part in
        all ? part.role != .vocal && part.role != .melody : names.contains { self.answers(part, to: $0) }
      }
      if score == before { score.thin(in: ticks, busier: isBusier) { part in all || names.contains { self.answers(part, to: $0) } } }
      plan = source.plan
      note = isBusier ? "Busier." : "Simpler."
    case .replace(let old, let new):
      note = try replace(old, with: new, in: &score, ticks: ticks)
    case .add(let names):
      var wider = plan
      wider.instrumentsAsked += names.filter { !wider.instrumentsAsked.contains($0) }
      wider.instrumentsExcluded.removeAll { names.contains($0) }
      let fresh = try compose(wider, take: source.take, keeping: kept(score, wider)).score
      let parts = fresh.parts.filter { part in names.contains { answers(part, to: $0) } }
      guard !parts.isEmpty else { throw EditError.unsuited("\(names.joined(separator: ", ")) can't be added to this style.") }
      var added = score
      added.parts = parts
      // What is already there stays; only what is new comes in.
      score = Score.joined(score, added, in: ticks)
      guard score != before else {
        throw EditError.unsuited("\(parts.map(\.name).joined(separator: ", ")) already plays here, or has nothing to play here.")
      }
      note = "Added \(parts.map(\.name).joined(separator: ", "))."
    case .remove(let names):
      note = try remove(names, from: &score, ticks: ticks)
    case .tempo(let bpm, let factor):
      guard allowsTempoChange else {
        throw EditError.unsuited("This changes the tempo: send allow_tempo_change to allow it.")
      }
      let target = (bpm ?? plan.bpm * factor).rounded()
      guard (30...300).contains(target) else { throw EditError.unsuited("The tempo would be \(target.formatted) BPM; it must be from 30 to 300.") }
      for index in score.tempo.indices { score.tempo[index].quartersPerMinute *= target / plan.bpm }
      plan.finalBarSeconds *= plan.bpm / target
      plan.bpm = target
      plan.durationSeconds = score.seconds(atTick: score.lengthTicks) + 0.002
      note = "The tempo is \(target.formatted) BPM now."
    case .louder(let names), .softer(let names):
      let isLouder = if case .louder = asked { true } else { false }
      score.change(in: ticks, where: { part in names.isEmpty || names.contains { self.answers(part, to: $0) } }) { note in
        note.velocity = min(max(note.velocity + (isLouder ? 18 : -18), 12), 126)
      }
      note = isLouder ? "Played louder." : "Played softer."
    }
    guard score != before else { throw EditError.unsuited("“\(instruction)” changes nothing here. \(Instruction.help)") }
    let composition = Composition(
      score: score, lyricLines: source.lyricLines, usesVocal: plan.usesVocal, notices: plan.notices)
    let manuscript = Manuscript(plan: plan, take: source.take, lyricLines: source.lyricLines, caption: source.caption)
    return Revision(composition: composition, manuscript: manuscript, note: note)
  }

  /// What can be asked for, where a sentence asks for nothing that `revise` can do.
  public func complaint(aboutInstruction instruction: String) -> String? {
    Instruction(instruction, lexicon: planner.lexicon) == nil ? "“\(instruction)” is not understood. \(Instruction.help)" : nil
  }

  private func kept(_ score: Score, _ plan: SongPlan, chords: [ChordSpan]? = nil) -> Kept {
    var kept = Kept(chords: chords ?? score.chords)
    kept.sung = score.sungNotes
    if !plan.usesVocal { kept.tune = score.parts.first { $0.role == .melody }?.notes }
    return kept
  }

  /// The score with the parts that `changes` names composed anew over these chords.
  private func accompanied(
    _ score: Score, _ plan: SongPlan, _ take: Take, chords: [ChordSpan], in ticks: Range<Int>, changes: (Part) -> Bool
  ) throws -> Score {
    let fresh = try compose(plan, take: take, keeping: kept(score, plan, chords: chords)).score
    var result = score.replacing(with: fresh, in: ticks, where: changes)
    result.chords = chords
    return result
  }

  private func answers(_ part: Part, to name: String) -> Bool {
    switch part.role {
    case .drums, .percussion: if name == "drums" { return true }
    case .bass: if name == "bass" { return true }
    default: break
    }
    guard let entry = catalogue.entry(for: part.instrument) else { return false }
    return entry.name == name || entry.families.contains(name)
  }

  private func transpose(_ score: inout Score, by semitones: Int, in ticks: Range<Int>) -> String {
    let word = "\(abs(semitones)) semitone\(abs(semitones) == 1 ? "" : "s") \(semitones > 0 ? "up" : "down")"
    if semitones % 12 == 0 {
      score.change(in: ticks, where: { $0.role == .vocal || $0.role == .melody }) { $0.pitch = $0.pitch.folded(by: semitones) }
      return "The leading part is \(word)."
    }
    score.transpose(by: semitones, in: ticks)
    return "Transposed \(word)."
  }

  private func replace(_ old: [String], with new: String, in score: inout Score, ticks: Range<Int>) throws -> String {
    guard let entry = catalogue[new] else { throw EditError.unsuited("There is no instrument “\(new)”.") }
    let indices = score.parts.indices.filter { index in old.contains { answers(score.parts[index], to: $0) } }
    guard !indices.isEmpty else {
      throw EditError.unsuited("There is no \(old.joined(separator: " or ")) in this score; it has \(score.partNames).")
    }
    for index in indices.reversed() {
      var part = score.parts[index]
      let isDrums = part.role == .drums || part.role == .percussion
      let wantsDrums = entry.roles.allSatisfy { $0 == .drums || $0 == .percussion }
      guard isDrums == wantsDrums else {
        throw EditError.unsuited("\(part.name) and \(entry.shown) can't take each other's notes.")
      }
      part.notes = part.notes.filter { ticks.contains($0.startTick) }
      part.controls = part.controls.filter { ticks.contains($0.tick) }
      guard !part.notes.isEmpty else { continue }
      if !isDrums { part.notes = part.notes.moved(into: entry.range) }
      (part.instrument, part.name) = (entry.instrument, entry.shown)
      let stays = score.parts[index].notes.filter { !ticks.contains($0.startTick) }
      if stays.isEmpty {
        score.parts[index] = part
      } else {
        score.parts[index].notes = stays
        part.id = score.freeID(entry.name.split(separator: " ").joined(separator: "-"))
        score.parts.insert(part, at: index + 1)
      }
    }
    return "\(entry.shown) instead of \(old.joined(separator: ", "))."
  }

  private func remove(_ names: [String], from score: inout Score, ticks: Range<Int>) throws -> String {
    var removed: [String] = []
    for index in score.parts.indices.reversed() where names.contains(where: { answers(score.parts[index], to: $0) }) {
      let count = score.parts[index].notes.count
      score.parts[index].notes.removeAll { ticks.contains($0.startTick) }
      if score.parts[index].notes.count < count { removed.append(score.parts[index].name) }
      if score.parts[index].notes.isEmpty { score.parts.remove(at: index) }
    }
    guard !score.parts.isEmpty else { throw EditError.unsuited("Nothing would be left to play.") }
    guard !removed.isEmpty else {
      throw EditError.unsuited("There is no \(names.joined(separator: " or ")) here; the score has \(score.partNames).")
    }
    return "Without \(removed.reversed().joined(separator: ", "))."
  }
}
