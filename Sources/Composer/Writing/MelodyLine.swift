import Music

/// Finds the pitches of a phrase whose rhythm is known: the cheapest path through the scale under costs for chord
/// tones, leaps, contour, the motif and the cadence (a second-order Viterbi search).
struct MelodyLine {
  struct Slot: Sendable {
    var tick: Int
    var durationTicks: Int
    var chord: Chord
    /// 0...1, the place's weight in the bar.
    var weight: Double
    /// Where the line should be here.
    var contour: Double
    /// The motif's key here, where the phrase repeats one.
    var motif: Int?
    /// How strongly the motif pulls.
    var pull: Double
  }
  enum Ending {
    /// On the tonic.
    case closed
    /// On another chord tone.
    case open
    /// Wherever it falls.
    case free
  }

  let key: Key
  let range: ClosedRange<Int>
  /// 0...1.
  let leaps: Double
  let colour: String?

  func pitches(_ slots: [Slot], ending: Ending, before: Int?, random: inout Random) -> [Int] {
    guard !slots.isEmpty else { return [] }
    let options = slots.map { candidates($0.chord) }
    var own: [[Double]] = []
    for (index, slot) in slots.enumerated() {
      let isLast = index == slots.count - 1
      own.append(
        options[index].map { key in
          cost(of: key, slot) + (isLast ? endCost(key, slot.chord, ending) : 0) + random.unit() * 0.55
        })
    }
    var path = cheapest(slots, options: options, own: own, before: before)
    // Fifths and octaves with the bass from beat to beat show only in the finished line: those found are made dear,
    // and the line is drawn again.
    for _ in 0..<4 {
      let found = parallels(slots, path)
      if found.isEmpty { break }
      for index in found {
        for (option, key) in options[index].enumerated() where key == path[index] { own[index][option] += 3 }
      }
      path = cheapest(slots, options: options, own: own, before: before)
    }
    return path
  }

  /// The notes on beats that stand a fifth or an octave above the bass as the one on the beat before them did, where
  /// both have moved.
  private func parallels(_ slots: [Slot], _ path: [Int]) -> [Int] {
    var found: [Int] = []
    var before: Int?
    for index in slots.indices where slots[index].weight >= 0.5 {
      if let before, path[before] != path[index], slots[before].chord.lowest != slots[index].chord.lowest {
        let interval = PitchClass(rawValue: path[index]).interval(above: slots[index].chord.lowest)
        let earlier = PitchClass(rawValue: path[before]).interval(above: slots[before].chord.lowest)
        if interval == earlier, interval == 0 || interval == 7 { found.append(index) }
      }
      before = index
    }
    return found
  }

  private func cheapest(_ slots: [Slot], options: [[Int]], own: [[Double]], before: Int?) -> [Int] {
    // best[previous][current] for the slots so far.
    var back: [[[Int]]] = []
    var best = [[Double]](repeating: own[0], count: 1)
    if let before { best[0] = zip(options[0], own[0]).map { $1 + leap(before, $0) * 0.5 } }
    var previous = [before ?? Int((slots[0].contour).rounded())]
    for index in 1..<max(1, slots.count) {
      let current = options[index - 1]
      let next = options[index]
      var table = [[Double]](
        repeating: [Double](repeating: .infinity, count: next.count), count: current.count)
      var from = [[Int]](repeating: [Int](repeating: 0, count: next.count), count: current.count)
      for (b, middle) in current.enumerated() {
        let tense = tension(middle, slots[index - 1].chord)
        let onRoot = PitchClass(rawValue: middle) == slots[index - 1].chord.lowest
        for (c, target) in next.enumerated() {
          var step = own[index][c] + leap(middle, target) + resolution(tense, middle, target)
          // Octaves with the bass from one chord to the next make the two one voice.
          if onRoot, middle != target, PitchClass(rawValue: target) == slots[index].chord.lowest { step += 1.6 }
          for (a, first) in previous.enumerated() {
            let total = best[a][b] + step + turn(first, middle, target)
            if total < table[b][c] {
              table[b][c] = total
              from[b][c] = a
            }
          }
        }
      }
      back.append(from)
      best = table
      previous = current
    }
    return trace(options, best: best, back: back)
  }

  private func trace(_ options: [[Int]], best: [[Double]], back: [[[Int]]]) -> [Int] {
    var a = 0
    var b = 0
    var lowest = Double.infinity
    for (i, row) in best.enumerated() {
      for (j, value) in row.enumerated() where value < lowest { (lowest, a, b) = (value, i, j) }
    }
    var path = [b]
    var index = back.count - 1
    while index >= 0 {
      path.append(a)
      let earlier = back[index][a][b]
      (a, b) = (earlier, a)
      index -= 1
    }
    return zip(options, path.reversed()).map { $0[$1] }
  }

