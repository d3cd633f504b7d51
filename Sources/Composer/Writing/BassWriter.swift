import Music

/// Turns bass step strings into notes: `1` root, `3` `5` `6` `7` chord steps, `8` octave, `f` the fifth below,
/// `a` an approach to the next chord, `w` a walking step, `-` holds, `.` rests.
struct BassWriter {
  let frame: SongFrame
  let harmony: Harmony
  let range: ClosedRange<Int>
  let gate: Double
  /// The tune, with which a walking bass makes no run of fifths or octaves.
  let lead: [Note]

  func write(_ steps: StepBars, section: SongFrame.FeltSection, random: inout Random, into notes: inout [Note]) {
    let firstNote = notes.count
    var last = notes.last?.pitch.midi
    for bar in 0..<section.bars {
      let tokens = steps.bar(bar)
      let start = section.startTick + bar * frame.barTicks
      for (index, token) in tokens.enumerated() {
        let tick = start + index * frame.barTicks / tokens.count
        let end = start + (index + 1) * frame.barTicks / tokens.count
        let spanIndex = harmony.index(atTick: tick)
        let span = harmony.spans[spanIndex]
        let isChange = span.startTick == tick
        if token == "." { continue }
        if token == "-" {
          if !isChange || span.chord.lowest == harmony.spans[max(0, spanIndex - 1)].chord.lowest, notes.count > firstNote {
            let held = notes[notes.count - 1]
            if held.startTick + held.durationTicks == tick { notes[notes.count - 1].durationTicks = end - held.startTick }
            continue
          }
        }
        let next = spanIndex + 1 < harmony.spans.count ? harmony.spans[spanIndex + 1] : harmony.spans[0]
        let key = key(
          token, span: span, next: next, tick: tick, isChange: isChange, last: last, random: &random)
        last = key
        notes.append(
          Note(
            startTick: tick, durationTicks: end - tick, pitch: Pitch(midi: key),
            velocity: velocity(tick, section.energy)))
      }
    }
    for index in firstNote..<notes.count {
      notes[index].durationTicks = max(60, Int(Double(notes[index].durationTicks) * gate))
    }
  }

  private func velocity(_ tick: Int, _ energy: Double) -> Int {
    min(120, Int(74 + 20 * energy + 10 * frame.weight(atTick: tick)))
  }

  /// The lowest key in range of a pitch class, moved up where that lies nearer to the last note.
  func root(_ pitchClass: PitchClass, last: Int?) -> Int {
    let low = range.lowerBound + PitchClass(rawValue: pitchClass.rawValue - range.lowerBound).rawValue
    guard let last, low + 12 <= range.upperBound, abs(low + 12 - last) < abs(low - last) - 3 else { return low }
    return low + 12
  }

  private func key(
    _ token: Character, span: ChordSpan, next: ChordSpan, tick: Int, isChange: Bool, last: Int?,
    random: inout Random
  ) -> Int {
    let chord = span.chord
    let root = root(chord.lowest, last: token == "w" ? last : nil)
    func above(_ pitchClass: PitchClass) -> Int {
      let key = root + pitchClass.interval(above: PitchClass(rawValue: root))
      return key > range.upperBound ? key - 12 : key
    }
    switch token {
    case "3": return above(chord.third ?? chord.fifth)
    case "5": return above(chord.fifth)
    case "6": return above(chord.root + 9)
    case "7": return above(chord.seventh ?? chord.root + (chord.quality.isMinor ? 10 : 10))
    case "2": return above(chord.root + 2)
    case "8": return root + 12 <= range.upperBound + 7 ? root + 12 : root
    case "f":
      let below = above(chord.fifth) - 12
      return below >= range.lowerBound - 2 ? below : above(chord.fifth)
    case "a": return approach(to: self.root(next.chord.lowest, last: last ?? root), from: last ?? root, random: &random)
    case "w":
      if isChange { return root }
      return walk(span, next: next, tick: tick, last: last ?? root, random: &random)
    default: return root
    }
  }

  /// A half step or scale step from above or below, or the dominant of what follows.
  private func approach(to target: Int, from last: Int, random: inout Random) -> Int {
    let scale = frame.key.scale.map(\.rawValue)
    var options = [target - 1, target + 1, target + 2, target - 2].filter { range.contains($0) && $0 != last }
    options.sort { abs($0 - last) < abs($1 - last) }
    let diatonic = options.filter { scale.contains($0 % 12) }
    if random.chance(0.3) { return options.first ?? target }
    return diatonic.first ?? options.first ?? target
  }

  private func tune(atTick tick: Int) -> Int? {
    var low = 0
    var high = lead.count
    while low < high {
      let middle = (low + high) / 2
      if lead[middle].startTick <= tick { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let note = lead[low - 1]
    return tick < note.startTick + note.durationTicks ? note.pitch.midi : nil
  }

  /// A walking bass: chord tones and steps towards the next root, which is approached by step.
  private func walk(_ span: ChordSpan, next: ChordSpan, tick: Int, last: Int, random: inout Random) -> Int {
    let beat = frame.barTicks / frame.meter.feltBeats
    let end = span.startTick + span.durationTicks
    let target = root(next.chord.lowest, last: last)
    if tick + beat >= end { return approach(to: target, from: last, random: &random) }
    let scale = MelodyLine.scale(span.chord, in: frame.key)
    let options = (max(range.lowerBound, last - 7)...min(range.upperBound, last + 7)).filter { $0 != last && scale[$0 % 12] }
    let towards = target == last ? (last > (range.lowerBound + range.upperBound) / 2 ? -1 : 1) : (target - last).signum()
    let isStrong = frame.weight(atTick: tick) >= 0.7
    let above = tune(atTick: tick)
    let aboveLast = tune(atTick: tick - beat)
    return options.min { a, b in walkCost(a) < walkCost(b) } ?? last

    func walkCost(_ key: Int) -> Double {
      var cost = abs(Double(abs(key - last)) - 2.5) * 0.4
      if (key - last).signum() != towards { cost += 0.9 }
      if !span.chord.contains(PitchClass(rawValue: key)) { cost += isStrong ? 1.2 : 0.3 }
      // A fixed pseudo-random lean keeps the comparison consistent.
      cost += Double((key &* 2_654_435 &+ tick / beat &* 97) % 7) * 0.09
      if let above, let aboveLast, above != aboveLast, (above - key) % 12 == (aboveLast - last) % 12,
        [0, 7].contains((above - key) % 12)
      {
        cost += 1.5
      }
      return cost
    }
  }
}
