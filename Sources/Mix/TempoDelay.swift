import Glibc

/// Echoes in time with the music, from side to side, each duller than the one before.
struct TempoDelay {
  private var ring: [SIMD2<Float>]
  private var position = 0
  private var lows = SIMD2<Float>(repeating: 0)
  private var highs = SIMD2<Float>(repeating: 0)
  private let feedback: Float
  private static let highCut = Float(1 - exp(-2 * Double.pi * 3400 / 48_000))
  private static let lowCut = Float(1 - exp(-2 * Double.pi * 320 / 48_000))

  /// - Parameter seconds: up to 1.
  init(seconds: Double, feedback: Float) {
    let frames = min(max(Int(seconds * 48_000), 480), 48_000)
    ring = [SIMD2<Float>](repeating: SIMD2(0, 0), count: frames)
    self.feedback = feedback
  }

  /// Adds the echoes of a block to it.
  mutating func process(_ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>, send: Float) {
    let count = left.count
    precondition(right.count == count)
    var ringNow: [SIMD2<Float>] = []
    swap(&ringNow, &ring)
    defer { swap(&ringNow, &ring) }
    var memory = ringNow.mutableSpan
    for index in 0..<count {
      let echo = memory[position]
      highs += (echo - highs) * Self.highCut
      lows += (highs - lows) * Self.lowCut
      let worn = highs - lows
      let middle = (left[index] + right[index]) * 0.5 * send
      memory[position] = SIMD2(middle + worn.y * feedback, worn.x * feedback)
      left[index] += worn.x
      right[index] += worn.y
      position += 1
      if position == memory.count { position = 0 }
    }
  }
}
