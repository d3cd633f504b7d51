import Glibc

extension VoiceSpectra {
  /// Moves all formants by a factor: 0.92 is dark, 1.2 a child. E'(f) = E(f / factor), between bins in the logarithm.
  public mutating func scaleFormants(by factor: Double) {
    guard factor != 1, factor > 0.25, factor < 4 else { return }
    var logarithms = [Double](repeating: 0, count: bins)
    for frame in 0..<frames {
      let row = frame * bins
      for bin in 0..<bins { logarithms[bin] = log(max(envelope[row + bin], 1e-300)) }
      for bin in 0..<bins {
        let position = min(Double(bin) / factor, Double(bins - 1))
        let low = Int(position)
        let high = min(low + 1, bins - 1)
        envelope[row + bin] = exp(logarithms[low] + (logarithms[high] - logarithms[low]) * (position - Double(low)))
      }
    }
  }

  /// Lets breath into the tone: no bin has less noise than this, 0 ... 1.
  public mutating func addBreath(_ least: Double) {
    for index in aperiodicity.indices { aperiodicity[index] = max(aperiodicity[index], least) }
  }

  /// Multiplies the amplitude of each frame.
  public mutating func scale(by gains: [Double]) {
    precondition(gains.count == frames)
    for frame in 0..<frames where gains[frame] != 1 {
      let power = gains[frame] * gains[frame]
      for index in frame * bins..<(frame + 1) * bins { envelope[index] *= power }
    }
  }

  /// Sets the tilt of each frame: so many decibels more each octave above 1 kHz, within two octaves.
  public mutating func tilt(by decibelsPerOctave: [Double]) {
    precondition(decibelsPerOctave.count == frames)
    let octaves = (0..<bins).map { bin in
      let hertz = max(Double(bin), 0.5) * Double(sampleRate) / 2 / Double(bins - 1)
      return min(max(log2(hertz / 1_000), -2), 2)
    }
    for frame in 0..<frames where decibelsPerOctave[frame] != 0 {
      let factor = decibelsPerOctave[frame] * 0.23025850929940458  // ln(10) / 10
      for bin in 0..<bins { envelope[frame * bins + bin] *= exp(factor * octaves[bin]) }
    }
  }
}
