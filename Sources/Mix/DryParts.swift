public import Audio

/// Where a mixer gets the dry sound of each part of a score: it asks for one at a time on each of its threads, and
/// again when a stem is wanted, so that no more than a few are in memory.
public struct DryParts: Sendable {
  /// The work in each part, in any unit: what costs most is begun first.
  let costs: [Int]
  /// How often `play` calls `step` for each part.
  let steps: [Int]
  let play: @Sendable (_ part: Int, _ step: () throws -> Void) throws -> StereoBuffer

  /// - Parameter play: gives the same sound each time, at 48 kHz; called from several threads at once.
  public init(
    costs: [Int], steps: [Int],
    play: @escaping @Sendable (_ part: Int, _ step: () throws -> Void) throws -> StereoBuffer
  ) {
    precondition(costs.count == steps.count, "a cost and steps for each part")
    self.costs = costs
    self.steps = steps
    self.play = play
  }

  /// Sounds that are in memory already.
  public init(_ sounds: [StereoBuffer]) {
    self.init(costs: sounds.map { _ in 1 }, steps: sounds.map { _ in 0 }) { part, _ in sounds[part] }
  }
}
