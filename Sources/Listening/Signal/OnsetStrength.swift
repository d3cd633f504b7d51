import Audio
import Foundation

/// How strongly something begins at each moment, 86.13 frames a second: `SuperFlux` over mel bands (`listening.md` 5.1).
struct OnsetStrength: Sendable {
  static let sampleRate = 22_050
  static let hop = 256
  static let size = 2048
  static let framesPerSecond = Double(sampleRate) / Double(hop)

  /// ln(1 + 10,000 M / max M), frame after frame, 80 bands each.
  let logMel: [[Float]]
  /// The mean over all bands, over those below 160 Hz and over those above 4 kHz.
  let all: [Double]
  let low: [Double]
  let high: [Double]
  /// `all` above its mean of a second.
  let detrended: [Double]

  init(_ spectrogram: Spectrogram) {
    let filters = MelFilterbank(
      bands: 80, range: 30...10_000, sampleRate: spectrogram.sampleRate, size: spectrogram.size)
    var mel = (0..<spectrogram.frames).map { frame in
      filters(spectrogram.values[frame * spectrogram.bins..<(frame + 1) * spectrogram.bins])
    }
    let highest = mel.reduce(Float(0)) { max($0, $1.max() ?? 0) }
    if highest > 0 {
      for frame in mel.indices {
        for band in mel[frame].indices { mel[frame][band] = log(1 + 10_000 * mel[frame][band] / highest) }
      }
    }
    let peaks = filters.bands.map { spectrogram.frequency($0.peak) }
    let lowBands = peaks.indices.filter { peaks[$0] < 160 }
    let highBands = peaks.indices.filter { peaks[$0] > 4000 }
    var (all, low, high) = ([Double](repeating: 0, count: mel.count), [Double](), [Double]())
    low = all
    high = all
    for t in mel.indices.dropFirst(2) {
      let before = mel[t - 2]
      // A band is compared with the highest of its neighbours: a vibrato that moves over to the next is no onset.
      let rise = before.indices.map { band -> Double in
        let reference = max(before[max(0, band - 1)], before[band], before[min(before.count - 1, band + 1)])
        return Double(max(0, mel[t][band] - reference))
      }
      all[t] = rise.mean
      low[t] = lowBands.map { rise[$0] }.mean
      high[t] = highBands.map { rise[$0] }.mean
    }
    logMel = mel
    self.all = all
    self.low = low
    self.high = high
    detrended = all.indices.map { t in
      var sum = 0.0
      for offset in -43...42 { sum += all[mirrored(t + offset, all.count)] }
      return max(0, all[t] - sum / 86)
    }
  }

  /// The frame nearest to a time.
  static func frame(_ seconds: Double) -> Int { Int((seconds * framesPerSecond).rounded()) }
}
