/// What the vocoder takes a voice apart into: a row for each 5 ms, of power and of aperiodicity at each bin.
///
/// After M. Morise, F. Yokomori, K. Ozawa, "WORLD: a vocoder-based high-quality speech synthesis system" (2016); the formulas
/// are those of `singer.md` 4.
public struct VoiceSpectra: Sendable {
  /// Seconds from one frame to the next.
  public static let framePeriod = 0.005

  public let sampleRate: Int
  /// Size of the transforms: the lowest period that CheapTrick can see fits three times.
  public var transformSize: Int { Self.transformSize(sampleRate: sampleRate) }
  /// Values a row: half the transform and one.
  public let bins: Int
  public let frames: Int
  /// Power at each bin, row after row.
  public var envelope: [Double]
  /// Share of noise in the amplitude, 0 (pure tone) ... 1, row after row.
  public var aperiodicity: [Double]

  /// Silence without a tone.
  public init(frames: Int, sampleRate: Int) {
    self.sampleRate = sampleRate
    self.frames = frames
    bins = Self.transformSize(sampleRate: sampleRate) / 2 + 1
    envelope = [Double](repeating: 1e-16, count: frames * bins)
    aperiodicity = [Double](repeating: Self.noise, count: frames * bins)
  }

  /// 1024 at 22,050 and 24,000 samples a second.
  static func transformSize(sampleRate: Int) -> Int { powerOfTwo(above: 3 * Double(sampleRate) / 71) }

  /// The aperiodicity of a frame without a tone.
  static let noise = 1 - 1e-12

  /// Frames that a sound of so many samples has.
  public static func frames(samples: Int, sampleRate: Int) -> Int {
    // Whole numbers: 5 ms are sampleRate / 200 samples.
    samples * 200 / sampleRate
  }

  /// Samples that so many frames last.
  public static func samples(frames: Int, sampleRate: Int) -> Int { frames * sampleRate / 200 }
}

/// 2^(1 + floor(log2(value + 1))): the next power of two above.
func powerOfTwo(above value: Double) -> Int {
  var size = 2
  while Double(size) <= value + 1 { size *= 2 }
  return size
}
