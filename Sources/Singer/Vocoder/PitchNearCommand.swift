/// The fundamental frequency of a sound whose pitch is known roughly: what the network or espeak-ng was told to sing
/// (`singer.md` 4.1).
///
/// Normalised cross-correlation of two periods with what follows, within 0.4 octave of the command.
struct PitchNearCommand {
  let sampleRate: Int
  private var correlations: [Double] = []

  init(sampleRate: Int) { self.sampleRate = sampleRate }

  /// Hertz in each 5-ms frame, 0 where there is no tone.
  /// - Parameters:
  ///   - command: hertz in each frame, 0 where no tone is asked for.
  ///   - nucleus: frames that are known to be voiced; there the command stands where no tone is found.
  mutating func pitch(of sound: [Double], command: [Double], nucleus: [Bool]) -> [Double] {
    precondition(command.count == nucleus.count)
    let sums = PrefixSums(sound)
    return command.indices.map { frame in
      guard command[frame] > 0 else { return 0 }
      let found = pitch(of: sound, sums, at: Double(frame) * VoiceSpectra.framePeriod, near: command[frame])
      return found == 0 && nucleus[frame] ? command[frame] : found
    }
  }

  private mutating func pitch(of sound: [Double], _ sums: PrefixSums, at time: Double, near command: Double) -> Double {
    let rate = Double(sampleRate)
    let shortest = Int(rate / (command * 1.3195079107728942))  // 2^0.4
    let longest = Int((rate / (command * 0.757858283255199)).rounded(.up))  // 2^-0.4
    let width = Int(2 * rate / command)
    let start = Int((time * rate).rounded(.down)) - (width + longest) / 2
    guard shortest > 1, width > 1, let own = sums.variation(start, width), own >= 1e-8 * Double(width) else { return 0 }
    correlations.removeAll(keepingCapacity: true)
    let mean = sums.sum(start, width) / Double(width)
    for lag in shortest - 1...longest + 1 {
      let other = max(sums.variation(start + lag, width) ?? 0, 0)
      // Σ (x - mean) (y - mean') = Σ (x - mean) y
      let product = Self.product(sound, start, lag, width) - mean * sums.sum(start + lag, width)
      correlations.append(product / (own * other + 1e-12).squareRoot())
    }
    var best = 1
    for index in 1..<correlations.count - 1 where correlations[index] > correlations[best] { best = index }
    guard correlations[best] >= 0.5 else { return 0 }
    let before = correlations[best - 1]
    let after = correlations[best + 1]
    let bend = before - 2 * correlations[best] + after
    let shift = bend < 0 ? (before - after) / (2 * bend) : 0
    return rate / (Double(shortest - 1 + best) + shift)
  }

  /// Σ x[start + i] x[start + lag + i], i < width; silence beyond the ends.
  private static func product(_ sound: [Double], _ start: Int, _ lag: Int, _ width: Int) -> Double {
    let first = max(start, 0, -lag - start)
    let end = min(start + width, sound.count - lag, sound.count)
    guard first < end else { return 0 }
    var sum = SIMD8<Double>.zero
    var index = first
    while index + 8 <= end {
      var a = SIMD8<Double>()
      var b = SIMD8<Double>()
      for lane in 0..<8 {
        a[lane] = sound[index + lane]
        b[lane] = sound[index + lag + lane]
      }
      sum += a * b
      index += 8
    }
    var rest = sum.sum()
    while index < end {
      rest += sound[index] * sound[index + lag]
      index += 1
    }
    return rest
  }
}

/// Sums and sums of squares of any stretch of a sound in constant time; silence beyond its ends.
private struct PrefixSums {
  private var plain: [Double] = [0]
  private var squares: [Double] = [0]

  init(_ sound: [Double]) {
    plain.reserveCapacity(sound.count + 1)
    squares.reserveCapacity(sound.count + 1)
    var sum = 0.0
    var square = 0.0
    for sample in sound {
      sum += sample
      square += sample * sample
      plain.append(sum)
      squares.append(square)
    }
  }

  func sum(_ start: Int, _ width: Int) -> Double { between(plain, start, width) }

  /// Σ (x - mean)².
  func variation(_ start: Int, _ width: Int) -> Double? {
    guard width > 0 else { return nil }
    let sum = sum(start, width)
    return between(squares, start, width) - sum * sum / Double(width)
  }

  private func between(_ sums: [Double], _ start: Int, _ width: Int) -> Double {
    let last = sums.count - 1
    return sums[min(max(start + width, 0), last)] - sums[min(max(start, 0), last)]
  }
}
