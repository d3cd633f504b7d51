import Audio
import Glibc

/// How much a sound moves, hop by hop: what every decision of the mix is made from.
struct Energies: Sendable {
  /// Sum of the squares of both channels in each hop.
  var plain: [Float]
  /// The same after the K-weighting of BS.1770.
  var weighted: [Float]

  /// Silence.
  init(hops: Int) {
    plain = [Float](repeating: 0, count: hops)
    weighted = [Float](repeating: 0, count: hops)
  }

  /// Measures a sound.
  /// - Complexity: O(frames), about 4 ns each.
  init(of sound: StereoBuffer) {
    self.init(hops: GainCurve.hops(in: sound.frames))
    let weighting = Equalizer(Biquad.kWeighting)
    var ear = Equalizer.State()
    let lag = Equalizer.lag
    let block = 256 * Hops.frames
    var scratch = StereoBuffer(frames: lag + block)
    for start in stride(from: 0, to: sound.frames, by: block) {
      let count = min(block, sound.frames - start)
      let hops = start / Hops.frames..<Hops.count(in: start + count)
      scratch.withChannels { left, right in
        for frame in 0..<block {
          left[lag + frame] = frame < count ? sound.left[start + frame] : 0
          right[lag + frame] = frame < count ? sound.right[start + frame] : 0
        }
        var energies = plain.mutableSpan
        Hops.addEnergies(of: left.span, right.span, from: lag, to: &energies, in: hops)
      }
      // What is heard comes three frames late: nothing for a measure over tenths of seconds.
      ear.advance(&scratch, lag..<lag + block, weighting)
      scratch.withChannels { left, right in
        var energies = weighted.mutableSpan
        Hops.addEnergies(of: left.span, right.span, from: 0, to: &energies, in: hops)
      }
    }
  }

  private static let sampleRate = 48_000
  private static let hopsPerTenth = sampleRate / 10 / GainCurve.hop

  /// Gated loudness in LUFS (BS.1770-4), after a gain has been applied; nil for silence. Sounds shorter
  /// than one gating block of 0.4 s are taken as a whole.
  static func loudness(weighted: [Float], gain: GainCurve? = nil) -> Double? {
    var tenths: [Double] = []
    tenths.reserveCapacity(weighted.count / hopsPerTenth + 1)
    for start in stride(from: 0, to: weighted.count, by: hopsPerTenth) {
      let end = min(start + hopsPerTenth, weighted.count)
      // A last bit of a tenth would weigh as a whole one.
      if end - start < hopsPerTenth, !tenths.isEmpty { break }
      var sum: Float = 0
      if let gain {
        for hop in start..<end {
          let factor = (gain.points[hop] + gain.points[hop + 1]) * 0.5
          sum += weighted[hop] * factor * factor
        }
      } else {
        for hop in start..<end { sum += weighted[hop] }
      }
      tenths.append(Double(sum) / Double((end - start) * GainCurve.hop))
    }
    // Blocks of 0.4 s, each a tenth after the last.
    let tenthsPerBlock = min(4, max(tenths.count, 1))
    var blocks: [Double] = []
    if !tenths.isEmpty {
      for first in 0...tenths.count - tenthsPerBlock {
        blocks.append(tenths[first..<first + tenthsPerBlock].reduce(0, +) / Double(tenthsPerBlock))
      }
    }

    func level(_ power: Double) -> Double { -0.691 + 10 * log10(power) }
    let audible = blocks.filter { $0 > 0 && level($0) > -70 }
    guard !audible.isEmpty else { return nil }
    let relative = level(audible.reduce(0, +) / Double(audible.count)) - 10
    let loud = audible.filter { level($0) > relative }
    guard !loud.isEmpty else { return nil }
    return level(loud.reduce(0, +) / Double(loud.count))
  }
}
