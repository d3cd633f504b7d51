/// The times of a sampler, from 1 (noise) to 0 (`acestep.md` 7.1).
public struct Schedule: Sendable, Equatable {
  /// Falling; the last is 0.
  public let times: [Float]

  /// Steps from one time to the next.
  public var steps: Int { times.count - 1 }

  /// Equal steps, shifted: t to s t / (1 + (s - 1) t), so that more of them are taken near the noise.
  /// - Parameters:
  ///   - steps: at least 1.
  ///   - shift: 1 for equal steps; above 0.
  public init(steps: Int, shift: Double) {
    precondition(steps >= 1 && shift > 0, "a schedule has steps")
    times = (0...steps).map { index in
      let t = 1 - Double(index) / Double(steps)
      return Float(shift * t / (1 + (shift - 1) * t))
    }
  }

  /// A list of times; zeros at its end are dropped and one is added.
  /// - Returns: nil where the list is empty, doesn't fall, or leaves 0 ... 1.
  public init?(times: [Float]) {
    let list = Array(times.reversed().drop { $0 == 0 }.reversed())
    guard !list.isEmpty, list.allSatisfy({ $0 > 0 && $0 <= 1 }), zip(list, list.dropFirst()).allSatisfy({ $0 > $1 }) else {
      return nil
    }
    self.times = list + [0]
  }

  /// What is left of the schedule from the time nearest to a level of noise on, the earlier of two (7.7).
  public func starting(near level: Float) -> Schedule {
    var best = 0
    for (index, t) in times.dropLast().enumerated() where abs(t - level) < abs(times[best] - level) { best = index }
    return dropping(best)
  }

  /// What is left after so many steps, at most all of them.
  func dropping(_ steps: Int) -> Schedule { Schedule(rest: Array(times[steps...])) }

  private init(rest: [Float]) { times = rest }
}
