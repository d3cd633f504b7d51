import Glibc

/// A joinable thread of our own.
public struct Thread: Sendable {
  private let handle: pthread_t

  /// Starts a thread. Its stack is 2 MB: the audio encoders need more than a worker's usual share.
  public init(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setstacksize(&attributes, 2 << 20)
    var handle = pthread_t()
    let box = unsafe Unmanaged.passRetained(Box(body)).toOpaque()
    let code = unsafe pthread_create(
      &handle, &attributes,
      { argument in
        if let argument = unsafe argument { unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
      }, box)
    precondition(code == 0, "the system gives no more threads")
    unsafe pthread_attr_destroy(&attributes)
    self.handle = handle
  }

  /// Waits for its end. Call once.
  public func join() { pthread_join(handle, nil) }
}
