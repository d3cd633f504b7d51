import Glibc

/// Four times the sample rate and back, by a sinc of 48 taps in a Hann window: for what bends waveforms.
///
/// A pure function on blocks: the caller keeps the last `historyFrames` frames before each block.
public struct FourfoldOversampling: Sendable {
  /// Frames of the past that each result depends on.
  public static let historyFrames = 11
  /// By how many frames going up delays the sound: 23.5 quarter frames.
  public static let riseDelayFrames = 5.875
  /// By how many frames going up and down again delays it.
  public static let roundTripDelayFrames = 11

  /// Tap t for the four sub-frames at once.
  private let rising: [SIMD4<Float>]
  private let falling: [SIMD4<Float>]

  public init() {
    let taps = Self.historyFrames + 1
    let prototype = Self.prototype(taps: taps)
    rising = (0..<taps).map { tap in
      SIMD4((0..<4).map { Float(prototype[tap * 4 + $0] * 4) })
    }
    falling = (0..<taps).map { tap in
      // Sub-frame 3 of a frame is the newest, so it meets the earliest tap.
      SIMD4((0..<4).map { Float(prototype[tap * 4 + 3 - $0]) })
    }
  }

  /// A sinc in a Hann window, four sub-frames a tap, with gain 1.
  private static func prototype(taps: Int) -> [Double] {
    let length = taps * 4
    let prototype = (0..<length).map { index -> Double in
      let x = Double(index) - Double(length - 1) / 2
      let turn = 2 * .pi * (Double(index) + 0.5) / Double(length)
      return sin(.pi * x / 4) / (.pi * x / 4) * (0.5 - 0.5 * cos(turn))
    }
    let sum = prototype.reduce(0, +)
    return prototype.map { $0 / sum }
  }

  /// Each frame as its four sub-frames, the earliest first.
  /// - Parameter input: `historyFrames` frames of the past, then the block, as long as `output`.
  public func rise(_ input: Span<Float>, into output: inout MutableSpan<SIMD4<Float>>) {
    let count = output.count
    precondition(input.count == count + Self.historyFrames && rising.count == 12)
    for frame in 0..<count {
      var sum = SIMD4<Float>(repeating: 0)
      for tap in 0..<12 { sum += rising[tap] * input[frame + 11 - tap] }
      output[frame] = sum
    }
  }

  /// One frame for each four sub-frames.
  /// - Parameter input: `historyFrames` frames of the past, then the block, as long as `output`.
  public func fall(_ input: Span<SIMD4<Float>>, into output: inout MutableSpan<Float>) {
    let count = output.count
    precondition(input.count == count + Self.historyFrames && falling.count == 12)
    for frame in 0..<count {
      var sum = SIMD4<Float>(repeating: 0)
      for tap in 0..<12 { sum += falling[tap] * input[frame + 11 - tap] }
      output[frame] = sum.sum()
    }
  }
}
