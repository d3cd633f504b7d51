import Foundation

/// Triangular filters on the Slaney mel scale, each of area 1 (`listening.md` 3.2).
struct MelFilterbank: Sendable {
  /// A filter: weights of the bins from `first` on.
  struct Band: Sendable {
    let first: Int
    let weights: [Float]
    /// The bin of its greatest weight.
    let peak: Int
  }
  let bands: [Band]

  /// - Parameters:
  ///   - size: samples of the Fourier transform.
  ///   - range: in hertz, from the first triangle's beginning to the last one's end.
  init(bands count: Int, range: ClosedRange<Double>, sampleRate: Int, size: Int) {
    let (low, high) = (Self.mel(range.lowerBound), Self.mel(range.upperBound))
    let corners = (0..<count + 2).map { Self.hertz(low + (high - low) * Double($0) / Double(count + 1)) }
    bands = (0..<count).map { band in
      let (from, middle, to) = (corners[band], corners[band + 1], corners[band + 2])
      var first = 0
      var weights: [Float] = []
      for bin in 0...size / 2 {
        let frequency = Double(bin * sampleRate) / Double(size)
        let height = min((frequency - from) / (middle - from), (to - frequency) / (to - middle))
        guard height > 0 else { continue }
        if weights.isEmpty { first = bin }
        weights.append(Float(height * 2 / (to - from)))
      }
      let peak = weights.indices.max { weights[$0] < weights[$1] } ?? 0
      return Band(first: first, weights: weights, peak: first + peak)
    }
  }

  /// The scale is linear up to 1000 Hz, then logarithmic.
  private static func mel(_ hertz: Double) -> Double { hertz < 1000 ? 3 * hertz / 200 : 15 + 27 * log(hertz / 1000) / log(6.4) }
  private static func hertz(_ mel: Double) -> Double { mel < 15 ? 200 * mel / 3 : 1000 * exp((mel - 15) * log(6.4) / 27) }

  /// Each band's sum over a spectrum.
  func callAsFunction(_ spectrum: ArraySlice<Float>) -> [Float] {
    bands.map { band in
      var sum: Float = 0
      let start = spectrum.startIndex + band.first
      for (offset, weight) in band.weights.enumerated() { sum += weight * spectrum[start + offset] }
      return sum
    }
  }
}
