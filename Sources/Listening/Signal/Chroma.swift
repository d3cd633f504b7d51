import Audio
import Foundation

/// How strong each of the twelve pitch classes is in each frame, C first, and how the song is tuned (`listening.md` 5.5).
struct Chroma: Sendable {
  static let size = 8192
  static let hop = 1024

  /// Vectors of length 1, or 0 in silence: of 130-1800 Hz, and of 40-190 Hz.
  let treble: [[Double]]
  let bass: [[Double]]
  /// How far the song lies above A = 440 Hz, in semitones, -0.5 ... 0.5.
  let tuning: Double
  /// Frames a second.
  let rate: Double

  init(_ samples: [Float], sampleRate: Int, crew: Crew) throws {
    // Up to 2000 Hz, and the medians' reach beyond.
    let bins = min(Self.size / 2 + 1, Int(2000 * Double(Self.size) / Double(sampleRate)) + 12)
    var spectrogram = try Spectrogram(
      of: samples, sampleRate: sampleRate, size: Self.size, hop: Self.hop, bins: bins, crew: crew)
    let parts = try HarmonicPercussive(spectrogram, time: 17, frequency: 17, crew: crew)
    for index in spectrogram.values.indices { spectrogram.values[index] *= parts.harmonic[index] }
    let tuning = Self.tuning(spectrogram)
    let pitches = (0..<bins).map { $0 == 0 ? -1000 : 69 + 12 * log2(spectrogram.frequency($0) / 440) - tuning }
    func vectors(_ range: ClosedRange<Double>) -> [[Double]] {
      // The classes that a bin is near to, with their weights.
      let weights = (0..<bins).map { bin -> [(Int, Double)] in
        guard range.contains(spectrogram.frequency(bin)) else { return [] }
        return (0..<12).compactMap { pitchClass in
          let distance = abs((pitches[bin] - Double(pitchClass)).remainder(dividingBy: 12))
          return distance < 1 ? (pitchClass, exp(-0.5 * pow(distance / 0.35, 2))) : nil
        }
      }
      return (0..<spectrogram.frames).map { frame in
        var vector = [Double](repeating: 0, count: 12)
        for bin in 0..<bins where !weights[bin].isEmpty {
          let root = Double(spectrogram.values[frame * bins + bin].squareRoot())
          for (pitchClass, weight) in weights[bin] { vector[pitchClass] += root * weight }
        }
        return vector.normalised
      }
    }
    treble = vectors(130...1800)
    bass = vectors(40...190)
    self.tuning = tuning
    rate = Double(sampleRate) / Double(Self.hop)
  }

  /// The circular mean of how far the spectral peaks lie from the semitones.
  private static func tuning(_ spectrogram: Spectrogram) -> Double {
    let highest = spectrogram.values.max() ?? 0
    guard highest > 0 else { return 0 }
    let bins = spectrogram.bins
    let range = (1..<bins - 1).filter { (80...2000).contains(spectrogram.frequency($0)) }
    var (real, imaginary) = (0.0, 0.0)
    for frame in 0..<spectrogram.frames {
      for bin in range {
        let at = frame * bins + bin
        let (before, here, after) = (spectrogram.values[at - 1], spectrogram.values[at], spectrogram.values[at + 1])
        guard here > 0.02 * highest, here > before, here >= after, before > 0, after > 0 else { continue }
        let (a, b, c) = (Double(log(before)), Double(log(here)), Double(log(after)))
        let offset = 0.5 * (a - c) / (a - 2 * b + c)
        let hertz = (Double(bin) + offset) * Double(spectrogram.sampleRate) / Double(spectrogram.size)
        let angle = 2 * Double.pi * 12 * log2(hertz / 440)
        real += Double(here) * cos(angle)
        imaginary += Double(here) * sin(angle)
      }
    }
    return atan2(imaginary, real) / (2 * Double.pi)
  }

  /// The frames within a time span; nil where there is none.
  func framesWithin(_ start: Double, _ end: Double) -> ClosedRange<Int>? {
    let from = max(0, Int((start * rate).rounded(.up)))
    let to = min(treble.count, Int((end * rate).rounded(.up))) - 1
    return from <= to ? from...to : nil
  }

  /// The frames within a time span; the nearest one where there is none.
  func frames(_ start: Double, _ end: Double) -> ClosedRange<Int> {
    if let within = framesWithin(start, end) { return within }
    let nearest = min(max(Int(((start + end) / 2 * rate).rounded()), 0), max(0, treble.count - 1))
    return nearest...nearest
  }
}

extension [Double] {
  /// To length 1; zeros stay.
  var normalised: [Double] {
    let length = reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 1e-12 ? map { $0 / length } : self
  }
}

extension [[Double]] {
  /// The mean of the vectors in a range.
  func mean(_ range: ClosedRange<Int>) -> [Double] {
    guard let first, range.upperBound < count else { return [Double](repeating: 0, count: first?.count ?? 12) }
    var sum = [Double](repeating: 0, count: first.count)
    for index in range { for at in sum.indices { sum[at] += self[index][at] } }
    return sum.map { $0 / Double(range.count) }
  }

  /// The median of each element over the vectors in a range.
  func median(_ range: ClosedRange<Int>) -> [Double] {
    guard let first, range.upperBound < count else { return [Double](repeating: 0, count: first?.count ?? 12) }
    return first.indices.map { at in range.map { self[$0][at] }.median }
  }
}
