internal import Foundation

/// Starts a thread of our own, with the stack that encoders need.
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
  let thread = Thread(block: body)
  thread.name = name
  thread.stackSize = 8 << 20
  thread.start()
}

/// Gives the calling thread, and those it starts, only the processor time that others leave: songs wait for pages.
/// On Linux the nice value is a thread's own, and a new thread has its creator's (sched(7)).
func yieldToOthers() {
  let thisThread: id_t = 0
  _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), thisThread, 10)
}
