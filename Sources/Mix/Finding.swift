import Foundation
import Synchronization

/// Something that one thread finds out and others wait for.
final class Finding<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let found = NSCondition()

  func set(_ value: Value) {
    self.value.withLock { $0 = value }
    found.lock()
    found.broadcast()
    found.unlock()
  }

  /// - Parameter step: called several times a second meanwhile; what it throws ends the wait.
  func wait(step: () throws -> Void) throws -> Value {
    while true {
      found.lock()
      if value.withLock({ $0 }) == nil { _ = found.wait(until: Date(timeIntervalSinceNow: 0.05)) }
      found.unlock()
      if let value = value.withLock({ $0 }) { return value }
      try step()
    }
  }
}
