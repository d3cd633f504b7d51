/// One HTTP request as a handler sees it. Not Sendable: it stays on the thread that handles it.
public final class Request {
  public let method: String
  /// The decoded segments of the path; a trailing slash makes none.
  public let segments: [String]
  /// The path as it was sent, without the query.
  public let path: String
  public let query: Form
  private let variable: (String) -> String?
  private var read: ((Int) -> [UInt8])?
  private let limits: Limits

  /// Bounds on what a request may carry.
  public struct Limits: Sendable {
    /// Bytes of a body.
    public var body: Int
    /// Fields of a form or query.
    public var fields: Int
    /// Bytes of the headers of one part of a multipart body.
    var head = 16 << 10
    public init(body: Int = 1 << 20, fields: Int = 200) {
      self.body = body
      self.fields = fields
    }
  }

  /// - Parameters:
  ///   - target: the request target as sent: path and query.
  ///   - variable: a CGI variable by name (RFC 3875).
  ///   - read: so many bytes of the body; fewer only at its end.
  /// - Throws: `RequestError.malformed` for a target that isn't valid.
  init(
    method: String, target: String, limits: Limits, variable: @escaping (String) -> String?,
    read: @escaping (Int) -> [UInt8]
  ) throws(RequestError) {
    self.method = method
    let mark = target.firstIndex(of: "?")
    path = String(mark.map { target[..<$0] } ?? target[...])
    var segments: [String] = []
    for part in path.split(separator: "/") {
      guard let segment = PercentCoding.decode(part, plusIsBlank: false) else { throw .malformed("the address is not valid") }
      segments.append(segment)
    }
    self.segments = segments
    query = try Form(urlencoded: mark.map { target[target.index(after: $0)...] } ?? "", limits: limits)
    self.limits = limits
    self.variable = variable
    self.read = read
  }

  /// A request made by hand, for calling handlers without a web server.
  public convenience init(
    _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8] = [], limits: Limits = Limits()
  ) throws(RequestError) {
    var variables = ["CONTENT_LENGTH": String(body.count), "REMOTE_ADDR": "127.0.0.1", "REQUEST_SCHEME": "http"]
    for (name, value) in headers {
      variables[name.lowercased() == "content-type" ? "CONTENT_TYPE" : Request.variableName(ofHeader: name)] = value
    }
    var rest = body[...]
    try self.init(method: method, target: target, limits: limits, variable: { [variables] in variables[$0] }) { count in
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }

  /// A request header.
  public func header(_ name: String) -> String? {
    variable(Request.variableName(ofHeader: name)).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// "HTTP_X_API_KEY" for "X-API-Key" (RFC 3875, 4.1.18).
  private static func variableName(ofHeader name: String) -> String {
    "HTTP_" + String(decoding: name.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "-"): UInt8(ascii: "_")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
      default: byte
      }
    }, as: UTF8.self)
  }

  /// The media type of the body in lower case, without parameters.
  public var contentType: String {
    let value = variable("CONTENT_TYPE") ?? ""
    let type = value.prefix { $0 != ";" }
    return type.lowercased().filter { !$0.isWhitespace }
  }

  /// The client's address as the web server saw it.
  public var remoteAddress: String { variable("REMOTE_ADDR") ?? "" }

  /// "http" or "https".
  public var scheme: String { variable("REQUEST_SCHEME") ?? "http" }

  /// The host and port that the client named.
  public var host: String { variable("HTTP_HOST") ?? variable("SERVER_NAME") ?? "127.0.0.1" }

  /// A cookie by name.
  public func cookie(_ name: String) -> String? {
    guard let header = variable("HTTP_COOKIE") else { return nil }
    for pair in header.split(separator: ";") {
      let trimmed = pair.drop { $0 == " " }
      if trimmed.hasPrefix(name), trimmed.dropFirst(name.count).first == "=" {
        return String(trimmed.dropFirst(name.count + 1))
      }
    }
    return nil
  }

  /// The whole body. A second call gives nothing more.
  /// - Throws: `RequestError.tooLarge` beyond the limit, `.malformed` when it ends early.
  public func body() throws(RequestError) -> [UInt8] {
    guard let read = takeReader() else { return [] }
    let announced = try announcedLength()
    guard announced <= limits.body else { throw .tooLarge(limit: limits.body) }
    if announced == 0 { return [] }
    let bytes = read(announced)
    guard bytes.count == announced else { throw .malformed("the body ended early") }
    return bytes
  }

  private func takeReader() -> ((Int) -> [UInt8])? {
    defer { read = nil }
    return read
  }

  private func announcedLength() throws(RequestError) -> Int {
    let announced = variable("CONTENT_LENGTH").flatMap { $0.isEmpty ? 0 : Int($0) } ?? 0
    guard announced >= 0 else { throw .malformed("Content-Length is not valid") }
    return announced
  }

  /// The fields of an urlencoded or multipart body.
  /// - Throws: `RequestError`; `.unsupportedType` for any other media type.
  public func form() throws(RequestError) -> Form {
    guard contentType != "multipart/form-data" else { return try multipartForm(files: .memory, limit: limits.body) }
    let bytes = try body()
    switch contentType {
    case "application/x-www-form-urlencoded": return try Form(urlencoded: String(decoding: bytes, as: UTF8.self), limits: limits)
    case "" where bytes.isEmpty: return Form()
    default: throw .unsupportedType(contentType)
    }
  }

  /// The fields of an urlencoded or multipart body whose files are written into a folder as they come.
  /// - Parameter fileLimit: bytes of all files together; the rest of the body has the usual limit.
  /// - Throws: as `form()`; `.tooLarge` before anything is read, where the announced length says so.
  public func form(filesInto folder: String, fileLimit: Int) throws(RequestError) -> Form {
    guard contentType == "multipart/form-data" else { return try form() }
    return try multipartForm(files: .folder(folder, limit: fileLimit), limit: fileLimit)
  }

  private func multipartForm(files: MultipartReader.Files, limit: Int) throws(RequestError) -> Form {
    let announced = try announcedLength()
    let fields = if case .folder = files { limits.body } else { 0 }
    guard announced <= limit + fields else { throw .tooLarge(limit: limit) }
    var reader = try MultipartReader(
      contentType: variable("CONTENT_TYPE") ?? "", count: announced, limits: limits, files: files, read: takeReader() ?? { _ in [] })
    return try reader.form()
  }
}

/// A request that can't be read.
public enum RequestError: Error, Sendable, Equatable, CustomStringConvertible {
  case malformed(String)
  case tooLarge(limit: Int)
  case unsupportedType(String)
  /// A file of the body could not be written to disk: its error number.
  case notKept(code: Int32)

  public var description: String {
    switch self {
    case .malformed(let reason): reason
    case .tooLarge(let limit): "the body may be at most \(limit) bytes"
    case .unsupportedType(let type):
      "the media type \(type.isEmpty ? "of the body is missing" : type + " is not accepted here")"
    case .notKept: "the file could not be kept on the server (is its disk full?)"
    }
  }
}
