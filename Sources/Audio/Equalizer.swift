import Glibc

/// One second-order filter: coefficients after R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad
/// filter coefficients".
public struct Biquad: Sendable, Hashable {
  var b0, b1, b2, a1, a2: Double

  /// Lets everything through unchanged.
  public static let flat = Biquad(b: (1, 0, 0), a: (1, 0, 0))

  private init(b: (Double, Double, Double), a: (Double, Double, Double)) {
    b0 = b.0 / a.0
    b1 = b.1 / a.0
    b2 = b.2 / a.0
    a1 = a.1 / a.0
    a2 = a.2 / a.0
  }

  private static func angle(_ hertz: Double, _ sampleRate: Int, _ q: Double) -> (cos: Double, alpha: Double) {
    let w = 2 * .pi * min(max(hertz, 5), 0.49 * Double(sampleRate)) / Double(sampleRate)
    return (cos(w), sin(w) / (2 * max(q, 0.05)))
  }

  /// 12 dB an octave below `hertz`.
  public static func highPass(_ hertz: Double, q: Double = 0.7071, sampleRate: Int = 48_000) -> Biquad {
    let (c, alpha) = angle(hertz, sampleRate, q)
    return Biquad(b: ((1 + c) / 2, -(1 + c), (1 + c) / 2), a: (1 + alpha, -2 * c, 1 - alpha))
  }

  /// 12 dB an octave above `hertz`.
  public static func lowPass(_ hertz: Double, q: Double = 0.7071, sampleRate: Int = 48_000) -> Biquad {
    let (c, alpha) = angle(hertz, sampleRate, q)
    return Biquad(b: ((1 - c) / 2, 1 - c, (1 - c) / 2), a: (1 + alpha, -2 * c, 1 - alpha))
  }

  /// A band around `hertz` with gain 1 at its centre.
  public static func bandPass(_ hertz: Double, q: Double, sampleRate: Int = 48_000) -> Biquad {
    let (c, alpha) = angle(hertz, sampleRate, q)
    return Biquad(b: (alpha, 0, -alpha), a: (1 + alpha, -2 * c, 1 - alpha))
  }

  /// A bell of so many decibels.
  public static func peak(
    _ hertz: Double, decibels: Double, q: Double = 1, sampleRate: Int = 48_000
  ) -> Biquad {
    let (c, alpha) = angle(hertz, sampleRate, q)
    let a = pow(10, decibels / 40)
    return Biquad(
      b: (1 + alpha * a, -2 * c, 1 - alpha * a), a: (1 + alpha / a, -2 * c, 1 - alpha / a))
  }

  /// So many decibels more below `hertz`.
  public static func lowShelf(_ hertz: Double, decibels: Double, sampleRate: Int = 48_000) -> Biquad {
    let (c, alpha) = angle(hertz, sampleRate, 0.7071)
    let a = pow(10, decibels / 40)
    let root = 2 * sqrt(a) * alpha
    return Biquad(
      b: (a * ((a + 1) - (a - 1) * c + root), 2 * a * ((a - 1) - (a + 1) * c),
        a * ((a + 1) - (a - 1) * c - root)),
      a: ((a + 1) + (a - 1) * c + root, -2 * ((a - 1) + (a + 1) * c), (a + 1) + (a - 1) * c - root))
  }

  /// So many decibels more above `hertz`.
  public static func highShelf(_ hertz: Double, decibels: Double, sampleRate: Int = 48_000) -> Biquad {
    let (c, alpha) = angle(hertz, sampleRate, 0.7071)
    let a = pow(10, decibels / 40)
    let root = 2 * sqrt(a) * alpha
    return Biquad(
      b: (a * ((a + 1) + (a - 1) * c + root), -2 * a * ((a - 1) + (a + 1) * c),
        a * ((a + 1) + (a - 1) * c - root)),
      a: ((a + 1) - (a - 1) * c + root, 2 * ((a - 1) - (a + 1) * c), (a + 1) - (a - 1) * c - root))
  }

