import Foundation
import Kernels
import Tensor

/// The generator's Fourier transform of 20 samples every 5, there and back (`singer.md` 2.9).
enum ShortSpectrum {
  static let size = 20
  static let hop = 5
  static let bins = size / 2 + 1
  /// The periodic Hann window.
  private static let window = (0..<size).map { Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(size))) }

  /// - Parameter signal: longer than 10 samples; reflected at both ends.
  /// - Returns: [22, frames]: 11 magnitudes, then 11 phases in -pi ... pi; a frame more than signal.count / 5.
  static func analyze(_ signal: [Float]) -> Matrix {
    precondition(signal.count > size / 2, "a signal longer than half a frame")
    let frames = signal.count / hop + 1
    let reflected =
      (1...size / 2).reversed().map { signal[$0] } + signal + (1...size / 2).map { signal[signal.count - 1 - $0] }
    var result = Matrix(rows: 2 * bins, columns: frames)
    unsafe result.values.withUnsafeMutableBufferPointer { values in
      guard let start = unsafe values.baseAddress else { return }
      unsafe kernel_forward20(reflected, start, start + bins * frames, frames, frames)
    }
    return result
  }

  /// The signal whose frames have magnitudes exp(a) and phases sin(b), added up and divided by the sum of squared windows.
  /// - Parameter spectrum: [22, frames]: 11 times a, at most 10, then 11 times b.
  /// - Returns: (frames - 1) x 5 samples.
  static func synthesize(_ spectrum: Matrix) -> [Float] {
    precondition(spectrum.rows == 2 * bins && spectrum.columns > 0, "a spectrum of 22 rows")
    let frames = spectrum.columns
    var samples = [Float](repeating: 0, count: size * frames)  // [20, frames]
    unsafe spectrum.values.withUnsafeBufferPointer { values in
      guard let start = unsafe values.baseAddress else { return }
      unsafe kernel_inverse20(start, start + bins * frames, frames, &samples, frames)
    }
    // A sample lies in up to four frames.
    return (size / 2..<size / 2 + (frames - 1) * hop).map { at in
      var (sum, weight) = (Float(0), Float(0))
      for frame in max(0, (at - size) / hop + (at >= size ? 1 : 0))...min(frames - 1, at / hop) {
        let k = at - frame * hop
        sum += samples[k * frames + frame] * window[k]
        weight += window[k] * window[k]
      }
      return weight > 1e-8 ? sum / weight : 0
    }
  }
}
