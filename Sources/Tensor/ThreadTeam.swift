import Foundation
import Kernels
import Synchronization

/// Threads that stay ready while networks run, and share out the pieces of one piece of work after the other.
///
///     let team = ThreadTeam(threads: 2)
///     team.lead { layer(x) }      // layers share their work with the team while it is led
///
/// Whoever leads takes pieces too, and so is never in the way of itself: a thread that is called away by the system holds up
/// no more than the piece that it has begun. Results don't depend on who does what.
public final class ThreadTeam: Sendable {
  public let threads: Int
  private let shared = Shared()

  /// The team that the calling thread leads; nil where layers do their work alone.
  @TaskLocal static var led: ThreadTeam?

  /// - Parameter threads: at least 1, whoever leads included.
  public init(threads: Int) {
    precondition(threads > 0, "a team has at least one who leads it")
    self.threads = threads
    for _ in 1..<threads {
      let shared = shared
      Thread.detachNewThread { shared.serve() }
    }
  }

  deinit { shared.dismiss(helpers: threads - 1) }

  /// As many as this machine has cores.
  public static var machineThreads: Int { max(ProcessInfo.processInfo.activeProcessorCount, 1) }

  /// Runs something whose layers share their work with the team. One thread leads a team at a time; another that comes meanwhile
  /// does its work alone.
  public func lead<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard !shared.isLed.exchange(true, ordering: .acquiring) else { return try body() }
    defer { shared.isLed.store(false, ordering: .releasing) }
    return try Self.$led.withValue(self, operation: body)
  }

  /// Does pieces 0 ..< count on the team that the calling thread leads, and returns when all are done.
  static func share(pieces: Int, _ work: (_ piece: Int) -> Void) {
    guard pieces > 1, let team = led, team.threads > 1, !team.shared.isAtWork else {
      for piece in 0..<pieces { work(piece) }
      return
    }
    team.shared.run(pieces, helpers: team.threads - 1, work)
  }

  /// Does rows 0 ..< count of so many columns in runs of about 64 KiB.
  static func share(rows: Int, of columns: Int, _ work: (_ rows: Range<Int>) -> Void) {
    let size = max(1, 16384 / max(columns, 1))
    share(pieces: (rows + size - 1) / size) { piece in work(piece * size..<min(rows, (piece + 1) * size)) }
  }

  private final class Shared: Sendable {
    let isLed = Atomic<Bool>(false)
    /// What is to be done. Written only while no helper is inside.
    nonisolated(unsafe) private var work: ((Int) -> Void)?
    nonisolated(unsafe) private var pieces = 0
    private let next = Atomic<Int>(0)
    /// Even while there is nothing to do; goes up when work begins and when it ends.
    private let phase = Atomic<Int>(0)
    /// Helpers that may be at the work.
    private let inside = Atomic<Int>(0)
    private let sleeping = Atomic<Int>(0)
    private let isDismissed = Atomic<Bool>(false)
    private let begun = DispatchSemaphore(value: 0)
    private let left = DispatchSemaphore(value: 0)
    /// Whether the leader sleeps until the last helper has left.
    private let isAwaited = Atomic<Bool>(false)

    /// Asked by the leader: whether it is in the middle of a piece.
    var isAtWork: Bool { phase.load(ordering: .relaxed) % 2 == 1 }

    /// How often to look before sleeping: some 20 microseconds.
    private static let patience = 400

    func run(_ count: Int, helpers: Int, _ body: (Int) -> Void) {
      withoutActuallyEscaping(body) { body in
        unsafe work = body
        unsafe pieces = count
        next.store(0, ordering: .relaxed)
        phase.wrappingAdd(1, ordering: .sequentiallyConsistent)
        var asleep = sleeping.load(ordering: .sequentiallyConsistent)
        while asleep > 0 {
          let (exchanged, now) = sleeping.compareExchange(expected: asleep, desired: asleep - 1, ordering: .sequentiallyConsistent)
          if exchanged { begun.signal() }
          asleep = now - (exchanged ? 1 : 0)
        }
        takePieces()
        phase.wrappingAdd(1, ordering: .sequentiallyConsistent)
        awaitHelpers()
        unsafe work = nil
      }
    }

    private func takePieces() {
      guard let work = unsafe work else { return }
      let count = unsafe pieces
      while true {
        let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard piece < count else { return }
        work(piece)
      }
    }

    private func awaitHelpers() {
      for _ in 0..<Self.patience {
        if inside.load(ordering: .acquiring) == 0 { return }
        kernel_pause()
      }
      isAwaited.store(true, ordering: .sequentiallyConsistent)
      while inside.load(ordering: .sequentiallyConsistent) > 0 { left.wait() }
      isAwaited.store(false, ordering: .sequentiallyConsistent)
    }

    func serve() {
      var seen = 0
      while true {
        var now = phase.load(ordering: .acquiring)
        var looks = 0
        while now == seen || now % 2 == 0 {
          seen = now
          if isDismissed.load(ordering: .acquiring) { return }
          looks += 1
          if looks < Self.patience { kernel_pause() } else { sleep(until: seen) }
          now = phase.load(ordering: .acquiring)
        }
        seen = now
        inside.wrappingAdd(1, ordering: .sequentiallyConsistent)
        // Not if it ended meanwhile: the leader waits only for those inside before that.
        if phase.load(ordering: .sequentiallyConsistent) == now { takePieces() }
        if inside.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue == 0,
          isAwaited.load(ordering: .sequentiallyConsistent)
        {
          left.signal()
        }
      }
    }

    /// Sleeps until work begins, unless it has.
    private func sleep(until seen: Int) {
      sleeping.wrappingAdd(1, ordering: .sequentiallyConsistent)
      if phase.load(ordering: .sequentiallyConsistent) != seen || isDismissed.load(ordering: .sequentiallyConsistent) {
        // Takes its name off the list, or, where it has been called, the call.
        var asleep = sleeping.load(ordering: .sequentiallyConsistent)
        while asleep > 0 {
          let (exchanged, now) = sleeping.compareExchange(expected: asleep, desired: asleep - 1, ordering: .sequentiallyConsistent)
          if exchanged { return }
          asleep = now
        }
      }
      begun.wait()
    }

    func dismiss(helpers: Int) {
      isDismissed.store(true, ordering: .sequentiallyConsistent)
      for _ in 0..<helpers { begun.signal() }
    }
  }
}
