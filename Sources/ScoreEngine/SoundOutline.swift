import Audio
import Foundation

/// A recording in steps of 10 ms: energy by band, how strongly something begins, and counts of defects. One pass with
/// one-pole filters: coarse, and cheap enough for every song.
struct SoundOutline {
  static let stepsPerSecond = 100
  /// Where the bands meet, in hertz: bass, low mid, mid, presence, air.
  static let bandEdges: [Double] = [120, 500, 2000, 6000]

  let seconds: Double
  /// Mean square of the mid signal by step, in the bands.
  private(set) var bands: [SIMD8<Float>] = []
  /// Mean square of both channels together, by step.
  private(set) var energy: [Double] = []
  /// Stretches of two or more neighbouring samples at full scale.
  private(set) var clippedStretches = 0
  /// Mean of the samples, the worse channel.
  private(set) var directCurrent = 0.0

  init(of audio: StereoBuffer) {
    seconds = audio.durationSeconds
    let step = max(1, audio.sampleRate / Self.stepsPerSecond)
    let steps = audio.frames / step
    bands.reserveCapacity(steps)
    energy.reserveCapacity(steps)
    let poles = Self.bandEdges.map { Float(1 - exp(-2 * Double.pi * $0 / Double(audio.sampleRate))) }
    let pole = SIMD4(poles[0], poles[1], poles[2], poles[3])
    var low = SIMD4<Float>()
    var sums = SIMD2<Double>()
    var wasFull = false
    var isCounted = false
    for first in stride(from: 0, to: steps * step, by: step) {
      var band = SIMD8<Float>()
      var (total, sum) = (SIMD2<Float>(), SIMD2<Float>())
      for frame in first..<first + step {
        let sample = SIMD2(audio.left[frame], audio.right[frame])
        total += sample * sample
        sum += sample
        let isFull = max(abs(sample.x), abs(sample.y)) >= 0.999
        if isFull, wasFull, !isCounted { (clippedStretches, isCounted) = (clippedStretches + 1, true) }
        if !isFull { isCounted = false }
        wasFull = isFull
        let mid = (sample.x + sample.y) / 2
        low += pole * (SIMD4(repeating: mid) - low)
        let upper = SIMD8(low.x, low.y, low.z, low.w, mid, 0, 0, 0)
        let lower = SIMD8(0, low.x, low.y, low.z, low.w, 0, 0, 0)
        let part = upper - lower
        band += part * part
      }
      bands.append(band / Float(step))
      energy.append(Double(total.sum()) / Double(step))
      sums += SIMD2(Double(sum.x), Double(sum.y))
    }
    if steps > 0 { directCurrent = max(abs(sums.x), abs(sums.y)) / Double(steps * step) }
  }

  /// Loudness in about LUFS: bands weighted as ITU-R BS.1770 weights frequencies, blocks of 400 ms gated as there.
  /// Within 2 LU of the true value; -70 for silence.
  var level: Double {
    let weights = SIMD8<Float>(0.8, 1, 1.05, 2.2, 2.5, 0, 0, 0)
    let blocks = stride(from: 0, to: energy.count, by: 40).map { first in
      let range = first..<min(first + 40, energy.count)
      return range.reduce(0.0) { sum, step in
        let plain = Double(bands[step].sum())
        return plain <= 0 ? sum + energy[step] : sum + energy[step] * Double((bands[step] * weights).sum()) / plain
      } / Double(range.count)
    }
    func mean(_ blocks: [Double]) -> Double { blocks.isEmpty ? 0 : blocks.reduce(0, +) / Double(blocks.count) }
    let heard = blocks.filter { $0 > 1e-7 }
    let gate = mean(heard) / 10
    let power = mean(heard.filter { $0 > gate })
    return power <= 1e-7 ? -70 : max(-70, -0.691 + 10 * log10(power))
  }

  /// Each band's share of the whole, in decibels.
  var balance: [Double] {
    let sum = bands.reduce(SIMD8<Float>(), +)
    let total = max(Double(sum.sum()), 1e-12)
    return (0...Self.bandEdges.count).map { 10 * log10(max(Double(sum[$0]) / total, 1e-6)) }
  }

  /// How strongly something begins at each step: rises of the level, in decibels above a floor, over the bands.
  /// The mean is taken off.
  var onsets: [Double] {
    var last = [Double](repeating: 0, count: Self.bandEdges.count + 1)
    var result = bands.map { band in
      var rise = 0.0
      for index in last.indices {
        let level = log10(1 + Double(band[index]) * 1e5)
        rise += max(0, level - last[index])
        last[index] = level
      }
      return rise
    }
    let mean = result.isEmpty ? 0 : result.reduce(0, +) / Double(result.count)
    for index in result.indices { result[index] -= mean }
    return result
  }
}
