import Audio
import Glibc

/// Holds a sung part over the band where words are understood, at 1-4 kHz: a fader that rides with the density of the
/// arrangement.
enum VoiceLift {
  /// How far the voice is to lie above the band while it sings, in decibels.
  static let margin = 7.0
  /// The fader's way, in decibels.
  static let way = -2.0...12.0
  /// What one position of the fader hears: three seconds, one more each half second.
  private static let window = 6
  private static let steps = 48_000 / 2 / GainCurve.hop

  static func curve(of voice: StereoBuffer, over band: StereoBuffer) -> GainCurve {
    var curve = GainCurve(frames: voice.frames)
    let (sung, played) = (energies(voice), energies(band))
    guard let loudest = sung.max(), loudest > 0 else { return curve }
    let count = (sung.count + steps - 1) / steps
    var blocks = [(voice: Double, band: Double)](repeating: (0, 0), count: count)
    for (hop, energy) in sung.enumerated() where energy > loudest * 1e-3 {
      blocks[hop / steps].voice += Double(energy)
      blocks[hop / steps].band += Double(hop < played.count ? played[hop] : 0)
    }
    // Where nobody sings the fader stays where it was.
    var positions: [Double] = []
    for block in 0..<count {
      let around = blocks[max(0, block - window / 2)..<min(count, block + window / 2 + 1)]
      let (v, b) = around.reduce((0, 0)) { ($0.0 + $1.voice, $0.1 + $1.band) }
      let wanted = v > 0 ? margin - 10 * log10(v / max(b, 1e-12)) : positions.last ?? 0
      positions.append(min(max(wanted, way.lowerBound), way.upperBound))
    }
    for hop in curve.points.indices {
      let place = max(0, Double(hop) / Double(steps) - 0.5)
      let low = min(Int(place), count - 1)
      let high = min(low + 1, count - 1)
      let fraction = min(place - Double(low), 1)
      curve.points[hop] = factor(decibels: positions[low] + (positions[high] - positions[low]) * fraction)
    }
    return curve
  }

  private static func energies(_ sound: StereoBuffer) -> [Float] {
    var copy = sound
    let middle = Equalizer([.highPass(1000), .highPass(1000), .lowPass(4000), .lowPass(4000)])
    return Energies(shaping: &copy, by: middle) {}.plain
  }
}
