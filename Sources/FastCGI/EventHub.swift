import Synchronization
import Glibc

/// What one event stream has to say. Called by the hub's thread alone, a few times a second.
public protocol EventFeed: Sendable {
  /// The next events in order; `.end` closes the stream after the last.
  func next() -> EventStep
}

/// What a feed answers when it is asked.
public enum EventStep: Sendable {
  /// Nothing new.
  case idle
  case events([ServerSentEvent])
  /// Says these and closes the stream.
  case end([ServerSentEvent])
}

/// A server-sent event (WHATWG HTML 9.2).
public struct ServerSentEvent: Sendable, Equatable {
  public var name: String
  public var data: String
  public var id: Int?
  public init(name: String, data: String, id: Int? = nil) {
    self.name = name
    self.data = data
    self.id = id
  }

  var text: String {
    var text = id.map { "id: \($0)\n" } ?? ""
    text += "event: \(name)\n"
    for line in data.split(separator: "\n", omittingEmptySubsequences: false) { text += "data: \(line)\n" }
    return text + "\n"
  }
}

/// Holds every open event stream on one thread, so that a stream costs no worker.
///
/// nginx tells of a client that left only through a failing write, so each stream hears a comment every 15 s.
final class EventHub: Sendable {
  private struct Stream: Sendable {
    let connection: Connection
    let feed: any EventFeed
    var lastWrite: Double
  }

  private let arriving = Mutex<[Stream]>([])
  private let stopping = Atomic<Bool>(false)
  private let interval: UInt32

  /// - Parameter intervalMilliseconds: how often feeds are asked.
  init(intervalMilliseconds: UInt32 = 100) { interval = intervalMilliseconds * 1000 }

  /// Takes over a request whose head has been written.
  func adopt(_ connection: Connection, feed: any EventFeed) {
    connection.setWriteTimeout(seconds: 1)
    arriving.withLock { $0.append(Stream(connection: connection, feed: feed, lastWrite: EventHub.now)) }
  }

  func stop() { stopping.store(true, ordering: .relaxed) }

  /// The hub thread's body: ends once stopped, closing every stream.
  func run() {
    var streams: [Stream] = []
    while true {
      streams += arriving.withLock { list in
        defer { list = [] }
        return list
      }
      if stopping.load(ordering: .relaxed) {
        for stream in streams {
          // Clients come back by themselves once the server is up again.
          stream.connection.write("retry: 1000\n\n")
          stream.connection.flush()
          stream.connection.finish()
        }
        return
      }
      streams = streams.compactMap(serve)
      usleep(interval)
    }
  }

  /// Writes what a stream's feed has; nil when the stream is over.
  private func serve(_ stream: Stream) -> Stream? {
    guard let writable = stream.connection.isWritable else { return close(stream) }
    // A slow reader isn't asked: its feed tells it the newest state once it reads again.
    guard writable else { return stream }
    var stream = stream
    switch stream.feed.next() {
    case .idle:
      guard EventHub.now - stream.lastWrite >= 15 else { return stream }
      guard stream.connection.write(": still here\n\n"), stream.connection.flush() else { return close(stream) }
    case .events(let events):
      guard send(events, to: stream) else { return close(stream) }
    case .end(let events):
      _ = send(events, to: stream)
      return close(stream)
    }
    stream.lastWrite = EventHub.now
    return stream
  }

  private func send(_ events: [ServerSentEvent], to stream: Stream) -> Bool {
    events.allSatisfy { stream.connection.write($0.text) } && stream.connection.flush()
  }

  private func close(_ stream: Stream) -> Stream? {
    stream.connection.finish()
    return nil
  }

  private static var now: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
