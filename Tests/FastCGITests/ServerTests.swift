import Glibc
import Synchronization
import Testing

@testable import FastCGI

/// Speaks FastCGI (the 1.0 specification) to a server on a unix socket, as nginx would.
@Suite(.serialized) struct ServerTests {
  private static func socketPath() -> String { "/tmp/cantiga-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock" }

  /// Sends one request and reads until the server closes or `until` appears.
  private func exchange(_ path: String, target: String, body: String = "", until: String? = nil) -> String {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let connected = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard connected == 0 else { return "" }
    func record(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
      [1, type, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 255), 0, 0] + content
    }
    func pair(_ name: String, _ value: String) -> [UInt8] {
      [UInt8(name.utf8.count), UInt8(value.utf8.count)] + Array(name.utf8) + Array(value.utf8)
    }
    let parameters = pair("REQUEST_METHOD", body.isEmpty ? "GET" : "POST") + pair("REQUEST_URI", target)
      + pair("CONTENT_LENGTH", String(body.utf8.count))
    let bytes = record(1, [0, 1, 0, 0, 0, 0, 0, 0]) + record(4, parameters) + record(4, [])
      + (body.isEmpty ? [] : record(5, Array(body.utf8))) + record(5, [])
    _ = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    var answer = ""
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
      if count <= 0 { return answer }
      answer += String(decoding: buffer.prefix(count), as: UTF8.self)
      if let until, answer.contains(until) { return answer }
    }
  }

  @Test func requestsAreAnsweredAndTheServerStopsAtOnce() throws {
    let path = ServerTests.socketPath()
    let server = try Server(socketPath: path) { request in
      let body = (try? request.body()) ?? []
      return Response(body: .text("\(request.method) \(request.segments) \(body.count)")).with("Content-Type", "text/plain")
    }
    server.start(workers: 3)
    #expect(exchange(path, target: "/a/b?c").contains("Status: 200\r\nContent-Type: text/plain\r\n\r\nGET [\"a\", \"b\"] 0"))
    #expect(exchange(path, target: "/p", body: "12345").contains("POST [\"p\"] 5"))
    #expect(exchange(path, target: "/%zz").contains("Status: 400"))
    #expect(throws: ServerError.self) { try Server(socketPath: path) { _ in Response() } }
    let start = ContinuousClock.now
    server.stop()
    #expect(ContinuousClock.now - start < .seconds(1))
  }

  @Test func streamsDoNotHoldWorkersAndEndWithTheServer() throws {
    final class Feed: EventFeed {
      let count = Atomic<Int>(0)
      func next() -> EventStep {
        let number = count.add(1, ordering: .relaxed).newValue
        return .events([ServerSentEvent(name: "tick", data: "\(number)\nline", id: number)])
      }
    }
    let path = ServerTests.socketPath()
    let server = try Server(socketPath: path) { request in
      request.path == "/events"
        ? Response(body: .events(Feed())).with("Content-Type", "text/event-stream") : Response(body: .text("page"))
    }
    server.start(workers: 1)
    #expect(exchange(path, target: "/events", until: "data: 3").contains("id: 1\nevent: tick\ndata: 1\ndata: line\n\n"))
    let open = (0..<4).map { _ in Thread { _ = exchange(path, target: "/events") } }
    #expect(exchange(path, target: "/page").contains("page"))
    let start = ContinuousClock.now
    server.stop()
    #expect(ContinuousClock.now - start < .seconds(1))
    open.forEach { $0.join() }
  }

  @Test func aSocketLeftByADeadServerIsReplacedAndAFileIsNot() throws {
    let path = ServerTests.socketPath()
    let file = unsafe fopen(path, "w")
    unsafe fclose(file)
    defer { unsafe unlink(path) }
    #expect(throws: ServerError.self) { try Server(socketPath: path) { _ in Response() } }
    unsafe unlink(path)
    do {
      let first = try Server(socketPath: path) { _ in Response(body: .text("one")) }
      first.start(workers: 1)
      first.stop()
    }
    let second = try Server(socketPath: path) { _ in Response(body: .text("two")) }
    second.start(workers: 1)
    #expect(exchange(path, target: "/").contains("two"))
    second.stop()
  }
}
