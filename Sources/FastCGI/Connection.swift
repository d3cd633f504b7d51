import CFcgi
import Glibc

/// One accepted FastCGI request: the owner of libfcgi's record of it.
///
/// Sendable because libfcgi keeps no state per thread and no locks: a request may be finished by another thread than
/// the one that accepted it, as long as one thread at a time holds it. Workers give theirs away, never share it.
@safe final class Connection: @unchecked Sendable {
  private let raw: UnsafeMutablePointer<FCGX_Request>

  init(listening descriptor: Int32) {
    unsafe raw = .allocate(capacity: 1)
    unsafe raw.initialize(to: FCGX_Request())
    unsafe FCGX_InitRequest(raw, descriptor, Int32(FCGI_FAIL_ACCEPT_ON_INTR))
  }

  deinit {
    unsafe FCGX_Free(raw, 1)
    unsafe raw.deallocate()
  }

  /// Waits for the next request; 0, or a negative error number.
  func accept() -> Int32 { unsafe FCGX_Accept_r(raw) }

  /// Ends the request and makes the connection ready for the next `accept`.
  ///
  /// libfcgi lingers: it shuts down its side and waits for the web server to close the other, lest unread input reset
  /// the connection before the answer is read. Once the record that ends the body has been read there is none, and
  /// the wait can be left out.
  func finish() {
    let isDrained = read(1).isEmpty
    unsafe raw.pointee.detached = isDrained ? 1 : 0
    unsafe FCGX_Finish_r(raw)
  }

  /// A FastCGI parameter.
  func variable(_ name: String) -> String? {
    guard let value = unsafe FCGX_GetParam(name, raw.pointee.envp) else { return nil }
    return unsafe String(cString: value)
  }

  /// Reads up to `count` bytes of the body; fewer only at its end.
  func read(_ count: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let got = unsafe buffer.withMemoryRebound(to: CChar.self) {
        unsafe FCGX_GetStr($0.baseAddress, Int32(count), raw.pointee.in)
      }
      filled = max(Int(got), 0)
    }
  }

  /// False when the web server has gone.
  @discardableResult func write(_ bytes: [UInt8]) -> Bool {
    unsafe bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return true }
      return unsafe FCGX_PutStr(base.assumingMemoryBound(to: CChar.self), Int32(buffer.count), raw.pointee.out)
        == Int32(buffer.count)
    }
  }

  @discardableResult func write(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { buffer in
      guard let base = buffer.baseAddress else { return true }
      return unsafe base.withMemoryRebound(to: CChar.self, capacity: buffer.count) {
        unsafe FCGX_PutStr($0, Int32(buffer.count), raw.pointee.out) == Int32(buffer.count)
      }
    }
  }

  /// False when the web server has gone.
  @discardableResult func flush() -> Bool { unsafe FCGX_FFlush(raw.pointee.out) == 0 }

  /// Whether the web server takes more bytes now; nil when it has gone.
  var isWritable: Bool? {
    var status = unsafe pollfd(fd: raw.pointee.ipcFd, events: Int16(POLLOUT), revents: 0)
    unsafe poll(&status, 1, 0)
    if status.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 { return nil }
    return status.revents & Int16(POLLOUT) != 0
  }

  /// Bounds how long a write may block.
  func setWriteTimeout(seconds: Int) {
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    unsafe setsockopt(raw.pointee.ipcFd, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }
}
