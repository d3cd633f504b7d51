import Foundation

/// The excitation that the generator shapes: nine harmonics of the pitch, and noise (`singer.md` 2.8).
struct HarmonicSource {
  static let harmonics = 9
  /// Samples that one value of F0 lasts.
  static let hop = 300
  private static let sampleRate = 24_000.0
  let weight: [Float]
  let bias: Float

  init(weight: [Float], bias: Float) {
    precondition(weight.count == Self.harmonics, "a weight for each harmonic")
    self.weight = weight
    self.bias = bias
  }

  init(_ weights: Weights) throws {
    self.init(
      weight: try weights.values("l_linear.weight", [Self.harmonics, 1]), bias: try weights.vector("l_linear.bias", 1)[0])
  }

  /// - Parameters:
  ///   - f0: in Hz, 80 a second; up to 10 it is unvoiced.
  ///   - noise: nil for none, which only tests want.
  /// - Returns: 300 samples a value, -1 ... 1.
  func callAsFunction(f0: [Float], noise: HashNoise?) -> [Float] {
    let count = f0.count * Self.hop
    var sums = [Double](repeating: Double(bias), count: count)
    for harmonic in 1...Self.harmonics {
      // In cycles, at the centre of each value; in double, for a long phrase has 10^5 of them.
      var phase = 0.0
      let phases = f0.map { f0 in
        let cycles = Double(harmonic) * Double(f0) / Self.sampleRate
        phase += Double(Self.hop) * (cycles - cycles.rounded(.down))
        return phase
      }
      let w = Double(weight[harmonic - 1])
      for sample in 0..<count {
        let isVoiced = f0[sample / Self.hop] > 10
        var e = 0.0
        if isVoiced {
          let position = min(max((Double(sample) + 0.5) / Double(Self.hop) - 0.5, 0), Double(f0.count - 1))
          let left = Int(position)
          let right = min(left + 1, f0.count - 1)
          let cycles = phases[left] + (phases[right] - phases[left]) * (position - Double(left))
          e = 0.1 * sin(2 * .pi * (cycles - cycles.rounded(.down)))
        }
        if let noise {
          e += (isVoiced ? 0.003 : 0.1 / 3) * Double(noise(stream: harmonic - 1, sample: sample))
        }
        sums[sample] += w * e
      }
    }
    return sums.map { Float(tanh($0)) }
  }
}
