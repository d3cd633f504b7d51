/// Makes damaged files of good ones: a few cuts, copies and wrong values at a time, the same for the same seed.
struct Mutation {
  private var state: UInt64
  /// Texts and numbers that readers of a format stumble over.
  private let fragments: [[UInt8]]

  init(seed: UInt64, fragments: [String]) {
    state = seed
    let numbers: [UInt64] = [0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 60, 1 << 63, .max]
    let words = numbers.flatMap { number in [4, 8].map { size in (0..<size).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } } }
    self.fragments = words + (Self.texts + fragments).map { Array($0.utf8) }
  }

  private static let texts = [
    "0", "-1", "1", "2", "3", "48.5", "1e308", "1e999", "4294967296", "9223372036854775807", "1152921504606846976",
    "99999999999999999999999", "null", "true", "[]", "{}", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"e\\u0301\"", "\"\u{E9}\"",
    String(repeating: "[", count: 600), String(repeating: "{\"a\":", count: 600), ",", ":", "\n", " ", "\u{FEFF}", "../", "/dev/zero",
  ]

  /// SplitMix64 (Steele et al. 2014).
  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number below a bound, which is above 0.
  mutating func number(below bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// One to four changes.
  mutating func callAsFunction(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...number(below: number(below: 4) + 1) { change(&bytes) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let range = range(in: bytes)
    switch number(below: 9) {
    case 0 where !range.isEmpty: bytes[range.lowerBound] ^= 1 << number(below: 8)
    case 1 where !range.isEmpty: bytes[range.lowerBound] = UInt8(number(below: 256))
    case 2: bytes.removeSubrange(range)
    case 3: bytes.removeSubrange(range.lowerBound...)
    case 4: bytes.insert(contentsOf: bytes[range], at: number(below: bytes.count + 1))
    case 5: bytes.insert(contentsOf: fragment(), at: range.lowerBound)
    case 6:
      let fragment = fragment()
      bytes.replaceSubrange(range.lowerBound..<min(bytes.count, range.lowerBound + fragment.count), with: fragment)
    default: replaceValue(in: &bytes)
    }
  }

  private mutating func fragment() -> [UInt8] { fragments[number(below: fragments.count)] }

  /// Mostly short.
  private mutating func range(in bytes: [UInt8]) -> Range<Int> {
    let start = number(below: bytes.count + 1)
    let length = number(below: number(below: 8) == 0 ? bytes.count + 1 : 16)
    return start..<min(bytes.count, start + length)
  }

  /// Puts a fragment in place of what stands between two separators of JSON, which leaves the rest intact.
  private mutating func replaceValue(in bytes: inout [UInt8]) {
    let separators = Set(":,[]{}\n".utf8)
    let start = number(below: bytes.count + 1)
    guard let left = bytes[start...].firstIndex(where: separators.contains) else { return }
    let right = bytes[(left + 1)...].firstIndex(where: separators.contains) ?? bytes.count
    bytes.replaceSubrange(left + 1..<right, with: fragment())
  }
}
