import Glibc
import Kernels

/// Sound in hops of 16 frames: the grain in which a mix is measured and its gains move.
public enum Hops {
  public static let frames = 16

  /// How many hops hold so many frames; the last may be partly filled.
  public static func count(in frames: Int) -> Int { (frames + Self.frames - 1) / Self.frames }

  /// Adds the squares of both channels to each hop's energy.
  /// - Parameters:
  ///   - start: the frame of the channels where the first of `hops` begins.
  /// - Precondition: the channels reach to the end of the last hop.
  public static func addEnergies(
    of left: Span<Float>, _ right: Span<Float>, from start: Int, to energies: inout MutableSpan<Float>, in hops: Range<Int>
  ) {
    precondition(
      start >= 0 && left.count >= start + hops.count * frames && right.count >= start + hops.count * frames
        && hops.lowerBound >= 0 && hops.upperBound <= energies.count)
    unsafe left.withUnsafeBufferPointer { left in
      unsafe right.withUnsafeBufferPointer { right in
        unsafe energies.withUnsafeMutableBufferPointer { energies in
          guard let left = left.baseAddress, let right = right.baseAddress, let energies = energies.baseAddress else { return }
          unsafe kernel_energies(left + start, right + start, energies + hops.lowerBound, hops.count)
        }
      }
    }
  }

  /// The highest absolute value of two channels of one length.
  public static func loudest(_ left: Span<Float>, _ right: Span<Float>) -> Float {
    precondition(left.count == right.count)
    return unsafe left.withUnsafeBufferPointer { left in
      unsafe right.withUnsafeBufferPointer { right in
        unsafe kernel_loudest(left.baseAddress, right.baseAddress, left.count)
      }
    }
  }

  /// Multiplies a channel by a gain that runs straight from point to point, one a hop.
  /// - Precondition: there is one point more than hops in the channel.
  public static func ramp(_ channel: inout [Float], along points: [Float]) {
    let whole = channel.count / frames
    precondition(points.count > count(in: channel.count))
    unsafe kernel_ramp(&channel, points, whole)
    for frame in whole * frames..<channel.count {
      let within = Float(frame - whole * frames) / Float(frames)
      channel[frame] *= points[whole] + within * (points[whole + 1] - points[whole])
    }
  }

  /// Mixes two channels into two others, through a matrix and a gain that runs straight from point to point.
  /// - Parameters:
  ///   - first: the hop of the sound where the channels begin.
  ///   - matrix: left to left, right to left, left to right, right to right.
  /// - Precondition: all four channels are equally long, whole hops, and the points reach to their end.
  public static func place(
    _ left: Span<Float>, _ right: Span<Float>, along points: [Float], from first: Int, matrix: SIMD4<Float>,
    into outLeft: inout MutableSpan<Float>, _ outRight: inout MutableSpan<Float>
  ) {
    let hops = outLeft.count / frames
    precondition(
      left.count == hops * frames && right.count == left.count && outLeft.count == left.count
        && outRight.count == left.count && first >= 0 && first + hops < points.count)
    let factors = [matrix.x, matrix.y, matrix.z, matrix.w]
    let points = points.span.extracting(first...)
    unsafe left.withUnsafeBufferPointer { left in
      unsafe right.withUnsafeBufferPointer { right in
        unsafe points.withUnsafeBufferPointer { points in
          unsafe outLeft.withUnsafeMutableBufferPointer { outLeft in
            unsafe outRight.withUnsafeMutableBufferPointer { outRight in
              unsafe kernel_place(
                left.baseAddress, right.baseAddress, points.baseAddress, factors, outLeft.baseAddress,
                outRight.baseAddress, hops)
            }
          }
        }
      }
    }
  }

  /// Adds `gain` times a channel to a sum, each value rounded to a multiple of 2^-20.
  ///
  /// Sums of such values are exact as long as they stay under 16, so they come out the same in any order: several
  /// threads may add to one sum. The rounding is 125 dB under full scale.
  /// - Parameter start: where in the sum the channel begins; what reaches beyond its end is left out.
  public static func addRounded(
    _ channel: Span<Float>, gain: Float = 1, to sum: inout MutableSpan<Float>, at start: Int
  ) {
    precondition(start >= 0)
    let count = min(channel.count, sum.count - start)
    guard count > 0 else { return }
    unsafe channel.withUnsafeBufferPointer { channel in
      unsafe sum.withUnsafeMutableBufferPointer { sum in
        guard let output = sum.baseAddress else { return }
        unsafe kernel_add_rounded(output + start, channel.baseAddress, gain, count)
      }
    }
  }

  /// A sinc of 32 taps in a Hann window for each fifth between two samples, tap after tap.
  private static let betweenTaps: [Float] = {
    let count = 32
    let phases = (1...4).map { fifth -> [Double] in
      let taps = (0..<count).map { tap -> Double in
        let x = Double(fifth) / 5 - Double(count / 2 - tap)
        return sin(.pi * x) / (.pi * x) * (0.5 + 0.5 * cos(.pi * x / Double(count / 2)))
      }
      let sum = taps.reduce(0, +)
      return taps.map { $0 / sum }
    }
    return (0..<count).flatMap { tap in phases.map { Float($0[tap]) } }
  }()

  /// The highest absolute value in each hop of a channel, between the samples too (BS.1770-4, annex 2).
  ///
  /// At five times the rate, by more taps than BS.1770-4 asks for. A peak between two places that are looked at is read at most 0.3 dB low
  /// at 20 kHz; above 21.5 kHz the interpolator begins to fall off.
  public static func truePeaks(of channel: [Float]) -> [Float] {
    let (before, after) = (15, 16)
    let block = 256
    var peaks = [Float](repeating: 0, count: count(in: channel.count))
    var padded = [Float](repeating: 0, count: before + block * frames + after)
    for first in stride(from: 0, to: peaks.count, by: block) {
      let start = first * frames - before
      for index in padded.indices {
        let frame = start + index
        padded[index] = frame >= 0 && frame < channel.count ? channel[frame] : 0
      }
      let hops = min(block, peaks.count - first)
      unsafe padded.withUnsafeBufferPointer { padded in
        unsafe peaks.withUnsafeMutableBufferPointer { peaks in
          guard let input = padded.baseAddress, let output = peaks.baseAddress else { return }
          unsafe kernel_peaks(betweenTaps, betweenTaps.count / 4, input + before, output + first, hops)
        }
      }
    }
    return peaks
  }
}

/// A band of both channels that is taken away as much as a curve says: one band of a dynamic equalizer.
public struct DynamicDip {
  private let section: [Double]
  private var memory = [Double](repeating: 0, count: 4)

  /// - Parameter band: a band-pass of gain 1 at its centre.
  public init(_ band: Biquad) { section = [band.b0, band.b1, band.b2, band.a1, band.a2] }

  /// Takes the band away in place, by 1 - `keep` in each hop.
  /// - Parameter first: the hop of the sound where the channels begin.
  /// - Precondition: both channels are equally long, whole hops, and `keep` reaches to their end.
  public mutating func process(
    _ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>, keep: [Float], from first: Int
  ) {
    let hops = left.count / Hops.frames
    precondition(left.count == hops * Hops.frames && right.count == left.count && first >= 0 && first + hops <= keep.count)
    let keep = keep.span.extracting(first...)
    unsafe left.withUnsafeMutableBufferPointer { left in
      unsafe right.withUnsafeMutableBufferPointer { right in
        unsafe keep.withUnsafeBufferPointer { keep in
          unsafe kernel_dip(section, &memory, keep.baseAddress, left.baseAddress, right.baseAddress, hops)
        }
      }
    }
  }
}
