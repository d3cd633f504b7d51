import Audio
import Glibc

/// A gain over the length of a song, one point every 16 frames and straight lines between them.
struct GainCurve {
  static let hop = Hops.frames

  /// Point k is the gain at frame 16 k; there is one more than hops.
  var points: [Float]

  init(frames: Int, gain: Float = 1) {
    points = [Float](repeating: gain, count: Self.hops(in: frames) + 1)
  }

  static func hops(in frames: Int) -> Int { Hops.count(in: frames) }

  static func * (a: GainCurve, b: GainCurve) -> GainCurve {
    var product = a
    for index in product.points.indices { product.points[index] *= b.points[index] }
    return product
  }

  mutating func multiply(by other: GainCurve) {
    for index in points.indices { points[index] *= other.points[index] }
  }

  mutating func multiply(by factor: Float) {
    for index in points.indices { points[index] *= factor }
  }

  /// Multiplies both channels by the curve.
  func apply(to buffer: inout StereoBuffer) {
    Hops.ramp(&buffer.left, along: points)
    Hops.ramp(&buffer.right, along: points)
  }
}

/// Decibels as factors.
func factor(decibels: Double) -> Float { Float(pow(10, decibels / 20)) }
