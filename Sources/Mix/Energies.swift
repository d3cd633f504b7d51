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

  /// Filters a sound in place and measures what comes out.
  /// - Parameter step: called for each stretch of the equalizer; what it throws ends the work.
  /// - Complexity: O(frames), about 5 ns each where there is sound.
  init(shaping sound: inout StereoBuffer, by equalizer: Equalizer, step: () throws -> Void = {}) rethrows {
    self.init(hops: GainCurve.hops(in: sound.frames))
    let ear = Equalizer(Biquad.kWeighting)
    let (lag, stretch, frames) = (Equalizer.lag, Equalizer.stretch, sound.frames)
    var filters = Equalizer.State()
    var hearing = Equalizer.State()
    var heard = StereoBuffer(frames: stretch)
    var measured = 0
    for start in stride(from: 0, to: frames, by: stretch) {
      let end = min(start + stretch, frames)
      let isLast = end == frames
      let isSilent = Hops.loudest(sound.left.span.extracting(start..<end), sound.right.span.extracting(start..<end)) == 0
      // Both must be asked, so that both forget.
      let isSettled = isSilent ? [filters.settle(), hearing.settle()].allSatisfy { $0 } : false
      if !isSettled {
        let range = start..<(isLast ? end + lag : end)
        if heard.frames < range.count { heard = StereoBuffer(frames: range.count) }
        filters.advance(&sound, range, equalizer, ear: ear, hearing: &hearing, into: &heard)
        // What is heard comes a few frames late: nothing for a measure over tenths of seconds.
        let hops = start / Hops.frames..<end / Hops.frames
        var energies = weighted.mutableSpan
        Hops.addEnergies(of: heard.left.span, heard.right.span, from: 0, to: &energies, in: hops)
      }
      // The last hop's frames are still inside the filters.
      let ready = isLast ? end / Hops.frames : (end - lag) / Hops.frames
      var energies = plain.mutableSpan
      Hops.addEnergies(of: sound.left.span, sound.right.span, from: measured * Hops.frames, to: &energies, in: measured..<ready)
      measured = ready
      try step()
    }
    for frame in measured * Hops.frames..<frames {
      plain[measured] += sound.left[frame] * sound.left[frame] + sound.right[frame] * sound.right[frame]
      weighted[measured] = plain[measured]
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
