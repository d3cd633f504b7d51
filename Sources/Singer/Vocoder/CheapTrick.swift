import Glibc
import Tensor

/// The spectral envelope of a voice, free of its harmonics.
///
/// M. Morise, "CheapTrick, a spectral envelope estimator for high-quality speech synthesis" (2015); `singer.md` 4.2.
struct CheapTrick {
  private let sampleRate: Double
  private let size: Int
  private let lowest: Double
  private var fft: RealFFT
  private var smoothing: SpectralSmoothing
  private var excerpt: Excerpt
  private var spectrum: Spectrum
  private var cepstrum: [Double]
  private var power: [Double]

  init(sampleRate: Int) {
    self.sampleRate = Double(sampleRate)
    size = VoiceSpectra.transformSize(sampleRate: sampleRate)
    lowest = 3 * self.sampleRate / Double(size - 3)
    fft = RealFFT(size: size)
    smoothing = SpectralSmoothing(transformSize: size, sampleRate: sampleRate)
    excerpt = Excerpt(transformSize: size)
    spectrum = Spectrum(size: size)
    cepstrum = [Double](repeating: 0, count: size)
    power = [Double](repeating: 0, count: size / 2 + 1)
  }

  /// Fills row `frame` of the spectra with the envelope there.
  /// - Parameter pitch: hertz; 0 for no tone.
  mutating func estimate(_ sound: [Double], frame: Int, pitch: Double, into spectra: inout VoiceSpectra) {
    let pitch = pitch <= lowest ? 500 : pitch
    let half = Int((1.5 * sampleRate / pitch).rounded())
    excerpt.take(
      sound, at: Double(frame) * VoiceSpectra.framePeriod, sampleRate: sampleRate, half: half,
      turn: .pi * pitch / (1.5 * sampleRate), window: .hann, unitEnergy: true)
    fft.forward(excerpt.samples, into: &spectrum)
    spectrum.power(into: &power)
    smoothing.correctDC(&power, pitch: pitch)
    smoothing.smooth(&power, width: pitch * 2 / 3)
    spectrum.setLogarithm(of: power, floor: 1e-16)
    fft.inverse(spectrum, into: &cepstrum)
    lift(pitch)
    fft.forward(cepstrum, into: &spectrum)
    spectrum.exponentials(into: &spectra.envelope, at: frame * spectra.bins)
  }

  /// Smooths over one harmonic's distance and makes up for it (q1 = -0.15).
  private mutating func lift(_ pitch: Double) {
    let turn = Double.pi * pitch / sampleRate
    let stepReal = cosine(turn)
    let stepImaginary = sine(turn)
    var real = stepReal
    var imaginary = stepImaginary
    for quefrency in 1...size / 2 {
      // sin(x) / x with x = π f0 q; cos(2x) = 1 - 2 sin²(x).
      let lifter = imaginary / (turn * Double(quefrency))
      let weight = lifter * (1.3 - 0.3 * (1 - 2 * imaginary * imaginary))
      cepstrum[quefrency] *= weight
      if quefrency < size / 2 { cepstrum[size - quefrency] *= weight }
      let next = real * stepReal - imaginary * stepImaginary
      imaginary = real * stepImaginary + imaginary * stepReal
      real = next
    }
  }
}

func cosine(_ angle: Double) -> Double { cos(angle) }
func sine(_ angle: Double) -> Double { sin(angle) }
