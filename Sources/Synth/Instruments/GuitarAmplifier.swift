import Audio
import Glibc

/// A high-gain amplifier and its cabinet, for takes of a clean guitar.
///
/// The curve is bent at four times the sample rate, so that what it adds above half of it doesn't fold
/// back; the cabinet lets little through above 5 kHz, as twelve-inch speakers do.
struct GuitarAmplifier {
  let sampleRate: Int
  /// Into the curve, in decibels above a clean signal of normal level.
  let driveDecibels: Double

  /// Two takes, left and right.
  /// - Parameter step: called for each whole second of sound.
  func amplify(_ left: [Float], _ right: [Float], step: () throws -> Void) throws -> StereoBuffer {
    var buffer = StereoBuffer(left: left, right: right, sampleRate: sampleRate)
    let gain = preamplify(&buffer)
    try bend(&buffer.left, gain: gain, step: step)
    try bend(&buffer.right, gain: gain, step: {})
    cabinet(&buffer)
    return buffer
  }

  /// One take, in the middle.
  func amplify(_ take: [Float], step: () throws -> Void) throws -> StereoBuffer {
    var buffer = StereoBuffer(left: take, right: take, sampleRate: sampleRate)
    let gain = preamplify(&buffer)
    try bend(&buffer.left, gain: gain, step: step)
    buffer.right = buffer.left
    cabinet(&buffer)
    return buffer
  }

  private func preamplify(_ buffer: inout StereoBuffer) -> Float {
    Equalizer([
      .highPass(110, sampleRate: sampleRate),
      .peak(750, decibels: 5, q: 0.7, sampleRate: sampleRate),
      .highShelf(6000, decibels: -6, sampleRate: sampleRate),
    ]).process(&buffer)
    return Float(pow(10, driveDecibels / 20)) * 0.1 / max(Self.activeLevel(of: buffer), 1e-4)
  }

  private func cabinet(_ buffer: inout StereoBuffer) {
    Equalizer([
      .highPass(90, sampleRate: sampleRate),
      .peak(400, decibels: -3, q: 0.9, sampleRate: sampleRate),
      .peak(2400, decibels: 1.5, q: 1.1, sampleRate: sampleRate),
      .lowPass(4600, q: 0.54, sampleRate: sampleRate),
    ]).process(&buffer)
    Equalizer([.lowPass(4600, q: 1.31, sampleRate: sampleRate)]).process(&buffer)
  }

  /// The root mean square of what is not silence.
  private static func activeLevel(of buffer: StereoBuffer) -> Float {
    var sum: Float = 0
    var count = 0
    for start in stride(from: 0, to: buffer.frames, by: 1024) {
      var power: Float = 0
      for frame in start..<min(start + 1024, buffer.frames) {
        power += buffer.left[frame] * buffer.left[frame] + buffer.right[frame] * buffer.right[frame]
      }
      if power > 1024 * 2 * 1e-6 {
        sum += power
        count += 2048
      }
    }
    return count == 0 ? 0 : (sum / Float(count)).squareRoot()
  }

  private func bend(_ channel: inout [Float], gain: Float, step: () throws -> Void) throws {
    let oversampling = FourfoldOversampling()
    let history = FourfoldOversampling.historyFrames
    let block = 1024
    var input = [Float](repeating: 0, count: history + block)
    var fine = [SIMD4<Float>](repeating: SIMD4(repeating: 0), count: history + block)
    var risen = [SIMD4<Float>](repeating: SIMD4(repeating: 0), count: block)
    var output = [Float](repeating: 0, count: block)
    // The gate: without it the amplifier would bring the guitar's hum of release up to full level.
    var follower: Float = 0
    let opening = Float(exp(-1 / (0.001 * Double(sampleRate))))
    let closing = Float(exp(-1 / (0.05 * Double(sampleRate))))
    var secondsDone = 0
    var silentBlocks = 0
    for start in stride(from: 0, to: channel.count, by: block) {
      let count = min(block, channel.count - start)
      var loudest: Float = 0
      for frame in 0..<block {
        let sample = frame < count ? channel[start + frame] * gain : 0
        input[history + frame] = sample
        loudest = max(loudest, abs(sample))
      }
      silentBlocks = loudest < 1e-4 ? silentBlocks + 1 : 0
      if silentBlocks > 1 {
        for frame in 0..<count { channel[start + frame] = 0 }
        follower = 0
        for index in 0..<history {
          input[index] = 0
          fine[index] = SIMD4(repeating: 0)
        }
      } else {
        var risenSpan = risen.mutableSpan
        oversampling.rise(input.span, into: &risenSpan)
        for frame in 0..<block { fine[history + frame] = Self.curve(risen[frame]) }
        var outputSpan = output.mutableSpan
        oversampling.fall(fine.span, into: &outputSpan)
        for frame in 0..<count {
          let size = abs(input[history + frame])
          follower = size + (follower - size) * (size > follower ? opening : closing)
          let gate = min(follower * 8, 1)
          channel[start + frame] = output[frame] * gate * 0.3
        }
        for index in 0..<history {
          input[index] = input[block + index]
          fine[index] = fine[block + index]
        }
      }
      while (secondsDone + 1) * sampleRate <= start + count {
        try step()
        secondsDone += 1
      }
    }
  }

  /// A valve stage: saturates softly, on one side a little earlier than on the other.
  @inline(__always)
  private static func curve(_ x: SIMD4<Float>) -> SIMD4<Float> {
    let limit = SIMD4<Float>(repeating: 3)
    let shifted = (x + 0.15).clamped(lowerBound: -limit, upperBound: limit)
    let square = shifted * shifted
    return shifted * (27 + square) / (27 + 9 * square) - 0.1489
  }
}
