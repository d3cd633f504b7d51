import Foundation
import Glibc
import Synchronization

/// A web server on a free port of the loopback address: a thread a connection, and an answer for each path.
final class LocalServer: Sendable {
  /// What is written for a request, piece by piece; nil ends the answer, and an endless one ends with its client.
  typealias Answer = @Sendable (_ piece: Int) -> (bytes: [UInt8], thenWaitSeconds: Double)?

  let port: Int
  /// What came, whole, in the order in which it was read.
  var requests: [String] { log.texts.withLock { $0 } }
  private let log: Log
  private let descriptor: Int32

  init(_ answer: @escaping @Sendable (_ path: String, _ port: Int) -> Answer) throws {
    let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        unsafe bind(listening, raw, size) == 0 && listen(listening, 16) == 0 && getsockname(listening, raw, &size) == 0
      }
    }
    guard bound else { throw CocoaError(.fileReadUnknown) }
    let chosen = Int(UInt16(bigEndian: address.sin_port))
    (descriptor, port) = (listening, chosen)
    let log = Log()
    self.log = log
    Thread.detachNewThread {
      while true {
        let client = accept(listening, nil, nil)
        guard client >= 0 else { break }
        Thread.detachNewThread { Self.serve(client, chosen, log, answer) }
      }
      // Closed here alone: a number given back earlier could by now be another server's, and this thread would answer for it.
      close(listening)
    }
  }

  deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

  private final class Log: Sendable { let texts = Mutex<[String]>([]) }

  /// Whether a request is there to the last byte of its body.
  private static func isWhole(_ text: String) -> Bool {
    guard let end = text.range(of: "\r\n\r\n") else { return false }
    let length = text[..<end.lowerBound].components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
    return text[end.upperBound...].utf8.count >= length.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
  }

  private static func serve(_ client: Int32, _ port: Int, _ log: Log, _ answer: (String, Int) -> Answer) {
    defer { close(client) }
    var head = ""
    while !isWhole(head) {
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = unsafe recv(client, &bytes, bytes.count, 0)
      guard count > 0 else { return }
      head += String(decoding: bytes.prefix(count), as: UTF8.self)
    }
    log.texts.withLock { $0.append(head) }
    let path = head.split(separator: " ").dropFirst().first.map(String.init) ?? "/"
    let pieces = answer(path, port)
    var piece = 0
    while let next = pieces(piece) {
      var rest = next.bytes[...]
      while !rest.isEmpty {
        let sent = unsafe Array(rest).withUnsafeBytes { unsafe send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard sent > 0 else { return }
        rest = rest.dropFirst(sent)
      }
      Thread.sleep(forTimeInterval: next.thenWaitSeconds)
      piece += 1
    }
  }
}

extension LocalServer {
  static func once(_ text: String) -> Answer { { $0 == 0 ? (Array(text.utf8), 0) : nil } }

  static func redirect(_ status: Int, to target: String) -> Answer {
    once("HTTP/1.1 \(status) Moved\r\nLocation: \(target)\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmove")
  }
}
