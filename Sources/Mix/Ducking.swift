import Glibc
import Music

/// Making room: for the kick drum, by time; for the leading part, by what it does.
enum Ducking {
  /// Frames at which the score's kick drums sound.
  static func kicks(in score: Score, frames: Int) -> [Int] {
    score.parts.filter { $0.role == .drums }
      .flatMap(\.notes)
      .filter { ($0.pitch.midi == 35 || $0.pitch.midi == 36) && $0.velocity >= 50 }
      .map { Int(score.seconds(atTick: $0.startTick + $0.nudgeTicks) * 48_000) }
      .filter { $0 >= 0 && $0 < frames }
      .sorted()
  }

  /// Down by `decibels` within 4 ms before each kick, held for 40 ms, back along half a cosine.
  static func byKick(_ kicks: [Int], decibels: Double, releaseSeconds: Double, frames: Int) -> GainCurve {
    var curve = GainCurve(frames: frames)
    let fall = 12
    let hold = 120
    let release = max(Int(releaseSeconds * 48_000) / GainCurve.hop, 1)
    for (index, kick) in kicks.enumerated() {
      let start = kick / GainCurve.hop
      let next = index + 1 < kicks.count ? kicks[index + 1] / GainCurve.hop - fall : curve.points.count
      for hop in max(0, start - fall)..<min(start + hold + release, curve.points.count) where hop < max(next, start) {
        let depth: Double
        if hop < start {
          depth = Double(hop - start + fall) / Double(fall)
        } else if hop < start + hold {
          depth = 1
        } else {
          depth = 0.5 + 0.5 * cos(.pi * Double(hop - start - hold) / Double(release))
        }
        curve.points[hop] = min(curve.points[hop], factor(decibels: -decibels * depth))
      }
    }
    return curve
  }

  /// How much the leading part is there in each hop: 0 where it is silent, 1 where it plays at its usual loudness.
  static func activity(weighted: [Float], loudness: Double) -> [Float] {
    let hopSeconds = Double(GainCurve.hop) / 48_000
    let rising = Float(1 - exp(-hopSeconds / 0.012))
    let falling = Float(1 - exp(-hopSeconds / 0.18))
    let reference = Float(pow(10, (loudness + 0.691) / 10)) * Float(GainCurve.hop)
    var activity: Float = 0
    return weighted.map { energy in
      let now = min(energy / reference * 3, 1)
      activity += (now - activity) * (now > activity ? rising : falling)
      return activity
    }
  }
}