  /// The K-weighting of ITU-R BS.1770-4 at 48 kHz: its two filters, by the table of the recommendation.
  public static let kWeighting = [
    Biquad(
      b: (1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85),
      a: (1, -1.690_659_293_182_41, 0.732_480_774_215_85)),
    Biquad(b: (1, -2, 1), a: (1, -1.990_047_454_833_98, 0.990_072_250_366_21)),
  ]
}

/// Up to four biquads in a row over both channels, at the cost of one: the sections work side by side in
/// the lanes of one vector, each a frame behind the section before it. In double precision, because
/// filters far down the scale multiply rounding errors.
public struct Equalizer: Sendable {
  /// Frames from a frame's way in to its way out of `State.advance`.
  public static let lag = 3

  @usableFromInline var b0 = SIMD8<Double>(repeating: 0)
  @usableFromInline var b1 = SIMD8<Double>(repeating: 0)
  @usableFromInline var b2 = SIMD8<Double>(repeating: 0)
  @usableFromInline var a1 = SIMD8<Double>(repeating: 0)
  @usableFromInline var a2 = SIMD8<Double>(repeating: 0)

  /// - Precondition: one to four sections.
  public init(_ sections: [Biquad]) {
    precondition(1...4 ~= sections.count, "an equalizer has one to four sections")
    for index in 0..<4 {
      let section = index < sections.count ? sections[index] : .flat
      for lane in [2 * index, 2 * index + 1] {
        b0[lane] = section.b0
        b1[lane] = section.b1
        b2[lane] = section.b2
        a1[lane] = section.a1
        a2[lane] = section.a2
      }
    }
  }

  /// Filters a whole sound in place.
  /// - Parameter isLoop: the sound is its own past, so that its end still meets its beginning; otherwise it
  ///   comes out of silence.
  /// - Complexity: O(frames), about 6 ns each.
  public func process(_ buffer: inout StereoBuffer, isLoop: Bool = false) {
    let frames = buffer.frames
    buffer.withChannels { left, right in
      var state = State()
      var beyond = [SIMD2<Float>](repeating: SIMD2(0, 0), count: Self.lag)
      if isLoop, frames > Self.lag {
        for frame in 0..<Self.lag { beyond[frame] = SIMD2(left[frame], right[frame]) }
        for frame in max(0, frames - 24_000)..<frames { _ = state.advance(SIMD2(left[frame], right[frame]), self) }
      }
      for frame in 0..<frames + Self.lag {
        let input = frame < frames ? SIMD2(left[frame], right[frame]) : beyond[frame - frames]
        let output = state.advance(input, self)
        if frame >= Self.lag {
          left[frame - Self.lag] = output.x
          right[frame - Self.lag] = output.y
        }
      }
    }
  }

  /// What the filters remember, for loops that do more than filter.
  public struct State {
    @usableFromInline var first = SIMD8<Double>(repeating: 0)
    @usableFromInline var second = SIMD8<Double>(repeating: 0)
    @usableFromInline var carried = SIMD8<Double>(repeating: 0)

    @inlinable public init() {}

    /// Takes the next frame and gives the filtered one of `lag` frames before.
    @inlinable @inline(__always)
    public mutating func advance(_ frame: SIMD2<Float>, _ equalizer: Equalizer) -> SIMD2<Float> {
      let entering = SIMD2<Double>(frame)
      var input = carried
      input.lowHalf.lowHalf = entering
      let output = equalizer.b0 * input + first
      first = (equalizer.b1 * input + second) - equalizer.a1 * output
      second = equalizer.b2 * input - equalizer.a2 * output
      carried = SIMD8(
        lowHalf: SIMD4(lowHalf: entering, highHalf: output.lowHalf.lowHalf),
        highHalf: SIMD4(lowHalf: output.lowHalf.highHalf, highHalf: output.highHalf.lowHalf))
      return SIMD2<Float>(output.highHalf.highHalf)
    }
  }
}
