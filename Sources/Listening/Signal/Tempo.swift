import Foundation
import Tensor

/// How many beats a minute there are, as the autocorrelation of the onsets tells (`listening.md` 5.2).
public struct Tempo: Sendable, Equatable {
  /// Of the felt beat.
  public var bpm: Double
  /// 0 ... 1: how far the best candidate that is no multiple stays behind.
  public var confidence: Double
  /// The best of them, at most six, the strongest first, with strengths relative to it.
  public var candidates: [Candidate]
  /// Whether it changes by more than 4 % in the course of the song.
  public var isVariable = false

  public struct Candidate: Sendable, Equatable {
    public var bpm: Double
    public var strength: Double
  }

  /// - Parameters:
  ///   - onsets: detrended, `OnsetStrength.framesPerSecond` a second.
  ///   - centre: the tempo that is likeliest beforehand, and how many octaves around it are likely.
  /// - Returns: nil for a sound without a period.
  static func estimate(_ onsets: [Double], centre: Double = 115, octaves: Double = 0.85) -> Tempo? {
    let autocorrelation = autocorrelation(onsets)
    let grid = (0...258).map { 40 * pow(2, Double($0) / 100) }
    let strengths = grid.map { bpm in
      max(0, comb(autocorrelation, bpm: bpm)) * exp(-0.5 * pow(log2(bpm / centre) / octaves, 2))
    }
    let peaks = strengths.indices.dropFirst().dropLast()
      .filter { strengths[$0] > strengths[$0 - 1] && strengths[$0] >= strengths[$0 + 1] && strengths[$0] > 0 }
      .sorted { strengths[$0] > strengths[$1] }.prefix(6)
    guard let best = peaks.first else { return nil }
    let candidates = peaks.map { Candidate(bpm: grid[$0], strength: strengths[$0] / strengths[best]) }
    return Tempo(bpm: grid[best], confidence: 1 - rival(candidates), candidates: candidates)
  }

  /// The mean of the autocorrelation at one to four beats.
  static func comb(_ autocorrelation: [Double], bpm: Double) -> Double {
    let limit = 0.75 * Double(autocorrelation.count)
    let period = 60 * OnsetStrength.framesPerSecond / bpm
    var (sum, total) = (0.0, 0.0)
    for (index, weight) in [1, 0.8, 0.5, 0.6].enumerated() where Double(index + 1) * period < limit {
      sum += weight * autocorrelation.interpolated(Double(index + 1) * period)
      total += weight
    }
    return total > 0 ? sum / total : 0
  }

  /// The strongest candidate that is no multiple or part of the first, relative to it.
  static func rival(_ candidates: [Candidate]) -> Double {
    guard let best = candidates.first else { return 0 }
    return candidates.dropFirst().first { !isRelated($0.bpm, best.bpm) }?.strength ?? 0
  }

  /// Whether one tempo is about 2, 3, 1/2 or 1/3 of another.
  private static func isRelated(_ one: Double, _ other: Double) -> Bool {
    [2, 3, 0.5, 1 / 3.0].contains { abs(one / other / $0 - 1) < 0.04 }
  }

  /// r(lag) / (n - lag), 1 at lag 0, then smoothed by a Gaussian of one frame.
  static func autocorrelation(_ values: [Double]) -> [Double] {
    var size = 4
    while size < 2 * values.count { size *= 2 }
    var fft = RealFFT(size: size)
    var spectrum = Spectrum(size: size)
    fft.forward(values + [Double](repeating: 0, count: size - values.count), into: &spectrum)
    for bin in spectrum.real.indices {
      spectrum.real[bin] = spectrum.real[bin] * spectrum.real[bin] + spectrum.imaginary[bin] * spectrum.imaginary[bin]
      spectrum.imaginary[bin] = 0
    }
    var products = [Double](repeating: 0, count: size)
    fft.inverse(spectrum, into: &products)
    let zero = values.isEmpty ? 0 : products[0] / Double(values.count)
    guard zero > 0 else { return [Double](repeating: 0, count: values.count) }
    let raw = values.indices.map { products[$0] / Double(values.count - $0) / zero }
    let kernel = (-4...4).map { exp(-0.5 * Double($0 * $0)) }
    let total = kernel.reduce(0, +)
    return raw.indices.map { lag in
      (-4...4).reduce(0) { $0 + kernel[$1 + 4] * raw[mirrored(lag + $1, raw.count)] } / total
    }
  }
}

extension Tempo {
  /// The local period in frames at each frame, where the tempo varies by more than 4 %; nil where it doesn't: tempi of 30 s each,
  /// 10 s apart, near the whole song's.
  static func localPeriods(_ onsets: [Double], bpm: Double) -> [Double]? {
    let rate = OnsetStrength.framesPerSecond
    let (length, hop) = (Int(30 * rate), Int(10 * rate))
    guard onsets.count > length + hop else { return nil }
    var centres: [Double] = []
    var tempi: [Double] = []
    for start in stride(from: 0, through: onsets.count - length, by: hop) {
      // A narrow prior: a block that prefers half or double the tempo is no change of tempo.
      guard let local = estimate(Array(onsets[start..<start + length]), centre: bpm, octaves: 0.12) else { continue }
      centres.append(Double(start + length / 2))
      tempi.append(local.bpm)
    }
    guard tempi.count > 1, let low = tempi.min(), let high = tempi.max(), high / low > 1.04, high / low < 1.6 else { return nil }
    return onsets.indices.map { frame in
      let after = centres.firstIndex { $0 >= Double(frame) } ?? centres.count - 1
      let before = max(0, after - 1)
      let span = centres[after] - centres[before]
      let share = span > 0 ? min(max((Double(frame) - centres[before]) / span, 0), 1) : 0
      return 60 * rate / (tempi[before] + share * (tempi[after] - tempi[before]))
    }
  }
}
