import Glibc
import Kernels

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
  /// Frames from a frame's way in to its way out of a `State`.
  public static let lag = 3
  /// Frames filtered at a time where something else is to happen in between.
  public static let stretch = 48_000

  /// b0, b1, b2, a1, a2, each for the eight lanes.
  private var sections = [Double](repeating: 0, count: 40)

  /// - Precondition: one to four sections.
  public init(_ sections: [Biquad]) {
    precondition(1...4 ~= sections.count, "an equalizer has one to four sections")
    for lane in 0..<8 {
      let section = lane / 2 < sections.count ? sections[lane / 2] : .flat
      for (index, value) in [section.b0, section.b1, section.b2, section.a1, section.a2].enumerated() {
        self.sections[8 * index + lane] = value
      }
    }
  }

  /// Filters a whole sound in place.
  public func process(_ buffer: inout StereoBuffer, isLoop: Bool = false) { process(&buffer, isLoop: isLoop) {} }

  /// Filters a whole sound in place.
  /// - Parameters:
  ///   - isLoop: the sound is its own past, so that its end still meets its beginning; otherwise it
  ///     comes out of silence.
  ///   - step: called after each second of sound; what it throws ends the work.
  /// - Complexity: O(frames), about 3 ns each.
  public func process(
    _ buffer: inout StereoBuffer, isLoop: Bool = false, step: () throws -> Void
  ) rethrows {
    let frames = buffer.frames
    var state = State()
    let isLoop = isLoop && frames > Self.lag
    var edge = StereoBuffer(frames: 0)
    if isLoop {
      edge.left = Array(buffer.left[..<Self.lag])
      edge.right = Array(buffer.right[..<Self.lag])
      var past = StereoBuffer(
        left: Array(buffer.left[max(0, frames - 24_000)...]), right: Array(buffer.right[max(0, frames - 24_000)...]))
      state.advance(&past, 0..<past.frames, self)
      // Its last three frames are still inside, and belong to the end.
    }
    for start in stride(from: 0, to: frames, by: Self.stretch) {
      state.advance(&buffer, start..<min(start + Self.stretch, frames), self)
      try step()
    }
    if isLoop {
      // The end waits inside until the beginning comes round again.
      var ending = StereoBuffer(
        left: [Float](repeating: 0, count: Self.lag) + edge.left, right: [Float](repeating: 0, count: Self.lag) + edge.right)
      state.advance(&ending, Self.lag..<2 * Self.lag, self)
      for frame in 0..<Self.lag {
        buffer.left[frames - Self.lag + frame] = ending.left[frame]
        buffer.right[frames - Self.lag + frame] = ending.right[frame]
      }
    } else {
      state.advance(&buffer, frames..<frames + Self.lag, self)
    }
  }

  /// How often `process` calls `step` for a sound of so many frames.
  public static func steps(for frames: Int) -> Int { (frames + stretch - 1) / stretch }

  /// What the filters remember between stretches of one sound.
  public struct State {
    private var memory = [Double](repeating: 0, count: 24)

    public init() {}

    /// Takes in the frames of `range` (silence beyond the end) and writes what comes out over those `lag` frames
    /// before, in place.
    public mutating func advance(_ buffer: inout StereoBuffer, _ range: Range<Int>, _ equalizer: Equalizer) {
      precondition(range.lowerBound >= 0 && range.upperBound <= buffer.frames + Equalizer.lag)
      let frames = buffer.frames
      buffer.withChannels { left, right in
        unsafe left.withUnsafeMutableBufferPointer { left in
          unsafe right.withUnsafeMutableBufferPointer { right in
            unsafe kernel_equalize(
              equalizer.sections, &memory, left.baseAddress, right.baseAddress, range.lowerBound, range.upperBound, frames)
          }
        }
      }
    }

    /// The same as `advance`, where what comes out also goes through an ear, whose filters remember in `heard`: that is
    /// written to the beginning of two other channels, `2 * lag` frames after what it heard.
    /// - Precondition: the channels of what is heard hold the range.
    public mutating func advance(
      _ buffer: inout StereoBuffer, _ range: Range<Int>, _ equalizer: Equalizer, ear: Equalizer, hearing heard: inout State,
      into output: inout StereoBuffer
    ) {
      precondition(
        range.lowerBound >= 0 && range.upperBound <= buffer.frames + Equalizer.lag && output.frames >= range.count)
      let frames = buffer.frames
      buffer.withChannels { left, right in
        output.withChannels { heardLeft, heardRight in
          unsafe left.withUnsafeMutableBufferPointer { left in
            unsafe right.withUnsafeMutableBufferPointer { right in
              unsafe heardLeft.withUnsafeMutableBufferPointer { heardLeft in
                unsafe heardRight.withUnsafeMutableBufferPointer { heardRight in
                  unsafe kernel_equalize_heard(
                    equalizer.sections, &memory, ear.sections, &heard.memory, left.baseAddress, right.baseAddress,
                    heardLeft.baseAddress, heardRight.baseAddress, range.lowerBound, range.upperBound, frames)
                }
              }
            }
          }
        }
      }
    }

    /// Forgets what is 200 dB under full scale; whether there is nothing else.
    public mutating func settle() -> Bool {
      guard memory.allSatisfy({ abs($0) < 1e-10 }) else { return false }
      for index in memory.indices { memory[index] = 0 }
      return true
    }
  }
}
