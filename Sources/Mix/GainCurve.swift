import Glibc

/// A gain over the length of a song, one point every 16 frames and straight lines between them.
struct GainCurve {
  static let hop = 16

  /// Point k is the gain at frame 16 k; there is one more than hops.
  var points: [Float]

  init(frames: Int, gain: Float = 1) {
    points = [Float](repeating: gain, count: Self.hops(in: frames) + 1)
  }

  static func hops(in frames: Int) -> Int { (frames + hop - 1) / hop }

  static func * (a: GainCurve, b: GainCurve) -> GainCurve {
    var product = a
    for index in product.points.indices { product.points[index] *= b.points[index] }
    return product
  }

  /// Multiplies a channel by the curve.
  func apply(to channel: inout [Float]) {
    let step: Float = 1 / Float(Self.hop)
    var samples = channel.mutableSpan
    for index in 0..<points.count - 1 {
      let start = points[index]
      let slope = (points[index + 1] - start) * step
      let first = index * Self.hop
      for offset in 0..<min(Self.hop, samples.count - first) {
        samples[first + offset] *= start + slope * Float(offset)
      }
    }
  }
}

/// Decibels as factors.
func factor(decibels: Double) -> Float { Float(pow(10, decibels / 20)) }
