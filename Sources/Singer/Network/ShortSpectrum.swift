import Foundation
import Tensor

/// The generator's Fourier transform of 20 samples every 5, there and back (`singer.md` 2.9).
enum ShortSpectrum {
  static let size = 20
  static let hop = 5
  static let bins = size / 2 + 1
  /// The periodic Hann window.
  static let window = (0..<size).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(size)) }
  private static let cosines = (0..<size).map { cos(2 * .pi * Double($0) / Double(size)) }
  private static let sines = (0..<size).map { sin(2 * .pi * Double($0) / Double(size)) }

  /// - Parameter signal: longer than 10 samples; reflected at both ends.
  /// - Returns: [22, frames]: 11 magnitudes, then 11 phases in -pi ... pi; a frame more than signal.count / 5.
  static func analyze(_ signal: [Float]) -> Matrix {
    precondition(signal.count > size / 2, "a signal longer than half a frame")
    let frames = signal.count / hop + 1
    var result = Matrix(rows: 2 * bins, columns: frames)
    var windowed = [Double](repeating: 0, count: size)
    for frame in 0..<frames {
      for k in 0..<size {
        var at = frame * hop + k - size / 2
        if at < 0 { at = -at }
        if at >= signal.count { at = 2 * (signal.count - 1) - at }
        windowed[k] = Double(signal[at]) * window[k]
      }
      for bin in 0..<bins {
        var (real, imaginary) = (0.0, 0.0)
        for k in 0..<size {
          real += windowed[k] * cosines[bin * k % size]
          imaginary -= windowed[k] * sines[bin * k % size]
        }
        // +0 for the two real bins, so that a negative one has the phase +pi.
        if bin == 0 || bin == bins - 1 { imaginary = 0 }
        result.values[bin * frames + frame] = Float((real * real + imaginary * imaginary).squareRoot())
        result.values[(bins + bin) * frames + frame] = atan2(Float(imaginary), Float(real))
      }
    }
    return result
  }

  /// The signal whose frames have magnitudes exp(a) and phases sin(b), added up and divided by the sum of squared windows.
  /// - Parameter spectrum: [22, frames]: 11 times a, at most 10, then 11 times b.
  /// - Returns: (frames - 1) x 5 samples.
  static func synthesize(_ spectrum: Matrix) -> [Float] {
    precondition(spectrum.rows == 2 * bins && spectrum.columns > 0, "a spectrum of 22 rows")
    let frames = spectrum.columns
    var sums = [Double](repeating: 0, count: (frames - 1) * hop + size)
    var weights = sums
    var real = [Double](repeating: 0, count: bins)
    var imaginary = real
    for frame in 0..<frames {
      for bin in 0..<bins {
        let magnitude = exp(Double(min(spectrum[bin, frame], 10)))
        let phase = sin(Double(spectrum[bins + bin, frame]))
        real[bin] = magnitude * cos(phase)
        imaginary[bin] = magnitude * sin(phase)
      }
      for k in 0..<size {
        var value = real[0] + (k % 2 == 0 ? real[bins - 1] : -real[bins - 1])
        for bin in 1..<bins - 1 {
          value += 2 * (real[bin] * cosines[bin * k % size] - imaginary[bin] * sines[bin * k % size])
        }
        sums[frame * hop + k] += value / Double(size) * window[k]
        weights[frame * hop + k] += window[k] * window[k]
      }
    }
    return (size / 2..<size / 2 + (frames - 1) * hop).map { weights[$0] > 1e-8 ? Float(sums[$0] / weights[$0]) : 0 }
  }
}
