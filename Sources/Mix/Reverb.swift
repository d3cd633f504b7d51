import Audio
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
      decaySeconds: 2.5, size: 1.25, preDelaySeconds: 0.03, dampingHertz: 7500, lowCutHertz: 180)
    static let club = Space(
      decaySeconds: 1.1, size: 0.75, preDelaySeconds: 0.012, dampingHertz: 4200, lowCutHertz: 200)
  }

  /// The longest block that `process` takes.
  static let longestBlock = 256
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
  private var input = [SIMD2<Float>](repeating: SIMD2(0, 0), count: longestBlock)
  private var diffusers: [Diffuser]
  private var position = 0
  /// Frames since anything came in or rang; beyond what the delays hold, the network is empty.
  private var quietFrames = 10_000

  /// An all-pass that smears each click into many.
  private struct Diffuser {
    private var ring: [SIMD2<Float>]
    private var position = 0
    private let gain: Float

    init(frames: Int, gain: Float) {
      ring = [SIMD2<Float>](repeating: SIMD2(0, 0), count: frames)
      self.gain = gain
    }

    mutating func process(_ block: inout [SIMD2<Float>], count: Int) {
      var ringNow: [SIMD2<Float>] = []
      swap(&ringNow, &ring)
      defer { swap(&ringNow, &ring) }
      var memory = ringNow.mutableSpan
      var samples = block.mutableSpan
      var at = position
      for index in 0..<count {
        let delayed = memory[at]
        let stored = samples[index] - delayed * gain
        memory[at] = stored
        at += 1
        if at == memory.count { at = 0 }
        samples[index] = delayed + stored * gain
      }
      position = at
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

  /// Replaces a whole sound by its reverberation alone.
  mutating func reverberate(_ sound: inout StereoBuffer) {
    var dry = StereoBuffer(frames: Self.longestBlock)
    let frames = sound.frames
    sound.withChannels { left, right in
      for start in stride(from: 0, to: frames, by: Self.longestBlock) {
        let count = min(Self.longestBlock, frames - start)
        if count < dry.frames { dry = StereoBuffer(frames: count) }
        dry.withChannels { dryLeft, dryRight in
          for frame in 0..<count {
            dryLeft[frame] = left[start + frame]
            dryRight[frame] = right[start + frame]
            left[start + frame] = 0
            right[start + frame] = 0
          }
        }
        var outLeft = left.extracting(start..<start + count)
        var outRight = right.extracting(start..<start + count)
        process(dry.left.span, dry.right.span, into: &outLeft, &outRight)
      }
    }
  }

  /// Adds the reverberation of a block to another.
  mutating func process(
    _ left: Span<Float>, _ right: Span<Float>, into outLeft: inout MutableSpan<Float>, _ outRight: inout MutableSpan<Float>
  ) {
    let count = left.count
    precondition(right.count == count && outLeft.count == count && outRight.count == count && count <= Self.longestBlock)
    let loudest = Hops.loudest(left, right)
    if quietFrames > 2 * Self.mask, loudest < 1e-7 { return }

    takeIn(left, right, count: count)
    for stage in diffusers.indices { diffusers[stage].process(&input, count: count) }
    let energy = circulate(&outLeft, &outRight, count: count)
    quietFrames = energy < 1e-11 && loudest < 1e-7 ? quietFrames + count : 0
  }

  /// The block after pre-delay and low cut, in `input`.
  private mutating func takeIn(_ left: Span<Float>, _ right: Span<Float>, count: Int) {
    var pastNow: [SIMD2<Float>] = []
    swap(&pastNow, &past)
    defer { swap(&pastNow, &past) }
    let (position, preDelay, lowCut) = (self.position, self.preDelay, self.lowCut)
    var lows = self.lows
    var inputNow: [SIMD2<Float>] = []
    swap(&inputNow, &input)
    defer { swap(&inputNow, &input) }
    var before = pastNow.mutableSpan
    var fed = inputNow.mutableSpan
    for index in 0..<count {
      let at = position + index
      before[at & Self.mask] = SIMD2(left[index], right[index])
      let delayed = before[(at - preDelay) & Self.mask]
      lows += (delayed - lows) * lowCut
      fed[index] = delayed - lows
    }
    self.lows = lows
  }

  /// Sends `input` round the lines and adds what comes out; the energy of that.
  private mutating func circulate(
    _ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>, count: Int
  ) -> Float {
    var linesNow: [Float] = []
    swap(&linesNow, &lines)
    defer { swap(&linesNow, &lines) }
    var memory = linesNow.mutableSpan
    precondition(memory.count == (Self.mask + 1) * 8 && lengths.count == 8)
    let (l0, l1, l2, l3) = (lengths[0], lengths[1], lengths[2], lengths[3])
    let (l4, l5, l6, l7) = (lengths[4], lengths[5], lengths[6], lengths[7])
    let taken = input
    let fed = taken.span
    let (position, damping, decay) = (self.position, self.damping, self.decay)
    var energy = SIMD8<Float>(repeating: 0)
    var damped = self.damped
    // Masked positions are always inside the memory.
    func tap(_ memory: borrowing MutableSpan<Float>, _ at: Int, _ lane: Int) -> Float {
      unsafe memory[unchecked: (at & Self.mask) &* 8 &+ lane]
    }
    for index in 0..<count {
      let at = position &+ index
      let taps = SIMD8<Float>(
        tap(memory, at &- l0, 0), tap(memory, at &- l1, 1), tap(memory, at &- l2, 2), tap(memory, at &- l3, 3),
        tap(memory, at &- l4, 4), tap(memory, at &- l5, 5), tap(memory, at &- l6, 6), tap(memory, at &- l7, 7))
      damped = taps + (damped - taps) * damping
      var mixed = Self.butterfly(Self.butterfly(Self.butterfly(damped))) * decay
      let entering = fed[index] * 0.5
      mixed += SIMD8(lowHalf: SIMD4(lowHalf: entering, highHalf: entering), highHalf: SIMD4(lowHalf: entering, highHalf: entering))
      let base = (at & Self.mask) &* 8
      for lane in 0..<8 { unsafe memory[unchecked: base &+ lane] = mixed[lane] }
      energy += damped * damped
      let even = damped.evenHalf
      let odd = damped.oddHalf
      left[index] += even[0] - even[1] + even[2] - even[3]
      right[index] += odd[0] - odd[1] + odd[2] - odd[3]
    }
    self.damped = damped
    self.position = position &+ count
    return energy.sum()
  }

  @inline(__always)
  private static func butterfly(_ v: SIMD8<Float>) -> SIMD8<Float> {
    SIMD8(lowHalf: v.evenHalf + v.oddHalf, highHalf: v.evenHalf - v.oddHalf)
  }
}
