import Music

/// Where the notes of a phrase fall.
enum PhraseRhythm {
  struct Event: Sendable, Hashable {
    /// From the start of the phrase.
    var tick: Int
    var durationTicks: Int
  }

  /// A played phrase: one of the style's rhythms, breathing at its end.
  static func played(style: Style, frame: SongFrame, bars: Int, random: inout Random) -> [Event] {
    let pool = style.melody.rhythms[frame.meter.name] ?? [MelodyStyle.Rhythm(steps: "x-x-x-x-|x-------", weight: 1)]
    let fitting = pool.filter { StepBars($0.steps).bars.count == bars }
    var cells: [[Character]] = []
    if !fitting.isEmpty, random.chance(0.75) || bars == 1 {
      cells = StepBars(random.pick(fitting) { $0.weight ?? 1 }.steps).bars
    } else {
      while cells.count < bars { cells += StepBars(random.pick(pool) { $0.weight ?? 1 }.steps).bars }
      cells = Array(cells.prefix(bars))
      // A phrase put together from cells ends on a longer note.
      if let last = cells.last, bars > 1 { cells[bars - 1] = settled(last) }
    }
    cells = changed(cells, syncopation: style.melody.syncopation, frame: frame, random: &random)
    var events: [Event] = []
    for (bar, steps) in cells.enumerated() {
      for (index, step) in steps.enumerated() {
        let tick = bar * frame.barTicks + index * frame.barTicks / steps.count
        let length = (index + 1) * frame.barTicks / steps.count - index * frame.barTicks / steps.count
        switch step {
        case "x", "X", "o": events.append(Event(tick: tick, durationTicks: length))
        case "-": if !events.isEmpty, events[events.count - 1].tick + events[events.count - 1].durationTicks == tick {
          events[events.count - 1].durationTicks += length
        }
        default: break
        }
      }
    }
    return events.isEmpty ? [Event(tick: 0, durationTicks: frame.barTicks)] : events
  }

  /// The rhythm with a note or two divided, joined, or moved ahead of its beat, so that songs of a style don't all
  /// share the style's few.
  private static func changed(
    _ cells: [[Character]], syncopation: Double, frame: SongFrame, random: inout Random
  ) -> [[Character]] {
    var steps = Array(cells.joined())
    guard let perBar = cells.first?.count, cells.allSatisfy({ $0.count == perBar }), steps.count >= 4 else { return cells }
    let perBeat = max(1, perBar / frame.meter.feltBeats)
    for _ in 0..<random.int(in: cells.count > 1 ? 1...3 : 0...1) {
      let draw = random.unit()
      if draw < 0.4 {
        // A note of two steps or more is struck again half way.
        let long = steps.indices.dropLast(2).filter { $0 > 0 && steps[$0] == "-" && steps[$0 - 1] == "x" }
        if !long.isEmpty { steps[random.pick(Array(long))] = "x" }
      } else if draw < 0.62 {
        // A note off the beat is tied to the one before it.
        let weak = steps.indices.filter { $0 > 0 && steps[$0] == "x" && $0 % perBeat != 0 && steps[$0 - 1] != "." }
        if weak.count > 1 { steps[random.pick(weak)] = "-" }
      } else if draw < 0.62 + 0.3 * syncopation {
        // A note on a beat comes a step early.
        let early = steps.indices.dropLast().filter {
          $0 > 0 && steps[$0] == "x" && $0 % perBeat == 0 && steps[$0 - 1] == "-" && steps[$0 + 1] != "x"
        }
        if !early.isEmpty {
          let step = random.pick(Array(early))
          (steps[step - 1], steps[step]) = ("x", "-")
        }
      } else {
        // The phrase breathes in before it starts.
        if steps[0] == "x", perBeat > 1, steps[1] == "x" || steps[1] == "-" { (steps[0], steps[1]) = (".", "x") }
      }
    }
    return stride(from: 0, to: steps.count, by: perBar).map { Array(steps[$0..<min($0 + perBar, steps.count)]) }
  }

  /// The first half of a bar, its last note held, a breath at the end.
  private static func settled(_ steps: [Character]) -> [Character] {
    let half = steps.count / 2
    var result = Array(steps.prefix(half))
    if !result.contains("x") { result[0] = "x" }
    let hold = steps.count - half - max(1, steps.count / 8)
    result += [Character](repeating: "-", count: hold)
    result += [Character](repeating: ".", count: steps.count - result.count)
    return result
  }

