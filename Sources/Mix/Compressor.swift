import Glibc

/// Feed-forward compression on the energy of a sound, in gains over time.
struct Compressor: Sendable, Hashable {
  /// Where it begins, in decibels relative to the sound's own loudness.
  var thresholdAbove: Double
  var ratio: Double
  var attack: Double
  var release: Double
  /// The width of the soft knee in decibels.
  var knee = 6.0

  /// - Parameters:
  ///   - energies: sums of squares a hop, of both channels.
  ///   - loudness: the sound's own, in LUFS.
  ///   - warmUp: run over the sound once before, so that its end meets its beginning.
  func curve(energies: [Float], loudness: Double, frames: Int, warmUp: Bool = false) -> GainCurve {
    var curve = GainCurve(frames: frames)
    let hopSeconds = Double(GainCurve.hop) / 48_000
    let rising = Float(1 - exp(-hopSeconds / attack))
    let falling = Float(1 - exp(-hopSeconds / release))
    let averaging = Float(1 - exp(-hopSeconds / 0.006))
    let threshold = Float(loudness + thresholdAbove)
    let slope = Float(1 - 1 / ratio)
    let knee = Float(self.knee)
    var mean: Float = 0
    var reduction: Float = 0
    for pass in warmUp ? [0, 1] : [1] {
      for hop in energies.indices {
        mean += (energies[hop] / Float(GainCurve.hop) - mean) * averaging
        let level = 10 * log10(mean + 1e-12) - 0.7
        let over = level - threshold
        let wanted: Float
        if over <= -knee / 2 {
          wanted = 0
        } else if over >= knee / 2 {
          wanted = slope * over
        } else {
          let into = over + knee / 2
          wanted = slope * into * into / (2 * knee)
        }
        reduction += (wanted - reduction) * (wanted > reduction ? rising : falling)
        if pass == 1 { curve.points[hop + 1] = exp(reduction * -0.115_129_25) }
      }
      if pass == 0 || !warmUp { curve.points[0] = exp(reduction * (warmUp ? -0.115_129_25 : 0)) }
    }
    return curve
  }
}
