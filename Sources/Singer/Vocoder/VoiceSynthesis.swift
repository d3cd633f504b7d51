import Glibc
import Tensor

/// Sound from pitch, envelope and aperiodicity: a minimum-phase response for each pulse of the voice, and noise between
/// the pulses (`singer.md` 4.4).
struct VoiceSynthesis {
  private let sampleRate: Double
  private let size: Int
  private var fft: RealFFT
  private var spectrum: Spectrum
  private var noiseSpectrum: Spectrum
  private var phase: MinimumPhase
  private var samples: [Double]
  private var envelope: [Double]
  private var ratio: [Double]
  private var power: [Double]
  /// Where a response without a mean takes its mean from.
  private let bump: [Double]

  init(sampleRate: Int) {
    self.sampleRate = Double(sampleRate)
    let size = VoiceSpectra.transformSize(sampleRate: sampleRate)
    self.size = size
    fft = RealFFT(size: size)
    spectrum = Spectrum(size: size)
    noiseSpectrum = spectrum
    phase = MinimumPhase(size: size)
    samples = [Double](repeating: 0, count: size)
    envelope = [Double](repeating: 0, count: size / 2 + 1)
    ratio = envelope
    power = envelope
    let rising = (0..<size / 2).map { 0.5 - 0.5 * cos(2 * .pi * Double($0 + 1) / Double(size + 1)) }
    let total = 2 * rising.reduce(0, +)
    bump = (rising + rising.reversed()).map { $0 / total }
  }

  /// The voice at those pitches.
  /// - Parameters:
  ///   - pitch: hertz in each frame, 0 where there is no tone.
  ///   - stream: the stream of the noise.
  /// - Returns: `VoiceSpectra.samples` of the frames.
  mutating func sing(_ spectra: VoiceSpectra, pitch: [Double], noise: HashNoise, stream: Int = HashNoise.vocoderStream)
    -> [Double]
  {
    precondition(pitch.count == spectra.frames && spectra.sampleRate == Int(sampleRate))
    let count = VoiceSpectra.samples(frames: spectra.frames, sampleRate: spectra.sampleRate)
    var output = [Double](repeating: 0, count: count)
    let pulses = pulses(pitch, samples: count)
    for (index, pulse) in pulses.enumerated() {
      let next = index + 1 < pulses.count ? pulses[index + 1].sample : pulse.sample
      interpolate(spectra, at: Double(pulse.sample) / sampleRate / VoiceSpectra.framePeriod)
      let length = min(next - pulse.sample, size)
      let start = pulse.sample - size / 2 + 1
      if pulse.isVoiced && ratio[0] <= 0.999 {
        makeTone(shift: pulse.shift)
        add(to: &output, at: start, scale: Double(max(1, length)).squareRoot())
      }
      if length > 0 {
        makeNoise(pulse, length: length, noise, stream)
        add(to: &output, at: start, scale: 1)
      }
    }
    return output
  }

  private struct Pulse {
    let sample: Int
    /// By how many samples the pulse comes after `sample`, 0 ..< 1.
    let shift: Double
    let isVoiced: Bool
  }

  /// One at each turn of the phase; every 1/500 s where there is no tone.
  private func pulses(_ pitch: [Double], samples: Int) -> [Pulse] {
    guard !pitch.isEmpty else { return [] }
    let lowest = sampleRate / Double(size) + 1
    var pitch = pitch.map { $0 < lowest ? 0 : $0 }
    var voicing = pitch.map { $0 > 0 ? 1.0 : 0.0 }
    let last = pitch.count - 1
    pitch.append(2 * pitch[last] - pitch[max(last - 1, 0)])
    voicing.append(2 * voicing[last] - voicing[max(last - 1, 0)])
    let turn = 2 * Double.pi
    var pulses: [Pulse] = []
    var sum = 0.0
    var before = (phase: 0.0, isVoiced: false)
    for sample in 0..<samples {
      let time = Double(sample) / sampleRate
      let frame = min(sample * 200 / Int(sampleRate), last)
      // Half-way between two frames this division decides, so it is written as the golden data have it.
      let fraction = 1 / (Double(frame + 1) / 200 - Double(frame) / 200) * (time - Double(frame) / 200)
      let isVoiced = voicing[frame] + (voicing[frame + 1] - voicing[frame]) * fraction > 0.5
      sum += turn / sampleRate * (isVoiced ? pitch[frame] + (pitch[frame + 1] - pitch[frame]) * fraction : 500)
      let phase = fmod(sum, turn)
      if sample > 0 && abs(phase - before.phase) > .pi {
        let from = before.phase - turn
        pulses.append(Pulse(sample: sample - 1, shift: -from / (phase - from), isVoiced: before.isVoiced))
      }
      before = (phase, isVoiced)
    }
    return pulses
  }

