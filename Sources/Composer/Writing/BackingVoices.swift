import Music

extension SongWriter {
  /// The singer, who calls what stands in brackets, and who sings along.
  func voices(_ sung: MelodyWriter.Result, lead: Band.Player, harmony: Harmony) -> [Part] {
    let instrument = plan.singer ?? lead.instrument
    var (melody, adLibs) = (sung.notes, [Note]())
    // Where all is in brackets nothing is.
    if case .voice = instrument, sung.notes.contains(where: { !sung.adLibs.contains($0.startTick) }) {
      adLibs = melody.filter { sung.adLibs.contains($0.startTick) }
      melody.removeAll { sung.adLibs.contains($0.startTick) }
    }
    var parts = [
      Part(
        id: "vocal", name: plan.singer == nil ? "Vocal melody" : "Voice", role: .vocal, instrument: instrument, notes: melody,
        gainDecibels: lead.part.gain ?? 0)
    ]
    if !adLibs.isEmpty {
      parts.append(
        Part(
          id: "ad-libs", name: "Ad-libs", role: .vocal, instrument: instrument, notes: adLibs, pan: 0.35,
          gainDecibels: (lead.part.gain ?? 0) - 3))
    }
    let tune = melody.filter { [nil, .sung].contains(frame.section(atTick: $0.startTick)?.delivery) }
    return parts + [harmonyVoice(under: tune, harmony: harmony), doubleVoice(of: tune)].compactMap { $0 }
  }

  /// A second voice a third below the tune, with its words, from the second chorus on.
  private func harmonyVoice(under melody: [Note], harmony: Harmony) -> Part? {
    var random = frame.random("harmony voice")
    guard case .voice(let kind, .sung) = plan.singer, random.chance(0.7) else { return nil }
    let notes = CounterMelodyWriter(frame: frame, harmony: harmony, range: kind.range)
      .doubling(melody, inThirds: true, isSung: true) { _ in true }
      .filter { kind.range.contains($0.pitch.midi) }
    guard !notes.isEmpty else { return nil }
    return Part(
      id: "harmony", name: "Harmony voice", role: .counterMelody, instrument: .voice(kind), notes: notes, pan: -0.25)
  }

  /// The singer once more, twice, in strong choruses: `ScoreSinger` sings what is in unison with the lead left and right of it.
  private func doubleVoice(of melody: [Note]) -> Part? {
    var random = frame.random("double voice")
    guard case .voice(let kind, .sung) = plan.singer, random.chance(0.85) else { return nil }
    let notes = melody.filter { note in
      guard let section = frame.section(atTick: note.startTick) else { return false }
      return [.chorus, .drop].contains(section.kind) && section.energy >= 0.7
    }
    guard notes.contains(where: { $0.syllable != nil }) else { return nil }
    return Part(
      id: "double", name: "Double voices", role: .counterMelody, instrument: .voice(kind), notes: notes, gainDecibels: -4)
  }
}
