import Music

/// Writes a single hit, note, chord or phrase.
struct OneShotWriter {
  let style: Style
  let plan: SongPlan
  let frame: SongFrame
  let catalogue: InstrumentCatalogue

  func write() throws -> Composition {
    var random = frame.random("band")
    let players = Band(style: style, plan: plan, catalogue: catalogue, random: &random).players
    let harmony = try HarmonyWriter(style: style, frame: frame, attempt: 0).write()
    let part: Part =
      switch plan.oneShot ?? .note {
      case .drum(let key): drum(key, players: players)
      case .note: tonal(players, keys: { [tonic(in: $0)] })
      case .chord:
        tonal(players) { range in
          var voicer = Voicer(layout: .close, range: max(48, range.lowerBound)...max(72, range.lowerBound + 24))
          return voicer.voice(harmony.tonic)
        }
      case .phrase: phrase(players, harmony: harmony)
      }
    var score = Score(
      title: plan.title, key: plan.key, meter: plan.meter,
      tempo: [
        TempoChange(
          tick: 0,
          quartersPerMinute: Double(plan.meter.ticksPerBar) / Double(Score.ticksPerQuarter) * 60
            / plan.finalBarSeconds)
      ],
      sections: [Section(kind: .outro, label: "One-shot", startTick: 0, bars: 1, energy: 0.8)],
      chords: harmony.spans, parts: [part], lengthTicks: frame.lengthTicks)
    score.parts[0].notes = score.parts[0].notes.map { note in
      var note = note
      note.durationTicks = max(20, min(note.durationTicks, frame.lengthTicks * 17 / 20 - note.startTick))
      return note
    }
    return Composition(score: score, lyricLines: [], usesVocal: false, notices: plan.notices)
  }

  private func drum(_ key: Int, players: [Band.Player]) -> Part {
    let kit = players.first { $0.role == .drums }
    return Part(
      id: "drums", name: kit?.name ?? "Drums", role: .drums, instrument: kit?.instrument ?? .drumKit(0),
      notes: [Note(startTick: 0, durationTicks: frame.lengthTicks, pitch: Pitch(midi: key), velocity: 112)])
  }

  /// The asked instrument, else a harmony instrument, else the lead.
  private func soloist(_ players: [Band.Player]) -> Band.Player? {
    let pitched = players.filter { ![.drums, .percussion, .effects].contains($0.role) }
    return pitched.first { $0.isAsked } ?? pitched.first { $0.role == .chords } ?? pitched.first
  }

  private func tonal(_ players: [Band.Player], keys: (ClosedRange<Int>) -> [Int]) -> Part {
    let player = soloist(players)
    return Part(
      id: player?.id ?? "note", name: player?.name ?? "Piano", role: player?.role == .bass ? .bass : .melody,
      instrument: player?.instrument ?? .program(0),
      notes: keys(player?.range ?? 55...79).map {
        Note(startTick: 0, durationTicks: frame.lengthTicks, pitch: Pitch(midi: $0), velocity: 104)
      })
  }

  private func tonic(in range: ClosedRange<Int>) -> Int {
    Pitch(frame.key.tonic, nearest: Pitch(midi: (range.lowerBound + range.upperBound) / 2)).midi
  }

  /// One phrase at the tempo of the plan, squeezed into the bar as far as there is room.
  private func phrase(_ players: [Band.Player], harmony: Harmony) -> Part {
    let player = soloist(players)
    let range = player?.range ?? 60...81
    var random = frame.random("phrase")
    let events = PhraseRhythm.played(style: style, frame: frame, bars: 1, random: &random)
    let line = MelodyLine(
      key: frame.key, range: range.count > 9 ? range : range.lowerBound...(range.lowerBound + 12),
      leaps: style.melody.leaps, colour: style.melody.colour)
    let centre = Double(range.lowerBound + range.upperBound) / 2
    let slots = events.map { event in
      MelodyLine.Slot(
        tick: event.tick, durationTicks: event.durationTicks, chord: harmony.tonic,
        weight: frame.weight(atTick: event.tick), contour: centre, motif: nil, pull: 0)
    }
    let keys = line.pitches(slots, ending: .closed, before: nil, random: &random)
    return Part(
      id: player?.id ?? "lead", name: player?.name ?? "Piano", role: .melody,
      instrument: player?.instrument ?? .program(0),
      notes: zip(events, keys).map {
        Note(startTick: $0.tick, durationTicks: $0.durationTicks, pitch: Pitch(midi: $1), velocity: 96)
      })
  }
}
