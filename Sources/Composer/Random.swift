/// SplitMix64 (Steele, Lea, Flood 2014): the one source of chance here, so that a seed gives the same song on
/// every machine. Not for secrets.
struct Random: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A stream of its own for one purpose: what one writer draws never shifts what another gets.
  init(seed: UInt64, _ purpose: String) {
    // FNV-1a over the purpose, mixed with the seed.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    state = hash ^ (seed &* 0x9e37_79b9_7f4a_7c15)
    _ = next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// 0 ..< 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  /// `range` with equal odds.
  mutating func int(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(unit() * Double(range.count))
  }

  /// About normal: mean 0, standard deviation 1, never beyond 3 (the sum of twelve uniforms would reach 6).
  mutating func normal() -> Double {
    var sum = 0.0
    for _ in 0..<12 { sum += unit() }
    return min(max(sum - 6, -3), 3)
  }

  /// One of `items`, by weight; the first where no weight is positive. `items` must not be empty.
  mutating func pick<Item>(_ items: [Item], weight: (Item) -> Double) -> Item {
    precondition(!items.isEmpty, "a choice needs something to choose from")
    let total = items.reduce(0) { $0 + max(0, weight($1)) }
    var left = unit() * total
    for item in items {
      left -= max(0, weight(item))
      if left < 0 { return item }
    }
    return items[0]
  }

  mutating func pick<Item>(_ items: [Item]) -> Item { pick(items) { _ in 1 } }
}
