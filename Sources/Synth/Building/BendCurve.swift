import Glibc

/// A part's pitch bend as a factor on the frequency.
struct BendCurve {
  private let bends: [Performance.Bend]
  private var index = -1

  init(_ bends: [Performance.Bend]) { self.bends = bends }

  /// - Parameter frame: never earlier than the last one asked for.
  mutating func factor(at frame: Int) -> Float {
    guard !bends.isEmpty else { return 1 }
    while index + 1 < bends.count, bends[index + 1].frame <= frame { index += 1 }
    return index < 0 ? 1 : exp2(bends[index].cents / 1200)
  }
}