  /// Envelope and the square of the aperiodicity at a place between frames.
  private mutating func interpolate(_ spectra: VoiceSpectra, at position: Double) {
    let position = min(position, Double(spectra.frames - 1))
    let frame = Int(position)
    let fraction = position - Double(frame)
    let low = frame * spectra.bins
    let high = min(frame + 1, spectra.frames - 1) * spectra.bins
    for bin in 0..<envelope.count {
      envelope[bin] = spectra.envelope[low + bin] * (1 - fraction) + spectra.envelope[high + bin] * fraction
      let share = spectra.aperiodicity[low + bin] * (1 - fraction) + spectra.aperiodicity[high + bin] * fraction
      ratio[bin] = share * share
    }
  }

  /// The response to one pulse, its time zero in the middle of `samples`.
  private mutating func makeTone(shift: Double) {
    for bin in 0..<power.count { power[bin] = envelope[bin] * (1 - ratio[bin]) + 1e-12 }
    phase.response(to: power, delay: shift, into: &spectrum)
    fft.inverse(spectrum, into: &samples)
    rotate()
    let half = size / 2
    var sum = 0.0
    for index in half..<size { sum += samples[index] }
    for index in 0..<half { samples[index] = -sum * bump[index] }
    for index in half..<size { samples[index] -= sum * bump[index] }
  }

  /// The noise between one pulse and the next, likewise.
  private mutating func makeNoise(_ pulse: Pulse, length: Int, _ noise: HashNoise, _ stream: Int) {
    var mean = 0.0
    for index in 0..<length {
      let value = Double(noise(stream: stream, sample: pulse.sample + index))
      samples[index] = value
      mean += value
    }
    mean /= Double(length)
    for index in 0..<length { samples[index] -= mean }
    for index in length..<size { samples[index] = 0 }
    fft.forward(samples, into: &noiseSpectrum)
    for bin in 0..<power.count { power[bin] = pulse.isVoiced ? envelope[bin] * ratio[bin] : envelope[bin] }
    phase.response(to: power, delay: 0, into: &spectrum)
    for bin in 0..<power.count {
      let real = spectrum.real[bin] * noiseSpectrum.real[bin] - spectrum.imaginary[bin] * noiseSpectrum.imaginary[bin]
      spectrum.imaginary[bin] =
        spectrum.real[bin] * noiseSpectrum.imaginary[bin] + spectrum.imaginary[bin] * noiseSpectrum.real[bin]
      spectrum.real[bin] = real
    }
    fft.inverse(spectrum, into: &samples)
    rotate()
  }

  private mutating func rotate() {
    let half = size / 2
    for index in 0..<half {
      let value = samples[index]
      samples[index] = samples[half + index]
      samples[half + index] = value
    }
  }

  private func add(to output: inout [Double], at start: Int, scale: Double) {
    let first = max(0, -start)
    let end = min(size, output.count - start)
    guard first < end else { return }
    for index in first..<end { output[start + index] += samples[index] * scale }
  }
}

/// The causal response of least delay that has a given power spectrum, by folding the cepstrum.
private struct MinimumPhase {
  private var fft: RealFFT
  private var cepstrum: [Double]
  private let size: Int

  init(size: Int) {
    self.size = size
    fft = RealFFT(size: size)
    cepstrum = [Double](repeating: 0, count: size)
  }

  /// Its spectrum, `delay` samples later.
  mutating func response(to power: [Double], delay: Double, into spectrum: inout Spectrum) {
    spectrum.setLogarithm(of: power, floor: 1e-37, factor: 0.5)
    fft.inverse(spectrum, into: &cepstrum)
    for index in 1..<size / 2 {
      cepstrum[index] *= 2
      cepstrum[size - index] = 0
    }
    fft.forward(cepstrum, into: &spectrum)
    spectrum.exponentiate(turn: -2 * Double.pi * delay / Double(size))
  }
}
