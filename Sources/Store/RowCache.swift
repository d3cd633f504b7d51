internal import Foundation

/// Remembers what was read for some keys for as long as nothing has been written since.
///
/// Every request asks for a key or a session, and pollers ask for the same few jobs again and again: SQLite answers
/// in some twenty microseconds, but threads then queue for its connections. This answers in less than one. The site
/// remembers with it what it made of rows; not what changes with the clock, unless the time is in the key.
///
/// `@unchecked Sendable`: `state` is touched only inside `locked`. A plain lock, for all workers come here for every
/// request: `Mutex` is a priority-inheriting futex on Linux, whose spinning and hand-over took about a quarter of the
/// samples in a profile of status requests (8 workers, 2 cores).
public final class RowCache<Key: Hashable & Sendable, Value: Sendable>: @unchecked Sendable {
  /// One reference to count, whatever the value holds.
  private final class Box: Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
  }

  private struct State {
    var generation: Int64 = -1
    var rows: [Key: Box] = [:]
  }

  private var state = State()
  private let lock = NSLock()
  private let capacity: Int

  /// - Parameter capacity: entries; beyond it all are forgotten.
  public init(capacity: Int) { self.capacity = capacity }

  /// What is remembered for a key, or else what `read` finds. Nothing found is not remembered: anyone can ask for
  /// keys that don't exist.
  ///
  /// Nobody is told of an earlier state of a row than they were told of before. Between a commit and its new
  /// generation some readers find the old row and some the new one, so of what is read in one generation the first
  /// to be remembered is everybody's answer; and a reader whom a new generation has overtaken asks again.
  /// - Parameter currentGeneration: what was remembered in an earlier one is forgotten.
  public func value(
    for key: Key, generation currentGeneration: () throws -> Int64, _ read: () throws -> Value?
  ) rethrows -> Value? {
    while true {
      let generation = try currentGeneration()
      let remembered: Box? = locked { state in
        if state.generation < generation {
          state.generation = generation
          state.rows.removeAll(keepingCapacity: true)
        }
        return state.generation == generation ? state.rows[key] : nil
      }
      if let remembered { return remembered.value }
      guard let value = try read() else { return nil }
      let read = Box(value)
      let answer: Box? = locked { state in
        guard state.generation == generation else { return nil }
        if let earlier = state.rows[key] { return earlier }
        if state.rows.count >= capacity { state.rows.removeAll(keepingCapacity: true) }
        state.rows[key] = read
        return read
      }
      if let answer { return answer.value }
    }
  }

  private func locked<Result>(_ body: (inout State) -> Result) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return body(&state)
  }
}
