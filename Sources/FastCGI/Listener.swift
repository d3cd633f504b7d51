import Glibc

/// Why the server could not listen or start.
public enum ServerError: Error, Sendable, CustomStringConvertible {
  /// The socket's path is longer than the system allows.
  case pathTooLong(String)
  /// Another process answers on the socket already.
  case inUse(String)
  case system(call: String, path: String, code: Int32)

  public var description: String {
    switch self {
    case .pathTooLong(let path): "the socket path \(path) is longer than 107 bytes: choose a shorter data folder"
    case .inUse(let path): "another server is running on \(path)"
    case .system(let call, let path, let code): unsafe "\(call) \(path): \(String(cString: strerror(code)))"
    }
  }
}

/// A listening unix socket of our own making: `FCGX_OpenSocket` would call `exit` where it can't bind, and would
/// unlink whatever lies at the path.
struct Listener: ~Copyable, Sendable {
  let descriptor: Int32
  let path: String

  /// Binds the path and listens. A socket left by a dead server is replaced; a living one is respected.
  init(path: String, backlog: Int32 = 4096) throws(ServerError) {
    guard path.utf8.count < 108 else { throw .pathTooLong(path) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw .system(call: "socket", path: path, code: errno) }
    do {
      if Listener.connect(descriptor, to: path) == 0 { throw ServerError.inUse(path) }
      var status = stat()
      if unsafe lstat(path, &status) == 0 {
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw ServerError.system(call: "bind", path: path, code: EEXIST) }
        unsafe unlink(path)
      }
      guard Listener.bind(descriptor, to: path) == 0 else { throw ServerError.system(call: "bind", path: path, code: errno) }
      // The folder decides who may come near (nginx's worker runs as another user).
      unsafe chmod(path, 0o666)
      guard listen(descriptor, backlog) == 0 else { throw ServerError.system(call: "listen", path: path, code: errno) }
    } catch {
      close(descriptor)
      throw error as? ServerError ?? .system(call: "listen", path: path, code: errno)
    }
    self.descriptor = descriptor
    self.path = path
  }

  deinit {
    close(descriptor)
    unsafe unlink(path)
  }

  private static func connect(_ descriptor: Int32, to path: String) -> Int32 {
    unsafe withAddress(path) { unsafe Glibc.connect(descriptor, $0, $1) }
  }

  private static func bind(_ descriptor: Int32, to path: String) -> Int32 {
    unsafe withAddress(path) { unsafe Glibc.bind(descriptor, $0, $1) }
  }

  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
