import Audio
import Foundation
import Testing

/// The vector kernels against plain loops.
struct HopsTests {
  private func noise(_ frames: Int, seed: UInt32 = 9) -> [Float] {
    var state = seed
    return (0..<frames).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(Int32(bitPattern: state)) / Float(Int32.max)
    }
  }

  @Test func roundedSumsAreTheSameInAnyOrder() {
    let parts = (1...9).map { noise(1000, seed: $0) }
    func sum(_ order: [Int]) -> [Float] {
      var total = [Float](repeating: 0, count: 1003)
      var span = total.mutableSpan
      for index in order {
        let part = parts[index]
        Hops.addRounded(part.span, gain: 0.7, to: &span, at: 5)
      }
      return total
    }
    let forwards = sum(Array(0..<9))
    #expect(forwards == sum(Array((0..<9).reversed())))
    #expect(forwards == sum([4, 0, 8, 2, 6, 1, 7, 3, 5]))
    // What reaches beyond the end is left out; the rest is right to the rounding.
    #expect(forwards[..<5].allSatisfy { $0 == 0 })
    let plain = (0..<998).map { frame in parts.reduce(Float(0)) { $0 + 0.7 * $1[frame] } }
    #expect(zip(forwards[5...], plain).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func energiesAreSumsOfSquares() {
    let (left, right) = (noise(160), noise(160, seed: 3))
    var energies = [Float](repeating: 1, count: 10)
    var span = energies.mutableSpan
    Hops.addEnergies(of: left.span, right.span, from: 16, to: &span, in: 2..<9)
    #expect(energies[0] == 1 && energies[1] == 1 && energies[9] == 1)
    for hop in 2..<9 {
      let frames = (hop - 1) * 16..<hop * 16
      let expected = frames.reduce(Float(1)) { $0 + left[$1] * left[$1] + right[$1] * right[$1] }
      #expect(abs(energies[hop] - expected) < 1e-4)
    }
  }

  @Test(arguments: [1, 15, 16, 17, 1000])
  func theLoudestIsFoundInBothChannels(frames: Int) {
    let (left, right) = (noise(frames), noise(frames, seed: 9))
    let expected = (left + right).map(abs).max()
    #expect(Hops.loudest(left.span, right.span) == expected)
    #expect(Hops.loudest(right.span, left.span) == expected)
  }

  @Test(arguments: [1, 15, 16, 17, 1000])
  func aRampRunsStraightFromPointToPoint(frames: Int) {
    let points = noise(Hops.count(in: frames) + 1)
    let before = noise(frames, seed: 4)
    var channel = before
    Hops.ramp(&channel, along: points)
    for frame in 0..<frames {
      let within = Float(frame % 16) / 16
      let gain = points[frame / 16] + within * (points[frame / 16 + 1] - points[frame / 16])
      #expect(abs(channel[frame] - before[frame] * gain) < 1e-6)
    }
  }

  @Test func aDipTakesItsBandAwayAndLeavesTheRest() {
    func level(_ hertz: Double, keep: Float) -> Double {
      let tone = sine(hertz, amplitude: 0.5, frames: 48_000)
      var (left, right) = (tone.left, tone.right)
      var dip = DynamicDip(.bandPass(2300, q: 0.6))
      var leftSpan = left.mutableSpan
      var rightSpan = right.mutableSpan
      dip.process(&leftSpan, &rightSpan, keep: [Float](repeating: keep, count: 3000), from: 0)
      #expect(left == right)
      let power = left[24_000...].reduce(0.0) { $0 + Double($1 * $1) } / 24_000
      return 10 * log10(power / 0.125)
    }
    #expect(abs(level(2300, keep: 0.5) + 6.02) < 0.1)
    #expect(abs(level(100, keep: 0.5)) < 0.3)
    #expect(abs(level(2300, keep: 1)) < 0.01)
  }
}