  /// The keys in range of the scale that the chord makes of the song's.
  private func candidates(_ chord: Chord) -> [Int] {
    let scale = Self.scale(chord, in: key, colour: colour)
    return range.filter { scale[$0 % 12] }
  }

  /// The song's scale with the chord's own notes put in, each in place of its chromatic neighbours.
  static func scale(_ chord: Chord, in key: Key, colour: String? = nil) -> [Bool] {
    var scale = [Bool](repeating: false, count: 12)
    for tone in key.scale { scale[tone.rawValue] = true }
    for tone in chord.pitchClasses where !key.contains(tone) {
      for neighbour in [tone + 1, tone + -1] where !chord.contains(neighbour) && neighbour != key.tonic {
        scale[neighbour.rawValue] = false
      }
      scale[tone.rawValue] = true
    }
    if colour == "blues" {
      for semitones in [3, 6, 10] { scale[(key.tonic + semitones).rawValue] = true }
    }
    return scale
  }

  // MARK: Costs

  private func cost(of pitch: Int, _ slot: Slot) -> Double {
    let isChordTone = slot.chord.contains(PitchClass(rawValue: pitch))
    let beats = Double(slot.durationTicks) / Double(Score.ticksPerQuarter)
    var cost = 0.0
    if !isChordTone {
      cost += 0.35 + 2.4 * slot.weight + (beats >= 1 ? 1.3 : 0) + (beats >= 2 ? 1.5 : 0)
      // A semitone above a chord tone jars.
      if slot.chord.contains(PitchClass(rawValue: pitch - 1)) { cost += 0.5 + slot.weight }
    }
    cost += 0.2 * max(0, abs(Double(pitch) - slot.contour) - 1)
    if let motif = slot.motif { cost += slot.pull * min(6, Double(abs(pitch - motif))) }
    // A tune is at home on tonic and fifth: they tell the key.
    switch PitchClass(rawValue: pitch).interval(above: key.tonic) {
    case 0: cost -= 0.3
    case 7: cost -= 0.2
    case 3 where key.mode.isMinor, 4 where !key.mode.isMinor: cost -= 0.12
    default: break
    }
    let edge = min(pitch - range.lowerBound, range.upperBound - pitch)
    if edge < 2 { cost += 0.35 * Double(2 - edge) }
    switch colour {
    case "pentatonic":
      let steps = key.mode.isMinor ? [0, 3, 5, 7, 10] : [0, 2, 4, 7, 9]
      if !steps.contains(PitchClass(rawValue: pitch).interval(above: key.tonic)) { cost += 0.4 }
    case "blues":
      if ![0, 3, 5, 6, 7, 10].contains(PitchClass(rawValue: pitch).interval(above: key.tonic)) { cost += 0.45 }
    default: break
    }
    return cost
  }

  private func endCost(_ pitch: Int, _ chord: Chord, _ ending: Ending) -> Double {
    let degree = PitchClass(rawValue: pitch).interval(above: key.tonic)
    let isChordTone = chord.contains(PitchClass(rawValue: pitch))
    switch ending {
    case .closed: return degree == 0 && isChordTone ? 0 : isChordTone ? 1.8 : 5
    case .open: return isChordTone ? (degree == 0 ? 1.5 : 0) : 3
    case .free: return isChordTone ? 0 : 2
    }
  }

  private func leap(_ a: Int, _ b: Int) -> Double {
    let costs = [0.85, 0.1, 0, 0.15, 0.3, 0.7, 4, 1.1, 2.2, 2.2, 5, 6, 2.4]
    let size = abs(a - b)
    let cost = size < costs.count ? costs[size] : 7
    return size > 2 ? cost * (1.35 - 0.8 * leaps) : cost
  }

  private func tension(_ pitch: Int, _ chord: Chord) -> Bool { !chord.contains(PitchClass(rawValue: pitch)) }

  /// A note foreign to the chord goes on by step.
  private func resolution(_ tense: Bool, _ a: Int, _ b: Int) -> Double {
    tense && abs(a - b) > 2 ? 1.6 : 0
  }

  /// After a leap the line turns back; three notes shouldn't stay on one pitch, nor rock between two for long.
  private func turn(_ a: Int, _ b: Int, _ c: Int) -> Double {
    let first = b - a
    let second = c - b
    if abs(first) > 4 {
      if second == 0 { return 0.2 }
      if first.signum() == second.signum() { return abs(second) > 2 ? 2.2 : 0.8 }
      return abs(second) <= 4 ? 0 : 0.5
    }
    if first == 0, second == 0 { return 1.5 }
    if c == a, first != 0 { return 0.6 }
    // Going on in one direction by steps is what makes a line.
    return first.signum() == second.signum() && first != 0 ? -0.15 : 0
  }
}
