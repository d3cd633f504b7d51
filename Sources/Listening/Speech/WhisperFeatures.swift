import Foundation
import Tensor

/// Log-mel spectra as Whisper hears them (`listening.md` 3.2): 80 bands of 30 s at 16,000 Hz, 100 frames a second.
struct WhisperFeatures: Sendable {
  static let sampleRate = 16_000
  static let samples = 480_000
  static let frames = 3000
  static let hop = 160
  static let size = 400
  static let bands = 80
  static let filters = MelFilterbank(bands: bands, range: 0...8000, sampleRate: sampleRate, size: size)

  /// - Parameter sound: at most 30 s count; zeros after its end.
  /// - Returns: [80, 3000]
  static func logMel(_ sound: ArraySlice<Float>) -> Matrix {
    let sound = Array(sound.prefix(samples))
    let window = hannWindow(size)
    var transform = FourierOf400()
    var mel = Matrix(rows: bands, columns: frames)
    var frame = [Double](repeating: 0, count: size)
    var power = [Float](repeating: 0, count: size / 2 + 1)
    var highest = -Float.infinity
    for t in 0..<frames {
      let start = t * hop - size / 2
      var isSilent = true
      for n in 0..<size {
        // Mirrored at both ends of the 30 s, which don't count twice.
        var at = abs(start + n)
        if at >= samples { at = 2 * (samples - 1) - at }
        let x = at < sound.count ? sound[at] : 0
        if x != 0 { isSilent = false }
        frame[n] = Double(x) * window[n]
      }
      if isSilent {
        for band in 0..<bands { mel.values[band * frames + t] = -10 }
        highest = max(highest, -10)
        continue
      }
      transform.power(of: frame, into: &power)
      for (band, value) in filters(power[...]).enumerated() {
        let level = log10(max(value, 1e-10))
        mel.values[band * frames + t] = level
        highest = max(highest, level)
      }
    }
    for index in mel.values.indices { mel.values[index] = (max(mel.values[index], highest - 8) + 4) / 4 }
    return mel
  }
}

/// The Fourier transform of 400 real samples, as 25 of 16 each: X[k] = sum over r of e^(-2 pi i r k / 400) F_r[k mod 16], where F_r is
/// that of every 25th sample from r on.
private struct FourierOf400 {
  private var fft = RealFFT(size: 16)
  private var spectrum = Spectrum(size: 16)
  private var parts = [Double](repeating: 0, count: 16)
  private var real = [Double](repeating: 0, count: 25 * 16)
  private var imaginary = [Double](repeating: 0, count: 25 * 16)
  private let cosines = (0..<400).map { cos(2 * Double.pi * Double($0) / 400) }
  private let sines = (0..<400).map { sin(2 * Double.pi * Double($0) / 400) }

  mutating func power(of samples: [Double], into power: inout [Float]) {
    for r in 0..<25 {
      for m in 0..<16 { parts[m] = samples[25 * m + r] }
      fft.forward(parts, into: &spectrum)
      for k in 0..<16 {
        let at = k <= 8 ? k : 16 - k
        real[k * 25 + r] = spectrum.real[at]
        imaginary[k * 25 + r] = k <= 8 ? spectrum.imaginary[at] : -spectrum.imaginary[at]
      }
    }
    for k in power.indices {
      var (re, im) = (0.0, 0.0)
      let offset = (k % 16) * 25
      var turn = 0
      for r in 0..<25 {
        let (a, b) = (real[offset + r], imaginary[offset + r])
        re += a * cosines[turn] + b * sines[turn]
        im += b * cosines[turn] - a * sines[turn]
        turn += k
        if turn >= 400 { turn -= 400 }
      }
      power[k] = Float(re * re + im * im)
    }
  }
}
