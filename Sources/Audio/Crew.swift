import Foundation
import Synchronization

/// A few threads that share out independent pieces of work; one of them is the caller's own.
///
/// The pieces are taken in order by whichever thread is free, so put the longest first. Results must not
/// depend on who does what: with any number of threads a song comes out the same.
///
/// This is not a pool: helper threads live for one `run`, and inherit the caller's scheduling priority.
public struct Crew: Sendable {
  public let threads: Int

  /// - Parameter threads: at least 1, the caller included.
  public init(threads: Int) {
    precondition(threads > 0, "a crew has at least the caller")
    self.threads = threads
  }

  /// As many threads as this machine has cores, at most 4.
  public static var machineWide: Crew {
    Crew(threads: min(max(ProcessInfo.processInfo.activeProcessorCount, 1), 4))
  }

  /// Where a piece of work tells that one step is done.
  public struct Steps {
    fileprivate let shared: Shared
    fileprivate let report: () throws -> Void

    /// Counts steps, and throws once the work is no longer wanted.
    public func advance(by steps: Int = 1) throws {
      shared.done.wrappingAdd(steps, ordering: .relaxed)
      try report()
      if shared.stopped.load(ordering: .relaxed) { throw CancellationError() }
    }
  }

  fileprivate final class Shared: Sendable {
    let next = Atomic<Int>(0)
    let done = Atomic<Int>(0)
    let stopped = Atomic<Bool>(false)
    let failure = Mutex<(any Error)?>(nil)

    func fail(_ error: any Error) {
      failure.withLock { if $0 == nil { $0 = error } }
      stopped.store(true, ordering: .relaxed)
    }
  }

  /// Does `pieces` pieces of work and returns when all are done.
  /// - Parameters:
  ///   - steps: the steps that all pieces together will count.
  ///   - progress: called on the caller's thread at each of its own steps and at least every 0.1 s while it
  ///     waits; what it throws stops the work within a step and is thrown on.
  ///   - work: called with the piece's index on any of the threads.
  public func run(
    pieces: Int, steps: Int, progress: (_ done: Int, _ total: Int) throws -> Void,
    work: @escaping @Sendable (_ piece: Int, _ steps: Steps) throws -> Void
  ) throws {
    let shared = Shared()
    try withoutActuallyEscaping(progress) { progress in
      let helpers = max(0, min(threads, pieces) - 1)
      let finished = DispatchSemaphore(value: 0)
      for _ in 0..<helpers {
        Thread.detachNewThread {
          Self.takePieces(pieces, Steps(shared: shared, report: {}), work)
          finished.signal()
        }
      }
      let report = { try progress(min(shared.done.load(ordering: .relaxed), steps), steps) }
      Self.takePieces(pieces, Steps(shared: shared, report: report), work)
      for _ in 0..<helpers {
        while finished.wait(timeout: .now() + 0.1) == .timedOut {
          do { try report() } catch { shared.fail(error) }
        }
      }
      if let failure = shared.failure.withLock({ $0 }) { throw failure }
      try report()
    }
  }

  private static func takePieces(
    _ pieces: Int, _ steps: Steps, _ work: @Sendable (Int, Steps) throws -> Void
  ) {
    while !steps.shared.stopped.load(ordering: .relaxed) {
      let piece = steps.shared.next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard piece < pieces else { return }
      do { try work(piece, steps) } catch { steps.shared.fail(error) }
    }
  }
}
