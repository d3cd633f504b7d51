import Glibc

/// A second-order filter whose cutoff may move at any time without clicks: the trapezoidal state-variable
/// form (Zavalishin, "The Art of VA Filter Design", chapter 4).
struct StateVariableFilter {
  struct Outputs {
    var low: Float
    var band: Float
    var high: Float
  }

  private var g: Float = 0
  private var damping: Float = 1
  private var scale: Float = 1
  private var first: Float = 0
  private var second: Float = 0

  /// - Parameters:
  ///   - cutoff: in Hz, kept under 0.45 of the sample rate.
  ///   - resonance: 0 (none) ..< 1 (rings for ever).
  mutating func tune(cutoff: Float, resonance: Float, sampleRate: Float) {
    g = tan(.pi * min(max(cutoff, 10), 0.45 * sampleRate) / sampleRate)
    damping = 2 * (1 - min(max(resonance, 0), 0.98))
    scale = 1 / (1 + g * (g + damping))
  }

  @inline(__always)
  mutating func process(_ input: Float) -> Outputs {
    let high = (input - (g + damping) * first - second) * scale
    let band = g * high + first
    first = g * high + band
    let low = g * band + second
    second = g * band + low
    return Outputs(low: low, band: band, high: high)
  }
}

/// The same filter on both channels at once.
struct StereoStateVariableFilter {
  private var g: Float = 0
  private var damping: Float = 1
  private var scale: Float = 1
  private var first = SIMD2<Float>(repeating: 0)
  private var second = SIMD2<Float>(repeating: 0)

  mutating func tune(cutoff: Float, resonance: Float, sampleRate: Float) {
    g = tan(.pi * min(max(cutoff, 10), 0.45 * sampleRate) / sampleRate)
    damping = 2 * (1 - min(max(resonance, 0), 0.98))
    scale = 1 / (1 + g * (g + damping))
  }

  @inline(__always)
  mutating func process(_ input: SIMD2<Float>) -> (low: SIMD2<Float>, high: SIMD2<Float>) {
    let high = (input - (g + damping) * first - second) * scale
    let band = g * high + first
    first = g * high + band
    let low = g * band + second
    second = g * band + low
    return (low, high)
  }
}
