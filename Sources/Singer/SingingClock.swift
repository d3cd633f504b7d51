import Foundation
import Synchronization

/// Notes what each stage of singing costs, on all threads together: what `cantiga bench sing` prints.
public struct SingingClock: Sendable {
  /// In order.
  public enum Stage: String, Sendable, CaseIterable {
    /// The voice network's reading of symbols: meaning, durations, natural pitch and energy.
    case text
    /// espeak-ng's speech, for the draft voice.
    case speech
    /// The voice network's decoder: its trunk, the harmonic source, and the generator.
    case trunk, source, generator
    /// The vocoder's: pitch near the command, then envelope and aperiodicity.
    case pitch, analysis
    /// Where syllables are moved to their notes.
    case moving
    /// The vocoder's.
    case synthesis
    /// 48 kHz, the gate, air and breath.
    case finishing
  }

  public struct Cost: Sendable, Equatable {
    /// Of processor time.
    public var seconds = 0.0
    /// Multiplications and additions of the convolutions, where the stage is made of them.
    public var operations = 0.0
  }

  private final class Ledger: Sendable {
    let costs = Mutex<[Stage: Cost]>([:])
    let phraseSeconds = Mutex(0.0)
  }
  private let ledger: Ledger?

  private init(_ ledger: Ledger?) { self.ledger = ledger }

  /// One that notes.
  public init() { self.init(Ledger()) }

  /// One that doesn't.
  public static let off = SingingClock(nil)

  /// Does the work, and notes what it took.
  func measure<Result>(_ stage: Stage, operations: Double = 0, _ work: () throws -> Result) rethrows -> Result {
    guard let ledger else { return try work() }
    let start = Self.now
    defer {
      let seconds = Self.now - start
      ledger.costs.withLock {
        $0[stage, default: Cost()].seconds += seconds
        $0[stage, default: Cost()].operations += operations
      }
    }
    return try work()
  }

  /// Notes that so much was sung.
  func note(phraseSeconds: Double) { ledger?.phraseSeconds.withLock { $0 += phraseSeconds } }

  /// What was noted since the last call: seconds of all phrases that were sung, and the costs of those stages that there were.
  public func take() -> (phraseSeconds: Double, costs: [(stage: Stage, cost: Cost)]) {
    guard let ledger else { return (0, []) }
    let costs = ledger.costs.withLock { costs in
      defer { costs = [:] }
      return costs
    }
    let seconds = ledger.phraseSeconds.withLock { seconds in
      defer { seconds = 0 }
      return seconds
    }
    return (seconds, Stage.allCases.compactMap { stage in costs[stage].map { (stage, $0) } })
  }

  /// Processor time of this thread.
  private static var now: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
