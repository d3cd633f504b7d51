import Glibc

extension StereoBuffer {
  /// How far the sum of stems is from this recording: the power of the difference relative to the recording's, in
  /// decibels; nil where the lengths differ, minus infinity where there is none.
  public func error(ofSum stems: [StereoBuffer]) -> Double? {
    guard stems.allSatisfy({ $0.frames == frames }) else { return nil }
    var power = 0.0
    var difference = 0.0
    for channel in [\StereoBuffer.left, \StereoBuffer.right] {
      var rest = self[keyPath: channel]
      power += Self.power(rest)
      for stem in stems { Self.subtract(stem[keyPath: channel], from: &rest) }
      difference += Self.power(rest)
    }
    guard difference > 0 else { return -.infinity }
    return power > 0 ? 10 * log10(difference / power) : 0
  }

  private static func subtract(_ samples: [Float], from rest: inout [Float]) {
    let source = samples.span
    var target = rest.mutableSpan
    for index in source.indices { target[index] -= source[index] }
  }

  private static func power(_ samples: [Float]) -> Double {
    let span = samples.span
    var sum = 0.0
    for index in span.indices { sum += Double(span[index]) * Double(span[index]) }
    return sum
  }
}
