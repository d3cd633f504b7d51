public import Audio
import Foundation

/// How loud a sound is and how its energy is spread (`listening.md` 5.10).
public struct SoundMeasures: Sendable, Equatable {
  /// EBU R 128; of one channel where both are the same, since that is what a mono file is decoded to.
  public var loudness: Loudness
  /// Of both channels, in dB re full scale; -infinity for silence.
  public var rms: Double
  /// Peak over RMS in dB.
  public var crest: Double
  /// The greater absolute mean of the two channels.
  public var offset: Double
  /// The share of blocks of 0.4 s below -60 dBFS.
  public var silence: Double
  /// Runs of at least three samples at full scale, a second.
  public var clippedRunsPerSecond: Double
  /// Pearson's of the two channels; 1 for mono, 0 for silence.
  public var stereoCorrelation: Double
  /// Energy of (L - R) / 2 over that of (L + R) / 2.
  public var sideRatio: Double
  /// Hertz: the mean of the spectrum, and below which 95 % of it lie.
  public var centroid: Double
  public var rollOff: Double
  /// Shares of the energy below 200 Hz, up to 4000 Hz and above.
  public var balance: [Double]
  /// dB re the whole, in thirds of an octave from 25 Hz to 16 kHz.
  public var thirds: [Double]
  /// Seconds of sound.
  public var duration: Double

  /// The middles of `thirds` in hertz.
  public static let thirdCentres = (0...28).map { 25 * pow(2, Double($0) / 3) }

  public init(_ sound: StereoBuffer, crew: Crew) throws {
    loudness = try Loudness(of: sound)
    // ITU-R BS.1770-4 adds the channels' powers: one that comes twice would count twice.
    if sound.left == sound.right { loudness.integrated -= 10 * log10(2) }
    let count = Double(max(1, sound.frames))
    var (l, r, ll, rr, lr, peak) = (0.0, 0.0, 0.0, 0.0, 0.0, Float(0))
    var runs = 0
    for channel in [sound.left, sound.right] {
      var length = 0
      for sample in channel {
        length = abs(sample) >= 0.999 ? length + 1 : 0
        if length == 3 { runs += 1 }
        peak = max(peak, abs(sample))
      }
    }
    for (left, right) in zip(sound.left, sound.right) {
      let (x, y) = (Double(left), Double(right))
      l += x
      r += y
      ll += x * x
      rr += y * y
      lr += x * y
    }
    duration = sound.durationSeconds
    rms = 10 * log10((ll + rr) / (2 * count))
    crest = peak > 0 ? 20 * log10(Double(peak)) - rms : 0
    offset = max(abs(l), abs(r)) / count
    clippedRunsPerSecond = duration > 0 ? Double(runs) / duration : 0
    let (varL, varR) = (ll - l * l / count, rr - r * r / count)
    stereoCorrelation = varL > 1e-9 && varR > 1e-9 ? (lr - l * r / count) / (varL * varR).squareRoot() : 0
    let mid = ll + rr + 2 * lr
    sideRatio = mid > 0 ? (ll + rr - 2 * lr) / mid : 0
    let block = max(1, sound.sampleRate * 2 / 5)
    let blocks = stride(from: 0, to: sound.frames, by: block).map { start -> Bool in
      let range = start..<min(sound.frames, start + block)
      let square = range.reduce(0.0) { sum, index in
        sum + Double(sound.left[index] * sound.left[index] + sound.right[index] * sound.right[index])
      }
      return 10 * log10(square / Double(2 * range.count) + 1e-20) < -60
    }
    silence = blocks.isEmpty ? 1 : Double(blocks.count { $0 }) / Double(blocks.count)

    let mono = zip(sound.left, sound.right).map { ($0 + $1) / 2 }
    // Fine enough for the lowest thirds of an octave to have bins of their own.
    let spectrum = try Spectrogram(of: mono, sampleRate: sound.sampleRate, size: 16_384, hop: 16_384, crew: crew)
    var power = [Double](repeating: 0, count: spectrum.bins)
    for frame in 0..<spectrum.frames {
      for bin in 1..<spectrum.bins {
        let magnitude = Double(spectrum.values[frame * spectrum.bins + bin])
        power[bin] += magnitude * magnitude
      }
    }
    let total = power.reduce(0, +)
    let frequencies = power.indices.map { spectrum.frequency($0) }
    centroid = total > 0 ? zip(power, frequencies).reduce(0) { $0 + $1.0 * $1.1 } / total : 0
    var (sum, limit) = (0.0, 0.0)
    for bin in power.indices where sum < 0.95 * total {
      sum += power[bin]
      limit = frequencies[bin]
    }
    rollOff = limit
    func share(_ range: Range<Double>) -> Double {
      total > 0 ? power.indices.reduce(0) { range.contains(frequencies[$1]) ? $0 + power[$1] : $0 } / total : 0
    }
    balance = [share(0..<200), share(200..<4000), share(4000..<1e9)]
    thirds = Self.thirdCentres.map { 10 * log10(share($0 * 0.8908987..<$0 * 1.122462) + 1e-12) }
  }
}
