import Glibc
import Tensor

/// How much of a voice is noise, band by band, and whether a frame is voiced at all.
///
/// M. Morise, "D4C, a band-aperiodicity estimator for high-quality speech synthesis" (2016), with the gate "LoveTrain";
/// `singer.md` 4.3.
struct D4C {
  /// A frame is voiced where its score is higher.
  static let gate = 0.85
  private static let lowest = 47.0
  private static let bandHertz = 3000.0

  private let sampleRate: Double
  private let size: Int
  private let bands: Int
  private let bandWidth: Int
  private var fft: RealFFT
  private var smoothing: SpectralSmoothing
  private var excerpt: Excerpt
  private var spectrum: Spectrum
  private var weighted: Spectrum
  private var centroid: [Double]
  private var power: [Double]
  private var smooth: [Double]
  private var delays: [Double]
  private let nuttall: [Double]
  private var largest: [Double]
  private let outputBins: Int
  private let gateSize: Int
  private var gateFFT: RealFFT
  private var gateExcerpt: Excerpt
  private var gateSpectrum: Spectrum

  init(sampleRate: Int) {
    let rate = Double(sampleRate)
    self.sampleRate = rate
    size = powerOfTwo(above: 4 * rate / Self.lowest)
    bands = max(Int(min(15000, rate / 2 - Self.bandHertz) / Self.bandHertz), 1)
    bandWidth = Int(Self.bandHertz * Double(size) / rate) * 2 + 1
    fft = RealFFT(size: size)
    smoothing = SpectralSmoothing(transformSize: size, sampleRate: sampleRate)
    excerpt = Excerpt(transformSize: size)
    spectrum = Spectrum(size: size)
    weighted = spectrum
    centroid = [Double](repeating: 0, count: size / 2 + 1)
    power = centroid
    smooth = centroid
    delays = [Double](repeating: 0, count: size)
    let turn = 2 * Double.pi / Double(bandWidth - 1)
    nuttall = (0..<bandWidth).map { k in
      let x = turn * Double(k)
      return 0.355768 - 0.487396 * cos(x) + 0.144232 * cos(2 * x) - 0.012604 * cos(3 * x)
    }
    largest = [Double](repeating: 0, count: Int((8 * Double(size) / Double(bandWidth)).rounded()) + 1)
    outputBins = VoiceSpectra.transformSize(sampleRate: sampleRate) / 2 + 1
    gateSize = powerOfTwo(above: 3 * rate / 40)
    gateFFT = RealFFT(size: gateSize)
    gateExcerpt = Excerpt(transformSize: gateSize)
    gateSpectrum = Spectrum(size: gateSize)
  }

  /// LoveTrain's score, 0 ... 1: the share of what lies between 100 Hz and 7.9 kHz that lies below 4 kHz.
  mutating func voicingScore(_ sound: [Double], frame: Int, pitch: Double) -> Double {
    guard pitch > 0 else { return 0 }
    let pitch = max(pitch, 40)
    gateExcerpt.take(
      sound, at: Double(frame) * VoiceSpectra.framePeriod, sampleRate: sampleRate,
      half: Int((1.5 * sampleRate / pitch).rounded()), turn: 2 * .pi * pitch / (3 * sampleRate), window: .blackman,
      unitEnergy: false)
    gateFFT.forward(gateExcerpt.samples, into: &gateSpectrum)
    let binsPerHertz = Double(gateSize) / sampleRate
    let bin = { (hertz: Double) in Int((hertz * binsPerHertz).rounded(.up)) }
    var lower = 0.0
    var all = 0.0
    let boundary = bin(4000)
    for index in bin(100) + 1...min(bin(7900), gateSize / 2) {
      let value =
        gateSpectrum.real[index] * gateSpectrum.real[index] + gateSpectrum.imaginary[index] * gateSpectrum.imaginary[index]
      all += value
      if index <= boundary { lower += value }
    }
    return all > 0 ? lower / all : 0
  }

