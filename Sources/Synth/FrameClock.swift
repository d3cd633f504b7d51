import Music

/// Ticks of a score as frames of sound.
struct FrameClock: Sendable {
  private struct Stretch {
    var tick: Int
    var second: Double
    var secondsPerTick: Double
  }
  private let stretches: [Stretch]
  private let sampleRate: Double

  init(score: Score, sampleRate: Int) {
    self.sampleRate = Double(sampleRate)
    var stretches: [Stretch] = []
    for change in score.tempo {
      let second =
        stretches.last.map { $0.second + Double(change.tick - $0.tick) * $0.secondsPerTick } ?? 0
      let secondsPerTick = 60 / (max(change.quartersPerMinute, 1) * Double(Score.ticksPerQuarter))
      stretches.append(Stretch(tick: change.tick, second: second, secondsPerTick: secondsPerTick))
    }
    if stretches.isEmpty {
      stretches = [Stretch(tick: 0, second: 0, secondsPerTick: 0.5 / Double(Score.ticksPerQuarter))]
    }
    self.stretches = stretches
  }

  /// The nearest frame; negative for ticks before the start.
  /// - Complexity: O(log tempo changes).
  func frame(atTick tick: Int) -> Int {
    var low = 0
    var high = stretches.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if stretches[middle].tick <= tick { low = middle } else { high = middle }
    }
    let stretch = stretches[low]
    let seconds = stretch.second + Double(tick - stretch.tick) * stretch.secondsPerTick
    return Int((seconds * sampleRate).rounded())
  }
}
