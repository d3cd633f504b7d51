import Foundation
public import Tensor

/// Noise that any thread can have at any place: Philox4x32-10 (Salmon et al. 2011) keyed by the seed, and the first output of
/// the Box-Muller transform, as CUDA draws it (`acestep.md` 7.2).
public struct PhiloxNoise: Sendable {
  public let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  /// Four words for a counter and a key of 64 bits.
  static func words(_ counter: SIMD4<UInt32>, key: UInt64) -> SIMD4<UInt32> {
    var c = counter
    var (k0, k1) = (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
    for round in 0..<10 {
      if round > 0 {
        k0 &+= 0x9E37_79B9
        k1 &+= 0xBB67_AE85
      }
      let (high0, low0) = UInt32(0xD251_1F53).multipliedFullWidth(by: c.x)
      let (high1, low1) = UInt32(0xCD9E_8D57).multipliedFullWidth(by: c.z)
      c = SIMD4(high1 ^ c.y ^ k0, low1, high0 ^ c.w ^ k1, low0)
    }
    return c
  }

  /// The standard normal deviate number `index` of a stream.
  public func normal(_ index: UInt64, stream: UInt32 = 0) -> Float {
    let bits = Self.words(
      SIMD4(stream, 0, UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32)), key: seed)
    let unit: Float = 0x1p-32
    let u = Float(bits.x) * unit + unit / 2
    let angle = (Float(bits.y) * unit + unit / 2) * (2 * Float.pi)
    return (-2 * log(u)).squareRoot() * sin(angle)
  }

  /// A whole number from 0 below a bound, of a stream that no noise is drawn from.
  func integer(_ index: UInt64, below bound: Int) -> Int {
    let bits = Self.words(SIMD4(.max, 0, UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32)), key: seed)
    return Int(UInt64(bits.x).multipliedFullWidth(by: UInt64(bound) << 32).high)
  }

  /// [frames, channels] of noise, in the order of their places.
  /// - Parameter stream: 0 for what a generation starts from, i + 1 for what is added after step i.
  public func matrix(frames: Int, channels: Int, stream: UInt32 = 0) -> Matrix {
    Matrix(
      rows: frames, columns: channels, values: (0..<frames * channels).map { normal(UInt64($0), stream: stream) })
  }
}