  /// Fills row `frame` of the spectra with the aperiodicity of a voiced frame.
  mutating func estimate(_ sound: [Double], frame: Int, pitch: Double, into spectra: inout VoiceSpectra) {
    let pitch = max(pitch, Self.lowest)
    let time = Double(frame) * VoiceSpectra.framePeriod
    let row = frame * spectra.bins
    for bin in 0..<centroid.count { centroid[bin] = 0 }
    guard addCentroid(sound, time - 0.25 / pitch, pitch), addCentroid(sound, time + 0.25 / pitch, pitch) else {
      for bin in 0..<spectra.bins { spectra.aperiodicity[row + bin] = VoiceSpectra.noise }
      return
    }
    smoothing.correctDC(&centroid, pitch: pitch)
    window(sound, time, pitch, .hann)
    fft.forward(excerpt.samples, into: &spectrum)
    spectrum.power(into: &power)
    smoothing.correctDC(&power, pitch: pitch)
    smoothing.smooth(&power, width: pitch)
    // The static group delay; what is left after smoothing over a harmonic is noise.
    for bin in 0..<centroid.count { centroid[bin] /= max(power[bin], 1e-300) }
    smoothing.smooth(&centroid, width: pitch / 2)
    for bin in 0..<centroid.count { smooth[bin] = centroid[bin] }
    smoothing.smooth(&smooth, width: pitch)
    for bin in 0..<centroid.count { centroid[bin] -= smooth[bin] }
    // In decibels: (0, -60), each band's, (fs / 2, 0).
    var low = (hertz: 0.0, decibels: -60.0)
    var bin = 0
    let hertzPerBin = sampleRate / 2 / Double(outputBins - 1)
    for band in 1...bands + 1 {
      let high =
        band > bands
        ? (hertz: sampleRate / 2, decibels: 0.0)
        : (hertz: Self.bandHertz * Double(band), decibels: min(0, bandAperiodicity(band) + (pitch - 100) / 50))
      let slope = (high.decibels - low.decibels) / (high.hertz - low.hertz)
      while bin < outputBins, Double(bin) * hertzPerBin <= high.hertz {
        let decibels = low.decibels + slope * (Double(bin) * hertzPerBin - low.hertz)
        spectra.aperiodicity[row + bin] = exp(decibels * (2.302585092994046 / 20))
        bin += 1
      }
      low = high
    }
  }

  private mutating func window(_ sound: [Double], _ time: Double, _ pitch: Double, _ shape: Excerpt.Window) {
    excerpt.take(
      sound, at: time, sampleRate: sampleRate, half: Int((2 * sampleRate / pitch).rounded()),
      turn: .pi * pitch / (2 * sampleRate), window: shape, unitEnergy: false)
  }

  /// Adds the energy centroid at a time; false where there is silence.
  private mutating func addCentroid(_ sound: [Double], _ time: Double, _ pitch: Double) -> Bool {
    window(sound, time, pitch, .blackman)
    guard excerpt.normalize() else { return false }
    fft.forward(excerpt.samples, into: &spectrum)
    excerpt.weighByPlace()
    fft.forward(excerpt.samples, into: &weighted)
    for bin in 0..<centroid.count {
      centroid[bin] += spectrum.real[bin] * weighted.real[bin] + spectrum.imaginary[bin] * weighted.imaginary[bin]
    }
    return true
  }

  /// Decibels of what is left of the group delay's spectrum without its largest bins, at 3 kHz times `band`.
  private mutating func bandAperiodicity(_ band: Int) -> Double {
    let half = bandWidth / 2
    let first = Int(Self.bandHertz * Double(band) * Double(size) / sampleRate) - half
    for index in 0..<bandWidth { delays[index] = centroid[min(max(first + index, 0), size / 2)] * nuttall[index] }
    fft.forward(delays, into: &spectrum)
    spectrum.power(into: &power)
    // The largest values, rising; all others are summed as they leave.
    let count = largest.count
    for index in 0..<count { largest[index] = -1 }
    var rest = 0.0
    for value in power {
      if value <= largest[0] {
        rest += value
        continue
      }
      if largest[0] > 0 { rest += largest[0] }
      var place = 0
      while place + 1 < count, largest[place + 1] < value {
        largest[place] = largest[place + 1]
        place += 1
      }
      largest[place] = value
    }
    var all = rest
    for value in largest where value > 0 { all += value }
    return all > 0 && rest > 0 ? 10 * log10(rest / all) : -60
  }
}
