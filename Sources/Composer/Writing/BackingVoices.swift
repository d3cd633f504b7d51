import Music

extension SongWriter {
  /// The singer once more, twice, in strong choruses: `ScoreSinger` sings what is in unison with the lead left and right of it.
  func doubleVoice(of melody: [Note]) -> Part? {
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
