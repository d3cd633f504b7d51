import Audio
import Foundation

/// Faults of a sound that can be counted (`listening.md` 7).
struct SoundDefects: Sendable, Equatable {
  /// The share of blocks of 0.4 s below -60 dBFS, but for the first and the last two seconds.
  var innerSilence = 0.0
  /// The share of blocks in which left and right go against each other (a correlation below -0.3).
  var opposition = 0.0
  /// The share of frames in which what lies above 10 kHz is plain noise, and louder than -40 dBFS; nil for rates that end below.
  var hiss: Double?
  /// Jumps of single samples, a minute: where the second difference is twelve times that of the 10 ms around.
  var clicksPerMinute = 0.0

  init(_ sound: StereoBuffer, crew: Crew) throws {
    let rate = Double(sound.sampleRate)
    let block = max(1, sound.sampleRate * 2 / 5)
    var (blocks, inner, silent, opposed) = (0, 0, 0, 0)
    for start in stride(from: 0, to: sound.frames, by: block) {
      let end = min(sound.frames, start + block)
      var (ll, rr, lr) = (0.0, 0.0, 0.0)
      for frame in start..<end {
        let (left, right) = (Double(sound.left[frame]), Double(sound.right[frame]))
        ll += left * left
        rr += right * right
        lr += left * right
      }
      let isSilent = 10 * log10((ll + rr) / Double(2 * (end - start)) + 1e-20) < -60
      blocks += 1
      if !isSilent, lr < -0.3 * (ll * rr).squareRoot() { opposed += 1 }
      if Double(start) >= 2 * rate, Double(end) <= Double(sound.frames) - 2 * rate {
        inner += 1
        if isSilent { silent += 1 }
      }
    }
    innerSilence = inner == 0 ? 0 : Double(silent) / Double(inner)
    opposition = blocks == 0 ? 0 : Double(opposed) / Double(blocks)
    let mono = sound.mono
    clicksPerMinute = Self.clicks(mono, rate: rate)
    hiss = rate < 22_000 ? nil : try Self.hiss(mono, sampleRate: sound.sampleRate, crew: crew)
  }

  private static func clicks(_ samples: [Float], rate: Double) -> Double {
    let block = max(16, Int(rate / 100))
    var clicks = 0
    for start in stride(from: 1, to: samples.count - 1, by: block) {
      let range = start..<min(samples.count - 1, start + block)
      var (sum, highest) = (Float(0), Float(0))
      for index in range {
        let bend = samples[index - 1] - 2 * samples[index] + samples[index + 1]
        sum += bend * bend
        highest = max(highest, abs(bend))
      }
      if highest > 1e-3, highest > 12 * (sum / Float(range.count)).squareRoot() { clicks += 1 }
    }
    return samples.isEmpty ? 0 : Double(clicks) * 60 * rate / Double(samples.count)
  }

  private static func hiss(_ samples: [Float], sampleRate: Int, crew: Crew) throws -> Double {
    let size = 2048
    let spectrum = try Spectrogram(of: samples, sampleRate: sampleRate, size: size, hop: 2 * size, crew: crew)
    let bins = (0..<spectrum.bins).filter { (10_000..<0.48 * Double(sampleRate)).contains(spectrum.frequency($0)) }
    guard !bins.isEmpty, spectrum.frames > 0 else { return 0 }
    // The power of a Hann window's frame: 2 / (N sum of w^2) x that of the positive bins.
    let scale = 2 / (Double(size) * 0.375 * Double(size))
    let noisy = (0..<spectrum.frames).count { frame in
      let powers = bins.map { bin -> Double in
        let magnitude = Double(spectrum.values[frame * spectrum.bins + bin])
        return magnitude * magnitude + 1e-20
      }
      let flatness = exp(powers.map { log($0) }.mean) / powers.mean
      return flatness > 0.5 && 10 * log10(scale * powers.reduce(0, +)) > -40
    }
    return Double(noisy) / Double(spectrum.frames)
  }
}
