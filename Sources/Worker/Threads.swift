internal import Foundation
internal import Synchronization

/// Starts a thread of our own, with the stack that encoders need.
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
  let thread = Thread(block: body)
  thread.name = name
  thread.stackSize = 8 << 20
  thread.start()
}

/// Runs `body` on so many threads, waits for all, and throws the first error.
func onThreads(_ count: Int, _ body: @escaping @Sendable () throws -> Void) throws {
  let firstError = Mutex<(any Error)?>(nil)
  let running = DispatchGroup()
  for index in 0..<count {
    running.enter()
    startThread("encoder-\(index)") {
      defer { running.leave() }
      do { try body() } catch { firstError.withLock { $0 = $0 ?? error } }
    }
  }
  running.wait()
  if let error = firstError.withLock({ $0 }) { throw error }
}

/// What several threads take their work from.
final class WorkList<Item: Sendable>: Sendable {
  private let items: Mutex<ArraySlice<Item>>
  init(_ items: [Item]) { self.items = Mutex(items[...]) }
  func next() -> Item? { items.withLock { $0.popFirst() } }
  /// Leaves nothing to do: one thread has failed.
  func clear() { items.withLock { $0 = [] } }
}

/// Gives the calling thread, and those it starts, only the processor time that others leave: songs wait for pages.
/// On Linux the nice value is a thread's own, and a new thread has its creator's (sched(7)).
func yieldToOthers() {
  let thisThread: id_t = 0
  _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), thisThread, 10)
}
