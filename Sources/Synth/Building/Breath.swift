import Glibc

/// The breath controller for instruments that swell within their notes: each note as loud as its stroke says, a long
/// one growing a little towards its middle and falling off at its end, as a bow or a breath does.
enum Breath {
  /// Between two points of a swell: a twentieth of a second.
  private static let stride = 2400
  /// A shorter note has no time for a swell.
  private static let longNote = 28_800

  /// Controller values, 1...127, in order. Notes that begin together share the loudest's; the next stroke takes over.
  static func points(for notes: [Performance.Note]) -> [(frame: Int, value: Int)] {
    var points: [(frame: Int, value: Int)] = []
    func add(_ frame: Int, _ level: Float) {
      let value = Int((min(max(level, 0), 1) * 127).rounded())
      let clipped = min(max(value, 1), 127)
      if points.last?.value != clipped { points.append((frame, clipped)) }
    }
    var first = 0
    while first < notes.count {
      let start = notes[first].start
      var last = first
      // A strummed or sloppy chord is one stroke.
      while last + 1 < notes.count, notes[last + 1].start - start < stride { last += 1 }
      let stroke = notes[first...last]
      let level = stroke.map(\.velocity).max() ?? 0
      let ending = stroke.map(\.end).max() ?? start
      let end = last + 1 < notes.count ? min(ending, notes[last + 1].start) : ending
      let length = end - start
      if length < longNote {
        add(start, level)
      } else {
        for frame in Swift.stride(from: start, to: end, by: stride) {
          let through = Float(frame - start) / Float(length)
          // Half a sine, its top before the middle.
          add(frame, level * (0.86 + 0.16 * sin(.pi * pow(through, 0.75))))
        }
      }
      first = last + 1
    }
    return points
  }
}
