/// White noise that is the same every time (xorshift32).
struct Noise {
  private var state: UInt32

  /// Different seeds give unrelated noise.
  init(seed: Int) {
    let mixed = (UInt64(bitPattern: Int64(seed)) &+ 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9
    state = UInt32(truncatingIfNeeded: mixed >> 32) | 1
  }

  /// -1...1, flat.
  @inline(__always)
  mutating func next() -> Float {
    state ^= state << 13
    state ^= state >> 17
    state ^= state << 5
    return Float(Int32(bitPattern: state)) * (1 / 2_147_483_648)
  }
}
