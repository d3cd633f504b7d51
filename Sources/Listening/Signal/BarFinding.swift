import Foundation

/// How the beats are grouped into bars and divided (`listening.md` 5.4).
public struct Metre: Sendable, Equatable {
  public enum Feel: String, Sendable {
    case straight, swing, compound
  }
  /// As it is written: "4/4", "3/4", "6/8".
  public var name: String
  /// Felt beats in a bar: 2 for 6/8.
  public var beatsPerBar: Int
  public var feel: Feel
  /// Where the offbeat is in a swung beat, 0.55 ... 0.75.
  public var swingRatio: Double?
  /// 0 ... 1, by how far the second grouping is behind.
  public var confidence: Double
}

struct BarFinding: Sendable {
  let metre: Metre
  /// Index of the first downbeat among the beats.
  let phase: Int
  let downbeats: [Double]
  /// How much each beat looks like a first one.
  let accents: [Double]

  /// - Parameters:
  ///   - beats: seconds, at least one.
  ///   - period: of a beat, seconds.
  init(beats: [Double], period: Double, onsets: OnsetStrength, chroma: Chroma) {
    let frames = beats.map(OnsetStrength.frame)
    let low = frames.map { onsets.low.highest($0 - 2...$0 + 2) ?? 0 }
    let total = frames.map { onsets.all.highest($0 - 2...$0 + 2) ?? 0 }
    let change = beats.map { beat -> Double in
      guard let before = chroma.framesWithin(beat - period, beat - 0.05),
        let after = chroma.framesWithin(beat + 0.05, beat + period)
      else { return 0 }
      return 1 - similarity(chroma.treble.mean(before), chroma.treble.mean(after))
        + 0.5 * (1 - similarity(chroma.bass.mean(before), chroma.bass.mean(after)))
    }
    let (zChange, zLow, zTotal) = (change.standardised, low.standardised, total.standardised)
    let accents = beats.indices.map { zChange[$0] + 0.6 * zLow[$0] + 0.25 * zTotal[$0] }
    self.accents = accents

    var groups = [(beats: 2, weight: 0.72), (3, 0.97), (4, 1.0)].map { Self.best($0.beats, $0.weight, accents) }
    if groups[2].score < 1 { groups += [5, 7].map { Self.best($0, 0.9, accents) } }
    groups.sort { $0.score > $1.score }
    let best = groups[0]
    let confidence = best.score > 0 ? 1 - max(0, groups[1].score) / best.score : 0

    let (h1, h2, h3) = Self.subdivision(beats: beats, period: period, onsets: onsets.all)
    // A swung beat has its last third only; a compound one has both.
    let isSwung = h3 > 1.5 * h2 && h3 > 1.5 * h1
    let feel: Metre.Feel = isSwung ? .swing : min(h1, h3) > 1.3 * h2 && [2, 3, 4].contains(best.beats) ? .compound : .straight
    // 2/4 can't be told from 4/4: of its two phases the stronger one is the bar's.
    var (count, first) = (best.beats, best.phase)
    if feel == .compound {
      if count == 4 {
        let two = Self.best(2, 1, zChange)
        let four = Self.best(4, 1, zChange)
        if four.score <= 1.3 * two.score { (count, first) = (2, first % 2) }
      }
    } else if count == 2 {
      let four = [first, first + 2].filter { $0 < accents.count }.max { Self.score(4, $0, accents) < Self.score(4, $1, accents) }
      (count, first) = (4, four ?? first)
    }
    let name: String
    switch (feel, count) {
    case (.compound, let beats): name = "\(3 * beats)/8"
    case (_, let beats): name = "\(beats)/4"
    }
    metre = Metre(
      name: name, beatsPerBar: count, feel: feel,
      swingRatio: feel == .swing ? Self.swingRatio(beats: beats, onsets: onsets.all) : nil, confidence: confidence)
    phase = first
    downbeats = stride(from: first, to: beats.count, by: count).map { beats[$0] }
  }

  private static func best(_ beats: Int, _ weight: Double, _ accents: [Double]) -> (beats: Int, phase: Int, score: Double) {
    let phases = 0..<beats
    let scores = phases.map { weight * score(beats, $0, accents) }
    let phase = phases.max { scores[$0] < scores[$1] } ?? 0
    return (beats, phase, scores[phase])
  }

  /// How far the accents on every so many beats from a phase on are above the others, in their scatter.
  private static func score(_ beats: Int, _ phase: Int, _ accents: [Double]) -> Double {
    let on = stride(from: phase, to: accents.count, by: beats).map { accents[$0] }
    let off = accents.indices.filter { $0 % beats != phase % beats || $0 < phase }.map { accents[$0] }
    guard !on.isEmpty, !off.isEmpty else { return 0 }
    return (on.mean - off.mean) * (Double(on.count * off.count) / Double(accents.count)).squareRoot()
  }

  /// Mean onsets at a third, half and two thirds of the beats, above the median.
  private static func subdivision(beats: [Double], period: Double, onsets: [Double]) -> (Double, Double, Double) {
    let floor = onsets.median
    let heights = [1.0 / 3, 0.5, 2.0 / 3].map { share in
      let values = beats.compactMap { beat -> Double? in
        let frame = OnsetStrength.frame(beat + share * period)
        return onsets.highest(frame - 1...frame + 1)
      }
      return Swift.max(0, values.mean - floor)
    }
    return (heights[0], heights[1], heights[2])
  }

  /// Where in the beats the strongest onset between 0.55 and 0.75 is, on average.
  private static func swingRatio(beats: [Double], onsets: [Double]) -> Double {
    var sums = [Double](repeating: 0, count: 21)
    for (beat, next) in zip(beats, beats.dropFirst()) {
      for step in sums.indices {
        let share = 0.55 + 0.01 * Double(step)
        sums[step] += onsets.interpolated((beat + share * (next - beat)) * OnsetStrength.framesPerSecond)
      }
    }
    return 0.55 + 0.01 * Double(sums.indices.max { sums[$0] < sums[$1] } ?? 12)
  }
}
