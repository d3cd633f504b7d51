import CFcgi
import Glibc
import Synchronization

/// A FastCGI server behind nginx on a unix socket: a few threads that each accept a request, call the handler and
/// answer, and one thread for all event streams.
///
/// nginx must not keep connections open (`fastcgi_keep_conn off`): a kept one would hold a worker.
public final class Server: Sendable {
  private let listener: Mutex<Listener?>
  private let descriptor: Int32
  private let hub = EventHub()
  private let stopping = Atomic<Bool>(false)
  private let workers = Mutex<[Thread]>([])
  private let hubThread = Mutex<Thread?>(nil)
  private let handler: @Sendable (Request) -> Response
  private let refuse: @Sendable (any Error, _ target: String) -> Response
  private let limits: Request.Limits

  /// Binds the socket; `start` begins to answer.
  /// - Parameters:
  ///   - refuse: answers a request that can't be read.
  ///   - handler: called on a worker thread; may block it for a moment, never for a song.
  public init(
    socketPath: String, limits: Request.Limits = .init(),
    refuse: @escaping @Sendable (any Error, _ target: String) -> Response = { error, _ in
      Response(.badRequest, body: .text("Bad request: \(error).\n")).with("Content-Type", "text/plain; charset=utf-8")
    },
    handler: @escaping @Sendable (Request) -> Response
  ) throws(ServerError) {
    FCGX_Init()
    // A web server that has gone is an error of the write, not a signal.
    signal(SIGPIPE, SIG_IGN)
    let listener = try Listener(path: socketPath)
    descriptor = listener.descriptor
    self.listener = Mutex(consume listener)
    self.limits = limits
    self.handler = handler
    self.refuse = refuse
  }

  /// Starts the threads. Block the signals that end the process before, so that none of them is interrupted.
  public func start(workers count: Int) {
    hubThread.withLock { $0 = Thread { self.hub.run() } }
    workers.withLock { $0 = (0..<count).map { _ in Thread { self.work() } } }
  }

  /// Stops accepting, lets requests in hand finish, closes event streams and the socket. Waits for the threads.
  public func stop() {
    stopping.store(true, ordering: .relaxed)
    // Wakes every blocked accept at once; closing the descriptor would not. (`FCGX_ShutdownPending` would too, but
    // for every later server of this process as well.)
    shutdown(descriptor, Int32(SHUT_RDWR))
    for thread in workers.withLock({ $0 }) { thread.join() }
    // Only now: a worker may have handed over a stream a moment ago.
    hub.stop()
    hubThread.withLock { $0 }?.join()
    listener.withLock { $0 = nil }
  }

  private func work() {
    var connection = Connection(listening: descriptor)
    while !stopping.load(ordering: .relaxed) {
      let code = connection.accept()
      if code != 0 {
        if stopping.load(ordering: .relaxed) { return }
        // Out of descriptors or memory: others must end first.
        if code != -EINTR { usleep(10_000) }
        continue
      }
      if let feed = answer(connection) {
        hub.adopt(connection, feed: feed)
        connection = Connection(listening: descriptor)
      } else {
        connection.finish()
      }
    }
  }

  /// Handles the request and writes the response; gives back the feed of a stream that is to be handed over.
  private func answer(_ connection: Connection) -> (any EventFeed)? {
    let method = connection.variable("REQUEST_METHOD") ?? "GET"
    let target = connection.variable("REQUEST_URI") ?? "/"
    let response: Response
    do {
      let request = try Request(
        method: method, target: target, limits: limits,
        variable: { connection.variable($0) }, read: { connection.read($0) })
      response = handler(request)
    } catch {
      response = refuse(error, target)
    }
    // A large answer to a slow client waits for nginx to take it; a small one always finds room.
    if response.bodyCount > 64 << 10 { connection.setWriteTimeout(seconds: 30) }
    connection.write(response.head)
    if method == "HEAD" { return nil }
    switch response.body {
    case .none: return nil
    case .text(let text): connection.write(text)
    case .bytes(let bytes): connection.write(bytes)
    case .events(let feed):
      connection.flush()
      return feed
    }
    return nil
  }
}
