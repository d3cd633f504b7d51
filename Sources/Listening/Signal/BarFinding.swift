import Foundation

/// How the beats are grouped into bars and divided (`listening.md` 5.4).
public struct Metre: Sendable, Equatable {
  public enum Feel: String, Sendable {
    case straight, swing, compound
  }
  /// As it is written: "4/4", "3/4", "6/8", and rarely "5/4" or "7/4".
  public var name: String
  /// Felt beats in a bar: 2 for 6/8.
  public var beatsPerBar: Int
  public var feel: Feel
  /// Where the offbeat is in a swung beat, 0.55 ... 0.75.
  public var swingRatio: Double?
  /// 0 ... 1, by how far the second grouping is behind.
  public var confidence: Double
}

/// What beats in a bar there may be. 2/4 can't be told from 4/4, nor 12/8 from a 4/4 in triplets: both are 4/4.
enum BarKind: String, CaseIterable, Sendable {
  case fourFour = "4/4", threeFour = "3/4", sixEight = "6/8", fiveFour = "5/4", sevenFour = "7/4"

  /// Felt ones.
  var beats: Int {
    switch self {
    case .fourFour: 4
    case .threeFour: 3
    case .sixEight: 2
    case .fiveFour: 5
    case .sevenFour: 7
    }
  }
}

/// What a row of beats says about bars: which of them are accented, and what lies between them.
struct BarEvidence: Sendable {
  /// How much each beat looks like a first one.
  let accents: [Double]
  /// How much the harmony changes with each beat, standardised.
  let changes: [Double]
  /// Mean onsets at a third, half and two thirds of the beats, above the median.
  let third, half, twoThirds: Double

  /// - Parameters:
  ///   - beats: seconds, at least one.
  ///   - period: of a beat, seconds.
  init(beats: [Double], period: Double, onsets: OnsetStrength, chroma: Chroma) {
    let frames = beats.map(OnsetStrength.frame)
    let low = frames.map { onsets.low.highest($0 - 2...$0 + 2) ?? 0 }.standardised
    let total = frames.map { onsets.all.highest($0 - 2...$0 + 2) ?? 0 }.standardised
    let changes = beats.map { beat -> Double in
      guard let before = chroma.framesWithin(beat - period, beat - 0.05),
        let after = chroma.framesWithin(beat + 0.05, beat + period)
      else { return 0 }
      return 1 - similarity(chroma.treble.mean(before), chroma.treble.mean(after))
        + 0.5 * (1 - similarity(chroma.bass.mean(before), chroma.bass.mean(after)))
    }.standardised
    accents = beats.indices.map { changes[$0] + 0.6 * low[$0] + 0.25 * total[$0] }
    self.changes = changes
    let floor = onsets.all.median
    let heights = [1.0 / 3, 0.5, 2.0 / 3].map { share in
      let values = beats.compactMap { beat -> Double? in
        let frame = OnsetStrength.frame(beat + share * period)
        return onsets.all.highest(frame - 1...frame + 1)
      }
      return max(0, values.mean - floor)
    }
    (third, half, twoThirds) = (heights[0], heights[1], heights[2])
  }

  /// How far every so many beats stand out of the others in the best of the phases, in deviations of the beats.
  static func contrast(of beats: Int, in values: [Double]) -> (phase: Int, height: Double) {
    let heights = (0..<beats).map { height(of: beats, from: $0, in: values) }
    let phase = heights.indices.max { heights[$0] < heights[$1] } ?? 0
    return (phase, heights[phase])
  }

  /// The same, from the given phase on.
  static func height(of beats: Int, from phase: Int, in values: [Double]) -> Double {
    var (on, off, count) = (0.0, 0.0, 0)
    for (index, value) in values.enumerated() {
      if index >= phase, index % beats == phase {
        on += value
        count += 1
      } else {
        off += value
      }
    }
    let rest = values.count - count
    guard count > 0, rest > 0 else { return 0 }
    return (on / Double(count) - off / Double(rest)) * Double(count * rest).squareRoot() / Double(values.count)
  }
}

/// The bars of a song.
struct BarFinding: Sendable {
  let metre: Metre
  let downbeats: [Double]

  init(_ pulse: Pulse, onsets: OnsetStrength) {
    let (beats, evidence) = (pulse.tracking.beats, pulse.evidence)
    var phase = BarEvidence.contrast(of: pulse.kind.beats, in: evidence.accents).phase
    if pulse.kind == .fourFour {
      // Where every other beat is accented, the stronger of the two is the bar's.
      let two = BarEvidence.contrast(of: 2, in: evidence.accents)
      if 0.72 * two.height > BarEvidence.height(of: 4, from: phase, in: evidence.accents) {
        let (one, other) = (two.phase, two.phase + 2)
        phase = BarEvidence.height(of: 4, from: one, in: evidence.accents) >= BarEvidence.height(of: 4, from: other, in: evidence.accents)
          ? one : other
      }
    }
    // A swung beat has its last third only.
    let isSwung = evidence.twoThirds > 1.5 * evidence.half && evidence.twoThirds > 1.5 * evidence.third
    let feel: Metre.Feel = pulse.kind == .sixEight ? .compound : isSwung ? .swing : .straight
    metre = Metre(
      name: pulse.kind.rawValue, beatsPerBar: pulse.kind.beats, feel: feel,
      swingRatio: feel == .swing ? Self.swingRatio(beats: beats, onsets: onsets.all) : nil, confidence: pulse.confidence)
    downbeats = stride(from: phase, to: beats.count, by: pulse.kind.beats).map { beats[$0] }
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
