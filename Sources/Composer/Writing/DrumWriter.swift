import Music

/// Plays grooves with their variations, fills into new sections, and crashes on their first beat.
struct DrumWriter {
  let frame: SongFrame
  let style: Style
  /// Whether sections open with a crash and end with a fill.
  let leads: Bool

  func write(
    _ grooves: [DrumStyle.Groove], active: (SongFrame.FeltSection) -> Bool, random: inout Random
  ) -> [Note] {
    var notes: [Note] = []
    var chosen: [String: DrumStyle.Groove] = [:]
    for (index, section) in frame.sections.enumerated() where active(section) {
      guard let groove = groove(for: section, grooves, chosen: &chosen, random: &random) else { continue }
      let next = index + 1 < frame.sections.count ? frame.sections[index + 1] : nil
      let previous = index > 0 ? frame.sections[index - 1] : nil
      for bar in 0..<section.bars {
        let start = section.startTick + bar * frame.barTicks
        let isEnd = bar == section.bars - 1
        let fill = leads ? self.fill(bar: bar, isEnd: isEnd, section: section, next: next, random: &random) : nil
        play(groove, bar: bar, at: start, section: section, fill: fill, into: &notes)
        if leads, bar == 0, let key = crash(section, after: previous) {
          notes.append(
            Note(
              startTick: start, durationTicks: frame.barTicks, pitch: Pitch(midi: key.midi),
              velocity: Int(70 + 36 * section.energy)))
        }
      }
    }
    if leads, let final = frame.finalTick { notes += finalHit(final, chosen: chosen.isEmpty) }
    return notes.sorted { ($0.startTick, $0.pitch.midi) < ($1.startTick, $1.pitch.midi) }
  }

  private func groove(
    for section: SongFrame.FeltSection, _ grooves: [DrumStyle.Groove],
    chosen: inout [String: DrumStyle.Groove], random: inout Random
  ) -> DrumStyle.Groove? {
    let level = Int((section.energy * 10).rounded())
    let name = "\(section.kind.rawValue) \(level / 3)"
    if let groove = chosen[name] { return groove }
    let fitting = grooves.filter { $0.energy.spans(section.energy) }
    let nearest = grooves.min { distance($0.energy, section.energy) < distance($1.energy, section.energy) }
    guard !fitting.isEmpty || nearest != nil else { return nil }
    guard let written = fitting.isEmpty ? nearest : random.pick(fitting, weight: { $0.weight ?? 1 }) else { return nil }
    let groove = GrooveVariation(beats: frame.meter.feltBeats, freedom: style.drums.freedom ?? 0.6)
      .varied(written, random: &random)
    chosen[name] = groove
    return groove
  }

  private func distance(_ range: [Double], _ value: Double) -> Double {
    range.count < 2 || range.spans(value) ? 0 : min(abs(range[0] - value), abs(range[1] - value))
  }

  private func fill(
    bar: Int, isEnd: Bool, section: SongFrame.FeltSection, next: SongFrame.FeltSection?, random: inout Random
  ) -> DrumStyle.Fill? {
    let pool = style.drums.fills[frame.meter.name] ?? []
    guard !pool.isEmpty else { return nil }
    let energy: Double
    if isEnd {
      if next == nil && frame.isLoop { return nil }
      energy = max(section.energy, next?.energy ?? section.energy)
    } else if bar % 4 == 3, section.bars >= 8, random.chance(0.55) {
      energy = section.energy * 0.6
    } else {
      return nil
    }
    let fitting = pool.filter { $0.energy.spans(energy) }
    guard !fitting.isEmpty else { return nil }
    return random.pick(fitting) { $0.weight ?? 1 }
  }

  private func play(
    _ groove: DrumStyle.Groove, bar: Int, at start: Int, section: SongFrame.FeltSection, fill: DrumStyle.Fill?,
    into notes: inout [Note]
  ) {
    let taken = fill.map { fill in
      fill.lanes.values.map { lane in
        let steps = StepBars(lane).bar(0)
        let free = steps.prefix { $0 == "~" }.count
        return free * frame.barTicks / max(1, steps.count)
      }.min() ?? frame.barTicks
    } ?? frame.barTicks
    for lane in groove.lanes.keys.sorted() {
      guard let key = DrumKey(rawValue: lane), let text = groove.lanes[lane] else { continue }
      // Every fourth bar may be different: a lane of two bars plays A A A B, longer ones in turn.
      let bars = StepBars(text)
      let index = bars.bars.count == 2 ? (bar % 4 == 3 ? 1 : 0) : bar
      hit(bars.bar(index), key, at: start, section: section, from: 0, to: taken, into: &notes)
    }
    guard let fill else { return }
    for lane in fill.lanes.keys.sorted() {
      guard let key = DrumKey(rawValue: lane), let text = fill.lanes[lane] else { continue }
      hit(StepBars(text).bar(0), key, at: start, section: section, from: taken, to: frame.barTicks, into: &notes)
    }
  }

  private func hit(
    _ steps: [Character], _ key: DrumKey, at start: Int, section: SongFrame.FeltSection, from: Int, to: Int,
    into notes: inout [Note]
  ) {
    guard !steps.isEmpty else { return }
    for (index, step) in steps.enumerated() {
      let place = index * frame.barTicks / steps.count
      guard place >= from, place < to, let loudness = Self.loudness[step] else { continue }
      let velocity = loudness * (0.8 + 0.25 * section.energy)
      notes.append(
        Note(
          startTick: start + place, durationTicks: max(60, frame.barTicks / steps.count),
          pitch: Pitch(midi: key.midi), velocity: min(124, max(12, Int(velocity)))))
    }
  }

  private static let loudness: [Character: Double] = ["X": 112, "x": 94, "o": 72, "g": 40]

  private func crash(_ section: SongFrame.FeltSection, after previous: SongFrame.FeltSection?) -> DrumKey? {
    guard section.energy >= 0.6, style.transitions.contains("crash"), !frame.isLoop else { return nil }
    guard let previous else { return section.energy >= 0.7 ? .crash : nil }
    return section.energy >= previous.energy - 0.05 ? .crash : nil
  }

  private func finalHit(_ tick: Int, chosen isSilent: Bool) -> [Note] {
    guard !isSilent || frame.sections.isEmpty else { return [] }
    let loud = (frame.sections.last?.energy ?? 0.7) >= 0.4
    var keys: [(DrumKey, Int)] = [(.kick, 100)]
    if style.transitions.contains("crash") { keys.append((.crash, loud ? 98 : 70)) }
    return keys.map {
      Note(
        startTick: tick, durationTicks: (frame.lengthTicks - tick) / 2, pitch: Pitch(midi: $0.0.midi), velocity: $0.1)
    }
  }
}
