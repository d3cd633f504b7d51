import Foundation
import Synchronization
import Testing

@testable import Fetching

@Suite struct FetcherTests {
  private let path = NSTemporaryDirectory() + "/cantiga-fetch-\(UUID().uuidString)"

  /// Answers to every path that the tests ask for.
  private func server() throws -> LocalServer {
    try LocalServer { path, port in
      switch path {
      case "/ok": LocalServer.once("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
      case "/empty": LocalServer.once("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      case "/none": LocalServer.once("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone")
      case "/broken": LocalServer.once("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
      case "/partial": LocalServer.once("HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\nhello")
      case "/garbage": LocalServer.once("this is not HTTP\r\n\r\n")
      case "/announced": LocalServer.once("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\nx")
      case "/gzip": LocalServer.once("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello")
      case "/once": LocalServer.redirect(302, to: "/ok")
      case "/thrice": LocalServer.redirect(307, to: "/twice")
      case "/twice": LocalServer.redirect(308, to: "/once")
      case "/loop": LocalServer.redirect(301, to: "/loop")
      case "/to-file": LocalServer.redirect(302, to: "file:///etc/passwd")
      case "/to-gopher": LocalServer.redirect(302, to: "gopher://127.0.0.1:70/_x")
      case "/to-user": LocalServer.redirect(302, to: "http://a:b@127.0.0.1:\(port)/ok")
      case "/to-ssh": LocalServer.redirect(302, to: "http://127.0.0.1:22/")
      case "/to-metadata": LocalServer.redirect(302, to: "http://169.254.169.254/latest/meta-data/")
      case "/to-mapped": LocalServer.redirect(302, to: "http://[::ffff:127.0.0.1]:\(port)/ok")
      case "/to-octal": LocalServer.redirect(302, to: "http://012.0.0.1/")
      case "/nowhere": LocalServer.once("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")
      case "/endless":
        { piece in piece == 0 ? (Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8), 0) : ([UInt8](repeating: 7, count: 1 << 16), 0) }
      case "/endless-redirect":
        { piece in
          piece == 0 ? (Array("HTTP/1.1 302 Found\r\nLocation: /ok\r\nConnection: close\r\n\r\n".utf8), 0) : ([UInt8](repeating: 7, count: 1 << 14), 0)
        }
      case "/endless-head": { piece in (Array((piece == 0 ? "HTTP/1.1 200 OK\r\n" : "X-\(piece): \(String(repeating: "a", count: 4000))\r\n").utf8), 0) }
      case "/drip": { piece in (Array(piece == 0 ? "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8 : "x".utf8), 0.05) }
      case "/silent": { _ in ([], 0.1) }
      default: LocalServer.once("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
      }
    }
  }

  private func fetcher(allowing networks: [String] = ["127.0.0.0/8"], _ change: (inout Fetcher.Limits) -> Void = { _ in }) -> Fetcher {
    var limits = Fetcher.Limits()
    change(&limits)
    return Fetcher(rules: AddressRules(allowed: networks.compactMap(IPNetwork.init)), limits: limits, agent: "Cantiga-test")
  }

  private func fetch(_ target: String, by fetcher: Fetcher, from server: LocalServer, host: String = "127.0.0.1") throws -> String {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let size = try fetcher.fetch(try WebAddress("http://\(host):\(server.port)\(target)"), to: path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(bytes.count == size)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(arguments: ["/ok", "/once", "/thrice", "/endless-redirect"])
  func fetchesAndFollows(_ target: String) throws {
    if target == "/endless-redirect" {
      // Its body never ends, so it is never said to lead anywhere.
      #expect(throws: FetchError.self) { try fetch(target, by: fetcher(), from: server()) }
    } else {
      #expect(try fetch(target, by: fetcher(), from: server()) == "hello")
    }
  }

  @Test func aNameIsFetchedFromTheAddressThatWasChecked() throws {
    #expect(try fetch("/ok", by: fetcher(allowing: ["127.0.0.0/8", "::1/128"]), from: server(), host: "localhost") == "hello")
  }

  @Test func nothingIsDecompressed() throws {
    #expect(try fetch("/gzip", by: fetcher(), from: server()) == "hello")
  }

  @Test(arguments: [
    ("/none", FetchError.status(404)), ("/broken", .status(500)), ("/empty", .empty), ("/loop", .tooManyRedirects(limit: 3)),
    ("/nowhere", .status(302)), ("/to-metadata", .forbiddenHost("169.254.169.254")), ("/announced", .tooLarge(limit: 100 << 20)),
    ("/to-octal", .forbiddenHost("10.0.0.1")),
  ])
  func saysWhyNot(_ target: String, _ error: FetchError) throws {
    let server = try server()
    #expect(throws: error) { try fetch(target, by: fetcher(), from: server) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test(arguments: ["/to-file", "/to-gopher", "/to-user", "/to-ssh", "/to-mapped", "/partial", "/garbage", "/endless-head"])
  func isNotFollowedOrKept(_ target: String) throws {
    let server = try server()
    #expect(throws: FetchError.self) { try fetch(target, by: fetcher(), from: server) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func withoutPermissionNoConnectionIsMade() throws {
    let asked = Mutex(0)
    let server = try LocalServer { _, _ in
      asked.withLock { $0 += 1 }
      return LocalServer.once("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    }
    for host in ["127.0.0.1", "localhost", "0x7f000001", "[::ffff:127.0.0.1]"] {
      #expect(throws: FetchError.self) { try fetch("/ok", by: fetcher(allowing: []), from: server, host: host) }
    }
    #expect(asked.withLock { $0 } == 0)
  }

  /// The name is checked against one answer, and by the time of the connection it has another one: the socket is not opened.
  @Test func aNameThatChangesItsMeaningIsNotConnectedTo() throws {
    let server = try server()
    let receiver = try Receiver(path: path, limit: 10, rules: AddressRules(), checkCancellation: {})
    defer { receiver.removeFile() }
    let address = try WebAddress("http://example.org:\(server.port)/ok")
    let pinned = try [#require(IPAddress("127.0.0.1"))]
    let transfer = try Transfer(address, pinned: pinned, receiver: receiver, seconds: 5, slowest: 1, agent: "test")
    #expect(throws: FetchError.forbiddenHost("the host")) { try transfer.perform() }
    #expect(receiver.count == 0)
  }

  @Test func anEndlessFileEndsAtTheLimit() throws {
    let server = try server()
    #expect(throws: FetchError.tooLarge(limit: 1 << 20)) {
      try fetch("/endless", by: fetcher { $0.bytes = 1 << 20 }, from: server)
    }
  }

  @Test(arguments: ["/drip", "/silent"])
  func aSlowServerIsGivenUp(_ target: String) throws {
    let server = try server()
    let began = ContinuousClock.now
    #expect(throws: FetchError.tooSlow) { try fetch(target, by: fetcher { $0.seconds = 1.5 }, from: server) }
    #expect(ContinuousClock.now - began < .seconds(8))
  }

  @Test func nobodyWaitsForWhatIsNoLongerWanted() throws {
    let server = try server()
    let address = try WebAddress("http://127.0.0.1:\(server.port)/silent")
    #expect(throws: CancellationError.self) {
      let began = ContinuousClock.now
      try fetcher().fetch(address, to: path) { if ContinuousClock.now - began > .milliseconds(300) { throw CancellationError() } }
    }
  }

  @Test func theEnvironmentNamesNoProxy() throws {
    let server = try server()
    unsafe setenv("http_proxy", "http://127.0.0.1:9/", 1)
    unsafe setenv("ALL_PROXY", "http://127.0.0.1:9/", 1)
    defer {
      unsafe unsetenv("http_proxy")
      unsafe unsetenv("ALL_PROXY")
    }
    #expect(try fetch("/ok", by: fetcher(), from: server) == "hello")
  }

  @Test func aFileThatExistsIsLeftAlone() throws {
    let server = try server()
    try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: FetchError.self) { try fetcher().fetch(try WebAddress("http://127.0.0.1:\(server.port)/ok"), to: path) }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    try FileManager.default.removeItem(atPath: path)
  }

  // MARK: - Posting

  private func post(_ target: String, by fetcher: Fetcher, to server: LocalServer, seconds: Double = 5) throws -> Int {
    try fetcher.post(
      Array("{}".utf8), to: try WebAddress("http://127.0.0.1:\(server.port)\(target)"),
      headers: [("Content-Type", "application/json"), ("X-Event", "job.completed")], seconds: seconds)
  }

  @Test func aBodyIsPostedAndTheStatusTold() throws {
    let server = try server()
    #expect(try post("/ok", by: fetcher(), to: server) == 200)
    #expect(try post("/none", by: fetcher(), to: server) == 404)
    #expect(try post("/broken", by: fetcher(), to: server) == 500)
    let request = try #require(server.requests.first)
    #expect(request.hasPrefix("POST /ok HTTP/1.1\r\n") && request.hasSuffix("\r\n\r\n{}"))
    #expect(request.contains("X-Event: job.completed\r\n") && request.contains("Content-Length: 2\r\n") && !request.contains("Expect"))
  }

  @Test func noRedirectOfAPostIsFollowed() throws {
    let server = try server()
    for (target, status) in [("/once", 302), ("/thrice", 307), ("/loop", 301), ("/to-metadata", 302)] {
      #expect(try post(target, by: fetcher(), to: server) == status)
    }
    #expect(server.requests.count == 4)
  }

  @Test func aPostIsBoundedInTimeAndInWhatIsRead() throws {
    let server = try server()
    #expect(try post("/endless", by: fetcher(), to: server) == 200)
    #expect(throws: FetchError.tooSlow) { try post("/silent", by: fetcher(), to: server, seconds: 0.3) }
    #expect(throws: FetchError.tooSlow) { try post("/drip", by: fetcher(), to: server, seconds: 0.3) }
    #expect(throws: FetchError.self) { try post("/garbage", by: fetcher(), to: server) }
  }

  @Test func nothingIsPostedToPrivateAddresses() throws {
    let server = try server()
    #expect(throws: FetchError.forbiddenHost("127.0.0.1")) { try post("/ok", by: fetcher(allowing: []), to: server) }
    #expect(server.requests.isEmpty)
  }
}
