import Audio
import Glibc

/// How wide a sound is, and one gain of its sides that leads it towards another width. What both channels have in common, all that is
/// heard where they are played by one speaker, stays as it is; being linear, it can be done to each stem.
struct StereoWidth {
  /// What the sides, (L - R) / 2, are multiplied by.
  var gain: Float = 1

  /// The way of the gain in decibels.
  static let way = -24.0 ... 6.0
  /// Sides below this are none: there is nothing to bring out.
  static let least = -45.0

  /// Energy of the sides over that of the middle, in decibels; -infinity for mono, nil for silence and for what has no middle.
  static func decibels(of sound: StereoBuffer) -> Double? {
    let (left, right) = (sound.left.span, sound.right.span)
    var (sides, middle) = (0.0, 0.0)
    for frame in 0..<left.count {
      let (sum, difference) = (Double(left[frame] + right[frame]), Double(left[frame] - right[frame]))
      middle += sum * sum
      sides += difference * difference
    }
    return middle > 0 ? 10 * log10(sides / middle) : nil
  }

  init() {}

  /// What leads a sound to so many decibels.
  init(of sound: StereoBuffer, towards wanted: Double) {
    guard let own = Self.decibels(of: sound), own > Self.least else { return }
    gain = factor(decibels: min(max(wanted - own, Self.way.lowerBound), Self.way.upperBound))
  }

  func apply(to sound: inout StereoBuffer) {
    guard gain != 1 else { return }
    let (same, other) = ((1 + gain) / 2, (1 - gain) / 2)
    sound.withChannels { left, right in
      for frame in 0..<left.count {
        let (l, r) = (left[frame], right[frame])
        left[frame] = same * l + other * r
        right[frame] = other * l + same * r
      }
    }
  }
}
