import Audio
import Synchronization

/// Where the channels of a mix come together: the dry sum, and a send for each space. What is added is rounded
/// so that the sums are exact: threads may add in any order, and the mix is the same.
final class Buses: Sendable {
  private let spaces: [Reverb.Space]
  /// The dry sum, then the sends.
  private let sums: Mutex<[StereoBuffer]>

  init(frames: Int, spaces: [Reverb.Space]) {
    self.spaces = spaces
    sums = Mutex((0...spaces.count).map { _ in StereoBuffer(frames: frames) })
  }

  /// Adds a block that begins at frame `start`.
  func add(_ block: StereoBuffer, at start: Int, send: Float, to space: Reverb.Space) {
    let bus = (spaces.firstIndex(of: space) ?? 0) + 1
    sums.withLock { sums in
      sums[0].withChannels { left, right in
        Hops.addRounded(block.left.span, to: &left, at: start)
        Hops.addRounded(block.right.span, to: &right, at: start)
      }
      guard send > 0 else { return }
      sums[bus].withChannels { left, right in
        Hops.addRounded(block.left.span, gain: send, to: &left, at: start)
        Hops.addRounded(block.right.span, gain: send, to: &right, at: start)
      }
    }
  }

  /// The dry sum with all spaces around it, which is taken out of the buses.
  func together(_ crew: Crew) throws -> StereoBuffer {
    var total = StereoBuffer(frames: 0)
    let sends = Mutex<[StereoBuffer]>([])
    sums.withLock {
      swap(&total, &$0[0])
      let rest = Array($0.dropFirst())
      $0 = []
      sends.withLock { $0 = rest }
    }
    let spaces = spaces
    try crew.run(pieces: spaces.count, steps: spaces.count, progress: { _, _ in }) { index, steps in
      var sound = StereoBuffer(frames: 0)
      sends.withLock { swap(&sound, &$0[index]) }
      var reverb = Reverb(spaces[index])
      reverb.reverberate(&sound)
      sends.withLock { swap(&sound, &$0[index]) }
      try steps.advance()
    }
    sends.withLock { sends in
      for wet in sends {
        total.add(wet)
      }
    }
    return total
  }
}

extension StereoBuffer {
  /// Adds a sound of the same length.
  mutating func add(_ other: StereoBuffer) {
    withChannels { left, right in
      for frame in 0..<left.count {
        left[frame] += other.left[frame]
        right[frame] += other.right[frame]
      }
    }
  }
}
