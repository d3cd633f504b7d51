import Glibc

/// A feedback delay network of eight lines behind a diffuser (Jot & Chaigne, "Digital delay networks for
/// designing artificial reverberators", 1991), mixed by a Hadamard matrix: dense, without ringing, and
/// linear, so that the reverbs of the stems add up to the reverb of the mix.
struct Reverb {
  /// A space.
  struct Space: Sendable, Hashable {
    /// Seconds until the tail is 60 dB down.
    var decaySeconds: Double
    /// Lengths of the lines relative to a middle-sized room.
    var size: Double
    var preDelaySeconds: Double
    /// Above this the tail dies three times as fast.
    var dampingHertz: Double
    /// What is lower stays dry.
    var lowCutHertz: Double

    static let room = Space(
      decaySeconds: 0.75, size: 0.62, preDelaySeconds: 0.006, dampingHertz: 5200, lowCutHertz: 220)
    static let plate = Space(
      decaySeconds: 1.7, size: 0.85, preDelaySeconds: 0.024, dampingHertz: 6500, lowCutHertz: 260)
    static let hall = Space(
      decaySeconds: 2.5, size: 1.25, preDelaySeconds: 0.03, dampingHertz: 4200, lowCutHertz: 180)
    static let club = Space(
      decaySeconds: 1.1, size: 0.75, preDelaySeconds: 0.012, dampingHertz: 4200, lowCutHertz: 200)
  }

  private static let mask = 4095
  private let lengths: [Int]
  private let decay: SIMD8<Float>
  private let damping: Float
  private let lowCut: Float
  private let preDelay: Int
  private var lines = [Float](repeating: 0, count: 4096 * 8)
  private var damped = SIMD8<Float>(repeating: 0)
  private var lows = SIMD2<Float>(repeating: 0)
  private var past = [SIMD2<Float>](repeating: SIMD2(0, 0), count: 4096)
  private var diffusers: [Diffuser]
  private var position = 0
  private var isQuiet = true

  /// An all-pass that smears each click into many.
  private struct Diffuser {
    private var ring: [SIMD2<Float>]
    private var position = 0
    private let gain: Float

    init(frames: Int, gain: Float) {
      ring = [SIMD2<Float>](repeating: SIMD2(0, 0), count: frames)
      self.gain = gain
    }

    @inline(__always)
    mutating func next(_ input: SIMD2<Float>) -> SIMD2<Float> {
      let delayed = ring[position]
      let stored = input - delayed * gain
      ring[position] = stored
      position += 1
      if position == ring.count { position = 0 }
      return delayed + stored * gain
    }
  }

  init(_ space: Space) {
    let rate = 48_000.0
    // Primes, so that no two lines ring together.
    let primes = [1129, 1327, 1511, 1733, 1949, 2239, 2579, 2903]
    let lengths = primes.map { min(Int(Double($0) * space.size) | 1, Self.mask) }
    self.lengths = lengths
    var decay = SIMD8<Float>(repeating: 0)
    for lane in 0..<8 {
      decay[lane] = Float(pow(10, -3 * Double(lengths[lane]) / (rate * space.decaySeconds)))
    }
    // The Hadamard matrix below has rows of length √8.
    self.decay = decay / Float(8).squareRoot()
    damping = Float(exp(-2 * .pi * space.dampingHertz / rate))
    lowCut = Float(1 - exp(-2 * .pi * space.lowCutHertz / rate))
    preDelay = min(Int(space.preDelaySeconds * rate), Self.mask)
    diffusers = [(149, 0.7), (211, 0.65), (347, 0.6)].map { Diffuser(frames: $0.0, gain: $0.1) }
  }

  /// Adds the reverberation of a block to it.
  /// - Parameter send: how much of the block goes in.
  mutating func process(_ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>, send: Float) {
    let count = left.count
    precondition(right.count == count)
    var loudest: Float = 0
    for index in 0..<count { loudest = max(loudest, max(abs(left[index]), abs(right[index]))) }
    if isQuiet, loudest < 1e-7 { return }

    var energy = SIMD8<Float>(repeating: 0)
    // Moved out for the loop, and back after it.
    var linesNow: [Float] = []
    var pastNow: [SIMD2<Float>] = []
    swap(&linesNow, &lines)
    swap(&pastNow, &past)
    defer {
      swap(&linesNow, &lines)
      swap(&pastNow, &past)
    }
    var memory = linesNow.mutableSpan
    var before = pastNow.mutableSpan
    for index in 0..<count {
      let dry = SIMD2(left[index], right[index])
      before[position & Self.mask] = dry * send
      var input = before[(position - preDelay) & Self.mask]
      lows += (input - lows) * lowCut
      input -= lows
      input = diffusers[0].next(input)
      input = diffusers[1].next(input)
      input = diffusers[2].next(input)

      var taps = SIMD8<Float>(repeating: 0)
      for lane in 0..<8 { taps[lane] = memory[((position - lengths[lane]) & Self.mask) * 8 + lane] }
      damped = taps + (damped - taps) * damping
      var mixed = Self.butterfly(Self.butterfly(Self.butterfly(damped))) * decay
      mixed.evenHalf += input.x * 0.5
      mixed.oddHalf += input.y * 0.5
      let base = (position & Self.mask) * 8
      for lane in 0..<8 { memory[base + lane] = mixed[lane] }
      energy += damped * damped

      let even = damped.evenHalf
      let odd = damped.oddHalf
      left[index] += even[0] - even[1] + even[2] - even[3]
      right[index] += odd[0] - odd[1] + odd[2] - odd[3]
      position &+= 1
    }
    isQuiet = energy.sum() < 1e-11 && loudest < 1e-7
  }

  @inline(__always)
  private static func butterfly(_ v: SIMD8<Float>) -> SIMD8<Float> {
    SIMD8(lowHalf: v.evenHalf + v.oddHalf, highHalf: v.evenHalf - v.oddHalf)
  }
}
