import Audio
import Glibc

/// The last gain of all: glue, loudness, limit and fade, as one curve for the mix and every stem.
struct Master {
  let profile: MixProfile
  let frames: Int
  let ending: Mixer.Ending

  /// Beyond this a quiet recording would become noise.
  private static let mostGain = 40.0

  /// - Parameter peaks: the true peaks of each hop, of the louder channel.
  func curve(for energies: Energies, peaks: [Float]) -> GainCurve {
    guard let loudness = Energies.loudness(weighted: energies.weighted) else {
      return GainCurve(frames: frames, gain: 1)
    }
    let isCircular = ending == .loop
    let glue = Compressor(
      thresholdAbove: 1, ratio: 1 + 0.8 * profile.compression, attack: 0.02, release: 0.2
    ).curve(energies: energies.plain, loudness: loudness, frames: frames, warmUp: isCircular)
    var shape = ending == .rest ? glue * Self.fade(frames: frames) : glue
    if let dynamics = profile.dynamics, ending == .rest, Double(frames) >= 48_000 * MasterMeasures.leastSeconds {
      shape = shape * MacroDynamics(weighted: energies.weighted, gain: shape).curve(towards: dynamics, frames: frames)
    }

    let limiter = Limiter(ceiling: factor(decibels: Mixer.highestTruePeak), isCircular: isCircular)
    var gain = min(profile.loudness - loudness, Self.mostGain)
    var curve = shape
    // Limiting takes a little away, so the gain before it is raised until the loudness is right.
    for _ in 0..<12 {
      var driven = shape
      let drive = factor(decibels: gain)
      for index in driven.points.indices { driven.points[index] *= drive }
      curve = driven * limiter.curve(peaks: peaks, gain: driven, frames: frames)
      guard let reached = Energies.loudness(weighted: energies.weighted, gain: curve) else { break }
      let missing = profile.loudness - reached
      if abs(missing) < 0.02 || gain >= Self.mostGain { break }
      gain = min(gain + missing * 1.2, Self.mostGain)
    }
    return curve
  }

  /// Half a cosine over the last tenth of the song, at most 0.8 s, to nothing.
  private static func fade(frames: Int) -> GainCurve {
    var curve = GainCurve(frames: frames)
    let length = max(min(frames / 10, 38_400), 1)
    let start = frames - length
    for point in curve.points.indices {
      let frame = point * GainCurve.hop
      guard frame > start else { continue }
      let through = min(Double(frame - start) / Double(length), 1)
      curve.points[point] = Float(0.5 + 0.5 * cos(.pi * through))
    }
    return curve
  }
}
