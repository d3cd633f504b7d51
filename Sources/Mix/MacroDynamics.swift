import Glibc

/// Leads how far the soft and the loud stretches of a song lie apart towards another loudness range: a fader that rides with the
/// loudness of three seconds, up to a few decibels.
struct MacroDynamics {
  /// How much further than before they may lie apart: half to twice.
  static let stretches = 0.5 ... 2.0
  /// The fader's way, in decibels up and down.
  static let way = 4.0

  private static let hopsPerTenth = 4800 / GainCurve.hop
  /// Three seconds, in tenths.
  private static let window = 30

  /// The mean K-weighted power of each tenth of a second.
  private let tenths: [Double]
  /// How far each tenth's three seconds lie above the whole, within 12 dB.
  private let deviations: [Double]

  /// - Parameters:
  ///   - weighted: `Energies.weighted` of the song.
  ///   - gain: what it will be multiplied by besides.
  init(weighted: [Float], gain: GainCurve) {
    var tenths: [Double] = []
    for start in stride(from: 0, to: weighted.count, by: Self.hopsPerTenth) {
      let end = min(start + Self.hopsPerTenth, weighted.count)
      var sum = 0.0
      for hop in start..<end {
        let factor = Double(gain.points[hop] + gain.points[hop + 1]) / 2
        sum += Double(weighted[hop]) * factor * factor
      }
      tenths.append(sum / Double((end - start) * GainCurve.hop))
    }
    self.tenths = tenths
    let whole = Energies.loudness(weighted: weighted, gain: gain) ?? 0
    deviations = tenths.indices.map { tenth in
      let around = tenths[max(0, tenth - Self.window / 2)..<min(tenths.count, tenth + Self.window / 2)]
      let level = Self.level(around.reduce(0, +) / Double(max(1, around.count)))
      return min(max(level - whole, -12), 12)
    }
  }

  /// The fader that brings the range nearest to so many LU.
  func curve(towards range: Double, frames: Int) -> GainCurve {
    var (low, high) = (Self.stretches.lowerBound, Self.stretches.upperBound)
    for _ in 0..<12 {
      let middle = (low + high) / 2
      if Self.range(riding(middle)) < range { low = middle } else { high = middle }
    }
    let stretch = (low + high) / 2
    var curve = GainCurve(frames: frames)
    guard !deviations.isEmpty else { return curve }
    for point in curve.points.indices {
      let place = min(max(Double(point) / Double(Self.hopsPerTenth) - 0.5, 0), Double(deviations.count - 1))
      let below = Int(place)
      let above = min(below + 1, deviations.count - 1)
      let share = place - Double(below)
      curve.points[point] = factor(
        decibels: (1 - share) * gain(stretch, deviations[below]) + share * gain(stretch, deviations[above]))
    }
    return curve
  }

  private func gain(_ stretch: Double, _ deviation: Double) -> Double { min(max((stretch - 1) * deviation, -Self.way), Self.way) }

  private func riding(_ stretch: Double) -> [Double] {
    zip(tenths, deviations).map { $0 * pow(10, gain(stretch, $1) / 10) }
  }

  private static func level(_ power: Double) -> Double { -0.691 + 10 * log10(max(power, 1e-12)) }

  /// Loudness range of powers of tenths of a second (EBU Tech 3342): between the 10th and the 95th percentile of the loudness of three
  /// seconds, without what is 20 LU below the whole.
  static func range(_ tenths: [Double]) -> Double {
    guard tenths.count >= window else { return 0 }
    let blocks = (0...tenths.count - window).map { tenths[$0..<$0 + window].reduce(0, +) / Double(window) }
      .filter { level($0) > -70 }
    guard !blocks.isEmpty else { return 0 }
    let gate = level(blocks.reduce(0, +) / Double(blocks.count)) - 20
    let levels = blocks.map(level).filter { $0 > gate }.sorted()
    func percentile(_ share: Double) -> Double { levels[Int((share * Double(levels.count - 1)).rounded())] }
    return levels.isEmpty ? 0 : percentile(0.95) - percentile(0.1)
  }
}
