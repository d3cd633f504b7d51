/// An HTTP status code.
public struct Status: Sendable, Hashable, ExpressibleByIntegerLiteral {
  public let code: Int
  public init(integerLiteral code: Int) { self.code = code }
  public init(_ code: Int) { self.code = code }

  public static let ok: Status = 200
  public static let created: Status = 201
  public static let accepted: Status = 202
  public static let noContent: Status = 204
  public static let seeOther: Status = 303
  public static let badRequest: Status = 400
  public static let unauthorized: Status = 401
  public static let paymentRequired: Status = 402
  public static let forbidden: Status = 403
  public static let notFound: Status = 404
  public static let methodNotAllowed: Status = 405
  public static let conflict: Status = 409
  public static let gone: Status = 410
  public static let payloadTooLarge: Status = 413
  public static let unsupportedMediaType: Status = 415
  public static let unprocessable: Status = 422
  public static let tooManyRequests: Status = 429
  public static let internalError: Status = 500
  public static let notImplemented: Status = 501
  public static let unavailable: Status = 503
}

/// What a handler answers.
public struct Response: Sendable {
  public var status: Status
  public var headers: [Header]
  public var body: Body

  public struct Header: Sendable, Hashable {
    public var name: String
    public var value: String
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public enum Body: Sendable {
    case none
    case text(String)
    case bytes([UInt8])
    /// The response never ends by itself: it is handed to the hub, which writes what the feed has.
    case events(any EventFeed)
  }

  public init(_ status: Status = .ok, body: Body = .none) {
    self.status = status
    self.headers = []
    self.body = body
  }

  /// The response with a header added. Line breaks and other controls in the value are dropped: they can't smuggle
  /// in headers.
  public func with(_ name: String, _ value: String) -> Response {
    var copy = self
    let clean = value.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
      ? String(String.UnicodeScalarView(value.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F })) : value
    copy.headers.append(Header(name: name, value: clean))
    return copy
  }

  /// The first header of this name, in any case.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// Bytes of the body; 0 for an event stream.
  var bodyCount: Int {
    switch body {
    case .none, .events: 0
    case .text(let text): text.utf8.count
    case .bytes(let bytes): bytes.count
    }
  }

  /// The status line and headers as FastCGI wants them, with the blank line.
  var head: String {
    var text = "Status: \(status.code)\r\n"
    for header in headers {
      text += header.name
      text += ": "
      text += header.value
      text += "\r\n"
    }
    text += "\r\n"
    return text
  }
}
