import Audio
import Foundation

/// Drums, bass and what is left of an accompaniment, by signal processing (`listening.md` 6): approximations, and labelled so.
enum StemMasks {
  /// What strikes rather than lasts.
  ///
  /// A kick sounds at one pitch, like a bass, so below 280 Hz what rises above its median over a second is taken too; as far as
  /// that is much of the music, for without a strong kick it would be the bass.
  static func drums(of sound: StereoBuffer, crew: Crew, progress: (Double) throws -> Void = { _ in }) throws -> StereoBuffer {
    try SpectralMasking(size: 4096, hop: 1024, context: 21).apply(to: sound, crew: crew, progress: progress) { spectrogram in
      var mask = try HarmonicPercussive(spectrogram, time: 31, frequency: 31, crew: Crew(threads: 1)).percussive
      let kick = kickMask(spectrogram)
      let (bins, low) = (spectrogram.bins, kick.count / max(1, spectrogram.frames))
      var (whole, struck, rising) = (0.0, 0.0, 0.0)
      for index in mask.indices {
        let power = Double(spectrogram.values[index] * spectrogram.values[index])
        whole += power
        struck += power * Double(mask[index])
        let bin = index % bins
        if bin < low { rising += power * Double(kick[index / bins * low + bin]) }
      }
      guard whole > 0 else { return mask }
      func ramp(_ x: Double, _ from: Double, _ to: Double) -> Double { min(max((x - from) / (to - from), 0), 1) }
      let share = Float(ramp(rising / whole, 0.3, 0.45) * ramp(struck / whole, 0.45, 0.35))
      guard share > 0 else { return mask }
      for frame in 0..<spectrogram.frames {
        for bin in 0..<low { mask[frame * bins + bin] += share * (kick[frame * low + bin] - mask[frame * bins + bin]) }
      }
      return mask
    }
  }

  /// 1 - (median over 41 frames / magnitude)^2 of the bins below 280 Hz, no less than 0.
  private static func kickMask(_ spectrogram: Spectrogram) -> [Float] {
    let (bins, frames) = (spectrogram.bins, spectrogram.frames)
    let low = (0..<bins).first { spectrogram.frequency($0) > 280 } ?? bins
    var mask = [Float](repeating: 0, count: frames * low)
    for bin in 0..<low {
      let row = (0..<frames).map { spectrogram.values[$0 * bins + bin] }
      for (frame, median) in runningMedian(row, width: 41).enumerated() where row[frame] > median {
        mask[frame * low + bin] = 1 - (median / row[frame]) * (median / row[frame])
      }
    }
    return mask
  }

  /// Of drums: above 300 Hz, and not while a kick or a snare is struck.
  static func percussion(ofDrums sound: StereoBuffer, crew: Crew) throws -> StereoBuffer {
    try SpectralMasking(size: 4096, hop: 1024, context: 16).apply(to: sound, crew: crew) { spectrogram in
      let (bins, frames) = (spectrogram.bins, spectrogram.frames)
      let limit = (0..<bins).first { spectrogram.frequency($0) > 300 } ?? bins
      let low = (0..<frames).map { frame in
        (1..<max(2, limit)).reduce(0.0) { $0 + Double(spectrogram.values[frame * bins + $1]) }
      }
      let rises = low.indices.map { $0 < 2 ? 0 : max(0, low[$0] - low[$0 - 2]) }
      let floor = 0.25 * (rises.max() ?? 0)
      // 60 ms are three frames.
      let isStruck = rises.indices.map { frame in
        floor > 0 && (max(0, frame - 3)...min(frames - 1, frame + 3)).contains { rises[$0] > floor }
      }
      return (0..<frames * bins).map { isStruck[$0 / bins] || $0 % bins < limit ? 0 : 1 }
    }
  }

  /// The comb of partials above a fundamental between 36 and 250 Hz that moves smoothly.
  static func bass(of sound: StereoBuffer, crew: Crew, progress: (Double) throws -> Void = { _ in }) throws -> StereoBuffer {
    try SpectralMasking(size: 8192, hop: 1024, context: 48).apply(to: sound, crew: crew, progress: progress) { spectrogram in
      try bassMask(spectrogram)
    }
  }

  private static let fundamentals = (0...134).map { 36 * pow(2, Double($0) / 48) }