  /// A line spoken from the beginning of its bars on, five syllables a second, the last one longer; faster where it would not fit.
  static func spoken(_ count: Int, frame: SongFrame, bars: Int) -> [Event] {
    let ticks = bars * frame.barTicks
    let grid = Score.ticksPerQuarter / 8
    let pace = min(Double(frame.ticks(milliseconds: 200)), Double(ticks) / Double(count + 1))
    guard pace >= Double(grid) else { return crowded(count, ticks: ticks) }
    let starts = (0...count).map { Int((Double($0) * pace / Double(grid)).rounded()) * grid }
    return (0..<count).map { index in
      let end = index == count - 1 ? min(starts[count] + starts[count] - starts[index], ticks) : starts[index + 1]
      return Event(tick: starts[index], durationTicks: end - starts[index])
    }
  }

  /// A sung line: the cheapest way to lay syllables on the grid, heavy ones on strong places, a breath at the end.
  /// - Parameter like: the rhythm of the line that this one answers, whose places are preferred.
  static func sung(
    _ syllables: [Syllable], style: Style, frame: SongFrame, bars: Int, like: [Event]?, random: inout Random
  ) -> [Event] {
    let perBar = slotsPerBar(syllables.count, bars: bars, frame: frame)
    let slot = frame.barTicks / perBar
    let total = perBar * bars
    let breath = max(1, perBar / 4)
    let usable = max(syllables.count, total - breath)
    if syllables.count > total { return crowded(syllables.count, ticks: bars * frame.barTicks) }
    let preferred = Set((like ?? []).map { $0.tick / slot })
    let places = (0..<usable).map { frame.weight(atTick: $0 * slot) }
    let jitter = (0..<usable).map { _ in random.unit() * 0.3 }
    // cost[i][p]: syllable i at place p.
    func placeCost(_ index: Int, _ place: Int) -> Double {
      let wanted = [0.2, 0.5, 0.9][min(2, syllables[index].stress)]
      var weight = places[place]
      // Anticipating a beat by one slot counts as being on it.
      if place + 1 < usable, places[place + 1] >= 0.5, weight < 0.3 {
        weight = max(weight, places[place + 1] * style.melody.syncopation)
      }
      return abs(wanted - weight) * 1.3 + jitter[place] - (preferred.contains(place) ? 0.4 : 0)
    }
    let ideal = Double(usable) / Double(syllables.count + 1)
    func gapCost(_ gap: Int, _ index: Int) -> Double {
      let ratio = Double(gap) / max(1, min(ideal, Double(perBar) / 4))
      let wordEnd = syllables[index].endsWord
      return ratio > 1 ? (ratio - 1) * (wordEnd ? 0.3 : 0.7) : (1 - ratio) * 0.9
    }
    let count = syllables.count
    var best = [[Double]](repeating: [Double](repeating: .infinity, count: usable), count: count)
    var from = [[Int]](repeating: [Int](repeating: 0, count: usable), count: count)
    for place in 0..<usable where place <= usable - count {
      best[0][place] = placeCost(0, place) + Double(place) * 0.35
    }
    for index in 1..<max(1, count) {
      for place in index..<usable {
        for earlier in (index - 1)..<place where best[index - 1][earlier] < .infinity {
          let gap = place - earlier
          if gap > perBar { continue }
          let cost = best[index - 1][earlier] + placeCost(index, place) + gapCost(gap, index - 1)
          if cost < best[index][place] {
            best[index][place] = cost
            from[index][place] = earlier
          }
        }
      }
    }
    var place = (0..<usable).min { best[count - 1][$0] < best[count - 1][$1] } ?? 0
    guard best[count - 1][place] < .infinity else { return crowded(count, ticks: bars * frame.barTicks) }
    var chosen = [place]
    for index in stride(from: count - 1, to: 0, by: -1) {
      place = from[index][place]
      chosen.append(place)
    }
    chosen.reverse()
    return chosen.enumerated().map { index, place in
      let next = index + 1 < count ? chosen[index + 1] : min(total - breath / 2, place + perBar / 2)
      let length = max(1, min(next - place, max(2, perBar / 2)))
      return Event(tick: place * slot, durationTicks: length * slot)
    }
  }

  /// Eighths where they suffice, else sixteenths, triplets of them in 6/8.
  private static func slotsPerBar(_ syllables: Int, bars: Int, frame: SongFrame) -> Int {
    let eighths = frame.meter.isCompound ? frame.meter.beats : frame.meter.beats * 2
    let felt = max(eighths, 4)
    let isTight = Double(syllables) > Double(felt * bars) * 0.62
    let isSlow = frame.barSeconds / Double(felt) > 0.45
    return isTight || isSlow ? felt * 2 : felt
  }

  /// More syllables than places: evenly spread, as in patter.
  private static func crowded(_ count: Int, ticks: Int) -> [Event] {
    let usable = ticks * 15 / 16
    return (0..<count).map { index in
      let tick = index * usable / count
      return Event(tick: tick, durationTicks: max(1, (index + 1) * usable / count - tick))
    }
  }
}
