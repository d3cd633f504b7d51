/// Noise close to Gaussian, of mean 0 and variance 1, as a pure function of seed, stream and sample.
///
/// A sample is the sum of the four bytes of a 32-bit hash (MurmurHash3's finaliser), centred and scaled. So any sample can be had
/// alone, on any thread, and every machine has the same. Seed 0 is the noise of the golden data
/// (`Tests/SingerTests/Fixtures/README.md`).
///
/// Streams in use: 0 ... 8 the harmonics of the voice network's source, 9 the vocoder.
public struct HashNoise: Sendable, Hashable {
  public var seed: UInt32

  /// The stream of the vocoder's noise.
  public static let vocoderStream = 9

  public init(seed: UInt32) { self.seed = seed }

  /// The noise at a sample of a stream, -3.45 ... 3.45.
  @inlinable
  public func callAsFunction(stream: Int, sample: Int) -> Float {
    var x = UInt32(truncatingIfNeeded: stream) &* 0x9E37_79B1 &+ UInt32(truncatingIfNeeded: sample)
    x ^= seed
    x ^= x >> 16
    x &*= 0x85EB_CA6B
    x ^= x >> 13
    x &*= 0xC2B2_AE35
    x ^= x >> 16
    let bytes = (x & 0xFF) &+ (x >> 8 & 0xFF) &+ (x >> 16 & 0xFF) &+ (x >> 24)
    return (Float(bytes) - 510) / 147.8
  }
}