  private static func bassMask(_ spectrogram: Spectrogram) throws -> [Float] {
    let (bins, frames) = (spectrogram.bins, spectrogram.frames)
    // Six partials of 250 Hz, and the medians' reach beyond.
    let width = min(bins, Int(1600 * Double(spectrogram.size) / Double(spectrogram.sampleRate)) + 24)
    let low = Spectrogram(
      values: (0..<frames * width).map { spectrogram.values[$0 / width * bins + $0 % width] }, bins: width,
      size: spectrogram.size, hop: spectrogram.hop, sampleRate: spectrogram.sampleRate)
    let harmonic = try HarmonicPercussive(low, time: 13, frequency: 41, crew: Crew(threads: 1)).harmonic
    let hertzPerBin = low.frequency(1)
    let weights = [1, 0.8, 0.6, 0.4]
    let salience = (0..<frames).map { frame -> [Double] in
      let row = (0..<width).map { Double(low.values[frame * width + $0] * harmonic[frame * width + $0]).squareRoot() }
      let sums = fundamentals.map { f0 in
        weights.enumerated().reduce(0.0) { $0 + $1.element * row.interpolated(Double($1.offset + 1) * f0 / hertzPerBin) }
      }
      let highest = sums.max() ?? 0
      return highest > 0 ? sums.map { $0 / highest } : sums
    }
    let path = smoothest(salience)
    var mask = [Float](repeating: 0, count: frames * bins)
    for frame in 0..<frames {
      let f0 = fundamentals[path[frame]]
      for bin in 0..<width {
        let frequency = low.frequency(bin)
        var best = 0.0
        for partial in 1...6 {
          let distance = (frequency - Double(partial) * f0) / 12
          guard abs(distance) < 4 else { continue }
          best = max(best, exp(-0.5 * distance * distance) / (1 + pow(Double(partial) * f0 / 400, 4)))
        }
        if best > 0 { mask[frame * bins + bin] = Float(best) * harmonic[frame * width + bin].squareRoot() }
      }
    }
    return mask
  }

  /// The path of the greatest salience that moves little: at most six semitones a frame.
  private static func smoothest(_ salience: [[Double]]) -> [Int] {
    guard let first = salience.first else { return [] }
    var best = first.map { 10 * $0 }
    var back: [[Int]] = []
    for row in salience.dropFirst() {
      var next = [Double](repeating: 0, count: row.count)
      var from = [Int](repeating: 0, count: row.count)
      for state in row.indices {
        var (highest, at) = (-Double.infinity, state)
        for other in max(0, state - 24)...min(row.count - 1, state + 24) {
          let score = best[other] - 0.12 * Double(abs(other - state))
          if score > highest { (highest, at) = (score, other) }
        }
        next[state] = highest + 10 * row[state]
        from[state] = at
      }
      best = next
      back.append(from)
    }
    var state = best.indices.max { best[$0] < best[$1] } ?? 0
    var path = [state]
    for from in back.reversed() {
      state = from[state]
      path.append(state)
    }
    return path.reversed()
  }

  /// What lasts at least about so many frames of 23 ms.
  static func lasting(_ frames: Int, of sound: StereoBuffer, crew: Crew) throws -> StereoBuffer {
    try SpectralMasking(size: 4096, hop: 1024, context: frames / 2 + 1).apply(to: sound, crew: crew) { spectrogram in
      try HarmonicPercussive(spectrogram, time: frames, frequency: 31, crew: Crew(threads: 1)).harmonic
    }
  }

  /// What lies between two frequencies in hertz.
  static func band(_ range: ClosedRange<Double>, of sound: StereoBuffer, crew: Crew) throws -> StereoBuffer {
    try SpectralMasking(size: 4096, hop: 1024, context: 0).apply(to: sound, crew: crew) { spectrogram in
      (0..<spectrogram.values.count).map { range.contains(spectrogram.frequency($0 % spectrogram.bins)) ? 1 : 0 }
    }
  }

  /// What differs between left and right.
  static func side(of sound: StereoBuffer) -> StereoBuffer {
    let side = zip(sound.left, sound.right).map { ($0 - $1) / 2 }
    return StereoBuffer(left: side, right: side.map { -$0 }, sampleRate: sound.sampleRate)
  }
}
