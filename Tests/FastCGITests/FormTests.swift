import Foundation
import Testing

@testable import FastCGI

@Suite struct FormTests {
  @Test func aQueryKeepsOrderAndRepeats() throws {
    let request = try Request("GET", "/a%2Fb/c/?x=1&y=a+b%20c&x=2&flag")
    #expect(request.segments == ["a/b", "c"])
    #expect(request.query["x"] == "2")
    #expect(request.query.values("x") == ["1", "2"])
    #expect(request.query["y"] == "a b c")
    #expect(request.query["flag"] == "")
    #expect(request.query["none"] == nil)
  }

  @Test(arguments: ["/%", "/%zz", "/%ff", "/a%00b", "/?a=%C3"])
  func aBrokenAddressIsRefused(_ target: String) {
    #expect(throws: RequestError.self) { try Request("GET", target) }
  }

  @Test func aBodyBeyondTheLimitIsRefused() throws {
    let request = try Request("POST", "/", body: [UInt8](repeating: 65, count: 11), limits: .init(body: 10))
    #expect(throws: RequestError.tooLarge(limit: 10)) { try request.body() }
  }

  @Test func tooManyFieldsAreRefused() throws {
    let text = (0..<300).map { "f\($0)=1" }.joined(separator: "&")
    let request = try Request(
      "POST", "/", headers: ["Content-Type": "application/x-www-form-urlencoded"], body: Array(text.utf8))
    #expect(throws: RequestError.self) { try request.form() }
  }

  private func multipart(_ body: String, boundary: String = "XX") throws -> Form {
    try Request(
      "POST", "/", headers: ["Content-Type": "multipart/form-data; boundary=\"\(boundary)\""], body: Array(body.utf8)
    ).form()
  }

  @Test func multipartGivesFieldsAndFiles() throws {
    let form = try multipart(
      "preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"caption\"\r\n\r\nh\u{e9}llo\r\nworld\r\n"
        + "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n--X\r\n"
        + "--XX\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--XX--\r\n")
    #expect(form["caption"] == "h\u{e9}llo\r\nworld")
    #expect(form["empty"] == "")
    #expect(form.file("file")?.fileName == "a \"b\".wav")
    #expect(form.file("file").map { String(decoding: $0.bytes, as: UTF8.self) } == "RIFF\r\n--X")
  }

  @Test(arguments: [
    "", "--XX", "--XX\r\n", "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx",
    "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--", "--XX\r\n\r\n--XX--", "--XX\r\n\r\n\r\n--XX",
  ])
  func brokenMultipartIsRefused(_ body: String) {
    #expect(throws: RequestError.self) { try multipart(body) }
  }

  @Test func everyTruncationOfAMultipartBodyIsHarmless() throws {
    let body = Array("--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n\r\n12\r\n--XX--\r\n".utf8)
    for length in 0..<body.count {
      let request = try Request(
        "POST", "/", headers: ["Content-Type": "multipart/form-data; boundary=XX"], body: Array(body.prefix(length)))
      _ = try? request.form()
    }
  }

  /// A file that is larger than any buffer, with pieces of the boundary in it at every distance from the buffers' edges.
  @Test func aFileIsWrittenAsItComes() throws {
    let folder = NSTemporaryDirectory() + "/cantiga-form-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var content: [UInt8] = []
    var random = SystemRandomNumberGenerator()
    while content.count < 300_000 {
      content += Array("\r\n--XYZ1234\r\r\n--".utf8.prefix(Int(random.next(upperBound: UInt32(15)))))
      content += (0..<Int(random.next(upperBound: UInt32(90)))).map { _ in
        // No digit that would complete the boundary.
        let byte = UInt8(truncatingIfNeeded: random.next())
        return byte == UInt8(ascii: "5") ? 0 : byte
      }
    }
    let head = "--XYZ12345\r\nContent-Disposition: form-data; name=\"caption\"\r\n\r\nhello\r\n--XYZ12345\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../a.wav\"\r\n\r\n"
    let body = Array(head.utf8) + content + Array("\r\n--XYZ12345--\r\n".utf8)
    func request(_ body: [UInt8]) throws -> Request {
      try Request("POST", "/", headers: ["Content-Type": "multipart/form-data; boundary=XYZ12345"], body: body)
    }
    let form = try request(body).form(filesInto: folder, fileLimit: content.count)
    let path = try #require(form.file("file")?.path)
    #expect(path.hasPrefix(folder + "/") && !path.contains(".."))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(content))
    #expect(form["caption"] == "hello")
    form.removeFiles()

    #expect(throws: RequestError.tooLarge(limit: content.count - 1)) {
      try request(body).form(filesInto: folder, fileLimit: content.count - 1)
    }
    #expect(throws: RequestError.tooLarge(limit: 10)) { try request(body + [UInt8](repeating: 65, count: 1 << 20)).form(filesInto: folder, fileLimit: 10) }
    #expect(throws: RequestError.self) { try request(Array(body.dropLast(19))).form(filesInto: folder, fileLimit: content.count) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }

  @Test func cookiesAreFoundByTheirWholeName() throws {
    let request = try Request("GET", "/", headers: ["Cookie": "xsid=1; sid=2=3; other=4"])
    #expect(request.cookie("sid") == "2=3")
    #expect(request.cookie("id") == nil)
  }

  @Test func aHeaderValueCannotAddAnother() {
    let response = Response().with("Location", "/a\r\nSet-Cookie: b")
    #expect(response.head == "Status: 200\r\nLocation: /aSet-Cookie: b\r\n\r\n")
  }
}
