import Glibc

/// A look-ahead limiter in gains over time: down smoothly within 2 ms before a peak, back within about
/// 80 ms.
struct Limiter {
  /// The highest value that may come out.
  let ceiling: Float
  /// Whether the end of the sound meets its beginning.
  let isCircular: Bool

  private static let lookAhead = 6
  private static let releaseSeconds = 0.08

  /// - Parameters:
  ///   - peaks: the true peaks of each hop.
  ///   - gain: what the sound will be multiplied by besides.
  func curve(peaks: [Float], gain: GainCurve, frames: Int) -> GainCurve {
    let hops = peaks.count
    var curve = GainCurve(frames: frames)
    guard hops > 0 else { return curve }
    func wrapped(_ hop: Int) -> Int? {
      if hop >= 0, hop < hops { return hop }
      return isCircular ? ((hop % hops) + hops) % hops : nil
    }

    // What each hop allows; the gain may differ at its two ends.
    var allowed = [Float](repeating: 1, count: hops)
    for hop in 0..<hops {
      let highest = peaks[hop] * max(gain.points[hop], gain.points[hop + 1])
      if highest > ceiling { allowed[hop] = ceiling / highest }
    }
    // A point must suit the hops on both its sides, and those soon to come.
    let points = hops + 1
    var lowest = [Float](repeating: 1, count: points)
    for point in 0..<points {
      var low: Float = 1
      for ahead in -1...Self.lookAhead {
        if let hop = wrapped(point + ahead) { low = min(low, allowed[hop]) }
      }
      lowest[point] = low
    }
    let back = Float(1 - exp(-Double(GainCurve.hop) / 48_000 / Self.releaseSeconds))
    var held: Float = 1
    for _ in 0..<(isCircular ? 2 : 1) {
      for point in 0..<points {
        held = min(lowest[point], held + (1 - held) * back)
        curve.points[point] = held
      }
    }
    // The mean of the last few points turns steps into slopes; each of them knew of the peak.
    let sharp = curve.points
    for point in 0..<points {
      var sum: Float = 0
      for behind in 0..<Self.lookAhead {
        let source = point - behind
        sum += source >= 0 ? sharp[source] : (isCircular ? sharp[(source % hops + hops) % hops] : sharp[0])
      }
      curve.points[point] = sum / Float(Self.lookAhead)
    }
    if isCircular { curve.points[hops] = min(curve.points[hops], curve.points[0]); curve.points[0] = curve.points[hops] }
    return curve
  }
}
