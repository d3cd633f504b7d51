import Glibc

/// A second-order filter whose cutoff may move at any time without clicks: the trapezoidal state-variable
/// form (Zavalishin, "The Art of VA Filter Design", chapter 4).
///
/// Written so that what one frame needs of the frame before is a product and two sums, and not the chain of eight that
/// the book's form has: the outputs are the same.
struct StateVariableFilter {
  struct Outputs {
    var low: Float
    var band: Float
    var high: Float
  }

  private var settings = StateVariableSettings()
  private var first: Float = 0
  private var second: Float = 0

  /// - Parameters:
  ///   - cutoff: in Hz, kept under 0.45 of the sample rate.
  ///   - resonance: 0 (none) ..< 1 (rings for ever).
  mutating func tune(cutoff: Float, resonance: Float, sampleRate: Float) {
    settings.tune(cutoff: cutoff, resonance: resonance, sampleRate: sampleRate)
  }

  @inline(__always)
  mutating func process(_ input: Float) -> Outputs {
    let s = settings
    let band = (s.entering * input - s.entering * second) + s.staying * first
    let low = second + s.g * band
    let high = (input - s.back * first - second) * s.scale
    let entered = 2 * s.entering * input
    let newFirst = (entered - 2 * s.entering * second) + s.firstStays * first
    second = (s.g * entered + 2 * s.g * s.staying * first) + s.secondStays * second
    first = newFirst
    return Outputs(low: low, band: band, high: high)
  }
}

/// The same filter on both channels at once.
struct StereoStateVariableFilter {
  private var settings = StateVariableSettings()
  private var first = SIMD2<Float>(repeating: 0)
  private var second = SIMD2<Float>(repeating: 0)

  mutating func tune(cutoff: Float, resonance: Float, sampleRate: Float) {
    settings.tune(cutoff: cutoff, resonance: resonance, sampleRate: sampleRate)
  }

  @inline(__always)
  mutating func process(_ input: SIMD2<Float>) -> (low: SIMD2<Float>, high: SIMD2<Float>) {
    let s = settings
    let band = (s.entering * input - s.entering * second) + s.staying * first
    let low = second + s.g * band
    let high = (input - s.back * first - second) * s.scale
    let entered = 2 * s.entering * input
    let newFirst = (entered - 2 * s.entering * second) + s.firstStays * first
    second = (s.g * entered + (2 * s.g * s.staying) * first) + s.secondStays * second
    first = newFirst
    return (low, high)
  }
}

/// What a cutoff and a resonance come to.
struct StateVariableSettings {
  fileprivate var g: Float = 0
  fileprivate var scale: Float = 1
  /// How much of the first integrator comes back into the high-pass.
  fileprivate var back: Float = 1
  /// Shares of the input and the first integrator in the band-pass.
  fileprivate var entering: Float = 0
  fileprivate var staying: Float = 1
  /// What is left of each integrator after a frame, without the other.
  fileprivate var firstStays: Float = 1
  fileprivate var secondStays: Float = 1

  fileprivate mutating func tune(cutoff: Float, resonance: Float, sampleRate: Float) {
    g = tan(.pi * min(max(cutoff, 10), 0.45 * sampleRate) / sampleRate)
    let damping = 2 * (1 - min(max(resonance, 0), 0.98))
    back = g + damping
    scale = 1 / (1 + g * back)
    entering = g * scale
    staying = 1 - entering * back
    firstStays = 2 * staying - 1
    secondStays = 1 - 2 * g * entering
  }
}
