/// The two operations on power spectra that CheapTrick and D4C are made of (`singer.md` 4.2), at one size of transform.
struct SpectralSmoothing {
  /// Bins 0 ... half.
  private let half: Int
  private let hertzPerBin: Double
  private var sums: [Double] = []
  private var original: [Double] = []

  init(transformSize: Int, sampleRate: Int) {
    half = transformSize / 2
    hertzPerBin = Double(sampleRate) / Double(transformSize)
    sums.reserveCapacity(3 * transformSize)
  }

  /// DCcorrect: the band below `pitch` is raised by its mirror image above it, for a windowed tone has no energy of its own
  /// there.
  mutating func correctDC(_ power: inout [Double], pitch: Double) {
    let last = min(Int(pitch / hertzPerBin), half)
    original.removeAll(keepingCapacity: true)
    original.append(contentsOf: power[0...min(last + 2, half)])
    for bin in 0...last {
      let position = pitch / hertzPerBin - Double(bin)
      let below = min(Int(position), original.count - 1)
      let above = min(below + 1, original.count - 1)
      power[bin] += original[below] + (original[above] - original[below]) * (position - Double(below))
    }
  }

  /// Smooth: the mean over a band of `width` hertz around each bin; the spectrum goes on mirrored beyond both ends.
  mutating func smooth(_ power: inout [Double], width: Double) {
    precondition(power.count == half + 1)
    let binsWide = width / hertzPerBin
    let margin = min(Int(binsWide) + 1, half)
    let length = half + 2 * margin + 1
    if sums.count < length { sums = [Double](repeating: 0, count: length) }
    var sum = 0.0
    for index in 0..<margin {
      sum += power[margin - index]
      sums[index] = sum
    }
    for bin in 0..<half {
      sum += power[bin]
      sums[margin + bin] = sum
    }
    for index in 0...margin {
      sum += power[half - index]
      sums[margin + half + index] = sum
    }
    // sums[j] belongs to bin j - (margin - 0.5); so the two ends of the band have constant fractions.
    let low = Double(margin) - 0.5 - binsWide / 2
    let high = low + binsWide
    let lowIndex = max(Int(low), 0)
    let highIndex = Int(high)
    let lowFraction = low - Double(lowIndex)
    let highFraction = high - Double(highIndex)
    let scale = 1 / binsWide
    for bin in 0...half {
      let a = sums[lowIndex + bin]
      let b = sums[min(lowIndex + bin + 1, length - 1)]
      let c = sums[min(highIndex + bin, length - 1)]
      let d = sums[min(highIndex + bin + 1, length - 1)]
      power[bin] = ((c + (d - c) * highFraction) - (a + (b - a) * lowFraction)) * scale
    }
  }
}

/// The samples around a moment under a window, free of their mean.
struct Excerpt {
  enum Window { case hann, blackman, none }

  /// Windowed samples, then zeros up to the size of the transform.
  private(set) var samples: [Double]
  private(set) var count = 0
  private var window: [Double]

  init(transformSize: Int) {
    samples = [Double](repeating: 0, count: transformSize)
    window = samples
  }

  /// Takes samples -half ... half around `time`; those beyond the ends repeat the first and the last.
  /// - Parameters:
  ///   - turn: radians of the window a sample; its cosine is -1 at the edge.
  ///   - unitEnergy: whether the window is scaled to energy 1.
  mutating func take(
    _ sound: [Double], at time: Double, sampleRate: Double, half: Int, turn: Double, window shape: Window, unitEnergy: Bool
  ) {
    let half = min(half, (samples.count - 1) / 2)
    let centre = Int((time * sampleRate + 0.001).rounded())
    let last = sound.count - 1
    let length = 2 * half + 1
    // cos(n turn) by rotation, from the middle to both sides.
    let stepReal = cosine(turn)
    let stepImaginary = sine(turn)
    var real = 1.0
    var imaginary = 0.0
    var energy = 0.0
    var total = 0.0
    for n in 0...half {
      let value: Double =
        switch shape {
        case .hann: 0.5 * real + 0.5
        case .blackman: 0.42 + 0.5 * real + 0.08 * (2 * real * real - 1)
        case .none: 1
        }
      window[half + n] = value
      window[half - n] = value
      let both = n == 0 ? 1.0 : 2.0
      energy += both * value * value
      total += both * value
      let next = real * stepReal - imaginary * stepImaginary
      imaginary = real * stepImaginary + imaginary * stepReal
      real = next
    }
    let scale = unitEnergy ? 1 / energy.squareRoot() : 1
    var sum = 0.0
    let first = centre - half
    if first >= 0 && first + length <= sound.count {
      for index in 0..<length {
        let value = sound[first + index] * window[index]
        samples[index] = value
        sum += value
      }
    } else {
      for index in 0..<length {
        let value = sound[min(max(first + index, 0), last)] * window[index]
        samples[index] = value
        sum += value
      }
    }
    let mean = sum / total
    for index in 0..<length { samples[index] = (samples[index] - window[index] * mean) * scale }
    if length < count { for index in length..<count { samples[index] = 0 } }
    count = length
  }

  /// Scales the samples to energy 1; false where there is silence.
  mutating func normalize() -> Bool {
    var energy = 0.0
    for index in 0..<count { energy += samples[index] * samples[index] }
    guard energy > 1e-24 else { return false }
    let scale = 1 / energy.squareRoot()
    for index in 0..<count { samples[index] *= scale }
    return true
  }

  /// Each sample times its place, from 1.
  mutating func weighByPlace() {
    for index in 0..<count { samples[index] *= Double(index + 1) }
  }
}
