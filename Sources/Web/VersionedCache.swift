import Store
import Synchronization

/// Remembers what was made from the store's rows for as long as nothing in the store changes.
///
/// Not for what changes with the clock: put the time into the key, or check it on what comes out.
final class VersionedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct State {
    var version: Int64 = -1
    var values: [Key: Value] = [:]
  }
  private let state = Mutex(State())
  private let capacity: Int

  /// - Parameter capacity: entries; beyond it all are forgotten.
  init(capacity: Int = 1024) { self.capacity = capacity }

  /// The value for a key, made anew if the store has changed since.
  func value(for key: Key, in store: Store, _ make: () throws -> Value) throws -> Value {
    // Read before making: a change in between makes the entry older than it claims, never newer.
    let version = try store.dataVersion()
    if let known = state.withLock({ $0.version == version ? $0.values[key] : nil }) { return known }
    let value = try make()
    state.withLock { state in
      if state.version != version || state.values.count >= capacity { state = State(version: version) }
      state.values[key] = value
    }
    return value
  }
}
