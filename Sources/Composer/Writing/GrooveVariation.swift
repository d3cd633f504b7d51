import Music

/// Makes a groove a song's own: moves a kick, ghosts the snare, opens a hat, as far as the style lets its drummer go.
struct GrooveVariation {
  let beats: Int
  /// 0 (as written) ... 1.
  let freedom: Double

  func varied(_ groove: DrumStyle.Groove, random: inout Random) -> DrumStyle.Groove {
    guard freedom > 0 else { return groove }
    var groove = groove
    var lanes = groove.lanes.mapValues { StepBars($0).bars }
    let backbeat = lanes["snare"] ?? lanes["stick"] ?? lanes["clap"] ?? []
    if let kick = lanes["kick"] { lanes["kick"] = self.kick(kick, avoiding: backbeat, random: &random) }
    if let snare = lanes["snare"], random.chance(0.25 + 0.45 * freedom) {
      lanes["snare"] = ghosts(snare, avoiding: lanes["kick"] ?? [], random: &random)
    }
    if let lane = ["hat", "ride", "shaker"].first(where: { lanes[$0] != nil }), let steps = lanes[lane] {
      lanes[lane] = cymbal(steps, random: &random)
      if lane == "hat", lanes["open"] == nil, random.chance(0.2 + 0.3 * freedom) { open(&lanes, random: &random) }
    }
    if lanes["snare"] != nil, lanes["clap"] == nil, lanes["tambourine"] == nil, random.chance(0.25 * freedom) {
      lanes["tambourine"] = lanes["snare"].map { $0.map { $0.map { "xX".contains($0) ? "o" : "." } } }
    }
    groove.lanes = lanes.mapValues { bars in bars.map { String($0) }.joined(separator: "|") }
    return groove
  }

  private func perBeat(_ bar: [Character]) -> Int { bar.count % beats == 0 ? bar.count / beats : 0 }

  private func isEmpty(_ bars: [[Character]], _ bar: Int, _ step: Int, of count: Int) -> Bool {
    guard !bars.isEmpty else { return true }
    let other = bars[bar % bars.count]
    guard !other.isEmpty else { return true }
    let character = other[step * other.count / count]
    return character == "." || character == "g"
  }

  /// Another kick or two off the beat; the first beat and four on the floor stay. A lane of one bar gets a second one
  /// for every fourth.
  private func kick(_ bars: [[Character]], avoiding backbeat: [[Character]], random: inout Random) -> [[Character]] {
    guard let first = bars.first, perBeat(first) >= 2 else { return bars }
    let each = perBeat(first)
    let onBeats = (0..<beats).filter { first[$0 * each] != "." }.count
    var result = bars
    if result.count == 1 { result.append(first) }
    for index in result.indices {
      let isTurn = index == result.count - 1
      guard random.chance(isTurn ? 0.3 + 0.6 * freedom : 0.85 * freedom) else { continue }
      if onBeats == beats {
        // Four on the floor: at most an upbeat before the turn.
        if isTurn, bars.count == 1 { result[index][result[index].count - 1] = "o" }
        continue
      }
      let bar = result[index]
      let free = bar.indices.filter { step in
        bar[step] == "." && step % each != 0 && isEmpty(backbeat, index, step, of: bar.count)
          && (step == 0 || bar[step - 1] == "." || each <= 2)
      }
      // Even eighths are likelier places than sixteenths between them.
      func weight(_ step: Int) -> Double { each % 2 == 0 && step % (each / 2) == 0 ? 2 : 1 }
      let struck = bar.indices.filter { $0 > 0 && bar[$0] != "." && $0 % each != 0 }
      if !struck.isEmpty, random.chance(0.6) {
        let from = random.pick(struck)
        result[index][from] = "."
        if !free.isEmpty { result[index][random.pick(free, weight: weight)] = bar[from] }
      } else if !free.isEmpty {
        result[index][random.pick(free, weight: weight)] = "x"
      }
    }
    return result.allSatisfy { $0 == result[0] } ? [result[0]] : result
  }

  private func ghosts(_ bars: [[Character]], avoiding kick: [[Character]], random: inout Random) -> [[Character]] {
    guard let first = bars.first, perBeat(first) >= 3 else { return bars }
    var result = bars
    for _ in 0..<random.int(in: 1...3) {
      let bar = random.int(in: 0...(result.count - 1))
      let free = result[bar].indices.filter {
        result[bar][$0] == "." && $0 % perBeat(first) != 0 && isEmpty(kick, bar, $0, of: result[bar].count)
      }
      guard !free.isEmpty else { break }
      result[bar][random.pick(free)] = "g"
    }
    return result
  }

  /// The same pulse with other accents, an extra soft stroke, or one left out.
  private func cymbal(_ bars: [[Character]], random: inout Random) -> [[Character]] {
    var result = bars
    let choice = random.unit()
    for index in result.indices {
      let struck = result[index].indices.filter { "xo".contains(result[index][$0]) }
      guard struck.count >= 3 else { continue }
      if choice < 0.3 {
        for step in struck where step % max(1, perBeat(result[index])) != 0 {
          result[index][step] = result[index][step] == "x" ? "o" : "x"
        }
      } else if choice < 0.3 + 0.4 * freedom {
        let free = result[index].indices.filter { result[index][$0] == "." && $0 > 0 }
        for _ in 0..<2 where !free.isEmpty { result[index][random.pick(free)] = "o" }
      } else if choice < 0.5 + 0.4 * freedom {
        let offBeats = struck.filter { $0 % max(1, perBeat(result[index])) != 0 }
        if !offBeats.isEmpty { result[index][random.pick(offBeats)] = "." }
      }
    }
    return result
  }

  /// An open hat off one of the later beats in place of the closed one.
  private func open(_ lanes: inout [String: [[Character]]], random: inout Random) {
    guard var hat = lanes["hat"], let first = hat.first, perBeat(first) >= 2 else { return }
    let each = perBeat(first)
    let beat = random.int(in: beats / 2...max(beats / 2, beats - 1))
    var open = hat.map { $0.map { _ in Character(".") } }
    for bar in hat.indices where hat[bar].count == first.count {
      hat[bar][beat * each + each / 2] = "."
      open[bar][beat * each + each / 2] = "x"
    }
    lanes["hat"] = hat
    lanes["open"] = open
  }
}
