import Glibc

/// Waveforms as functions of a phase in turns, 0..<1, band-limited where they have corners.
enum Waves {
  /// Sine, to within 0.00002: a polynomial, so that it is the same on every machine.
  @inline(__always)
  static func sine(_ phase: Float) -> Float {
    var x = phase - phase.rounded(.down) - 0.5
    if x > 0.25 { x = 0.5 - x } else if x < -0.25 { x = -0.5 - x }
    let t = x * (2 * .pi)
    let t2 = t * t
    return -t * (1 + t2 * (-0.166_666_55 + t2 * (0.008_332_16 + t2 * -0.000_195_15)))
  }

  /// The correction of a unit step at phase 0 (Välimäki & Huovilainen, "Antialiasing Oscillators in
  /// Subtractive Synthesis", 2007): a parabola over one sample on each side.
  @inline(__always)
  static func polyBlep(_ phase: Float, _ increment: Float) -> Float {
    if phase < increment {
      let t = phase / increment
      return t + t - t * t - 1
    }
    if phase > 1 - increment {
      let t = (phase - 1) / increment
      return t * t + t + t + 1
    }
    return 0
  }

  @inline(__always)
  static func saw(_ phase: Float, _ increment: Float) -> Float {
    2 * phase - 1 - polyBlep(phase, increment)
  }

  /// Of any width without a constant part.
  @inline(__always)
  static func pulse(_ phase: Float, _ increment: Float, width: Float) -> Float {
    var falling = phase - width
    if falling < 0 { falling += 1 }
    return (phase < width ? 2 : 0) - 2 * width + polyBlep(phase, increment) - polyBlep(falling, increment)
  }

  /// A soft limit at 1, odd and smooth (the Padé form of the hyperbolic tangent).
  @inline(__always)
  static func saturate(_ x: Float) -> Float {
    let limited = min(max(x, -3), 3)
    let square = limited * limited
    return limited * (27 + square) / (27 + 9 * square)
  }
}

/// Pitches as frequencies.
enum Tuning {
  /// Equal temperament, A4 = 440 Hz.
  static func hertz(key: Double) -> Double { 440 * exp2((key - 69) / 12) }
}
