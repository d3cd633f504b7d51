import Audio
import Glibc
import Music

/// Controller 11 as a gain over time, for the synths that play note by note.
struct Expression {
  private let points: [(frame: Int, gain: Float)]

  init(_ performance: Performance) {
    points = performance.controls.compactMap { entry in
      guard entry.control.kind == .expression else { return nil }
      let value = Float(min(max(entry.control.value, 0), 127)) / 127
      // As General MIDI: 40 log10, a square.
      return (entry.frame, value * value)
    }
  }

  /// Follows the controller within 10 ms, so that its steps don't click.
  func apply(to buffer: inout StereoBuffer) {
    guard !points.isEmpty else { return }
    let follow = Float(1 - exp(-1 / (0.01 * Double(buffer.sampleRate))))
    var gain: Float = points[0].frame == 0 ? points[0].gain : 1
    var target = gain
    var next = 0
    buffer.withChannels { left, right in
      for frame in 0..<left.count {
        while next < points.count, points[next].frame <= frame {
          target = points[next].gain
          next += 1
        }
        gain += (target - gain) * follow
        left[frame] *= gain
        right[frame] *= gain
      }
    }
  }
}
