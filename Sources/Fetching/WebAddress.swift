import CCurl

/// An http or https address that may be fetched, as far as its text tells: what its host resolves to is checked when it is fetched.
///
/// It is read by the library that connects, so that no second parser can take the host for another one.
public struct WebAddress: Sendable, Hashable, CustomStringConvertible {
  /// The whole address, normalised.
  public let text: String
  /// A name, or an IP address without brackets.
  public let host: String
  public let port: Int
  /// Whether it is https.
  public let isSecure: Bool

  public var description: String { text }

  /// - Throws: `FetchError.invalidAddress`, with what is allowed.
  public init(_ text: String) throws(FetchError) {
    guard text.utf8.count <= 2048 else { throw .invalidAddress("an address may have at most 2048 characters") }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !Self.forbidden.contains($0) }) else {
      throw .invalidAddress("an address may not have blanks, backslashes, quotes or letters beyond ASCII (they are escaped with %)")
    }
    let lower = text.prefix(9).lowercased()
    guard lower.hasPrefix("http://") || lower.hasPrefix("https://"), !lower.hasPrefix("http:///"), !lower.hasPrefix("https:///") else {
      throw .invalidAddress("only addresses that begin with http:// or https:// are fetched")
    }
    guard let parts = Self.parts(of: text) else { throw .invalidAddress("it is not a valid address without a user name") }
    let host = parts.host.hasPrefix("[") ? String(parts.host.dropFirst().dropLast()) : parts.host
    guard IPAddress(host) != nil || Self.isName(host) else { throw .invalidAddress("its host is not a valid name") }
    guard let port = Int(parts.port), port == 80 || port == 443 || (1024...65_535).contains(port) else {
      throw .invalidAddress("only the ports 80, 443 and those from 1024 on are fetched from")
    }
    self.text = parts.text
    self.host = host
    self.port = port
    isSecure = parts.scheme.lowercased() == "https"
  }

  private static let forbidden = Set("\\\"<>^`{|}".utf8)

  /// Labels of letters, digits, hyphens and underscores, none of them empty (RFC 1123, 2.1).
  private static func isName(_ host: String) -> Bool {
    (1...253).contains(host.utf8.count)
      && host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
        (1...63).contains(label.utf8.count)
          && label.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
              UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
          }
      }
  }

  private struct Parts {
    var text: String
    var scheme: String
    var host: String
    var port: String
  }

  /// Nil for what the library doesn't take for an address, and for one with a user, a password or a zone.
  private static func parts(of text: String) -> Parts? {
    guard let handle = unsafe curl_url() else { return nil }
    defer { unsafe curl_url_cleanup(handle) }
    guard unsafe curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK else { return nil }
    func part(_ which: CURLUPart) -> String? {
      var value: UnsafeMutablePointer<CChar>?
      let flags = which == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0
      guard unsafe curl_url_get(handle, which, &value, UInt32(flags)) == CURLUE_OK, let found = unsafe value else {
        return nil
      }
      defer { unsafe curl_free(found) }
      return unsafe String(cString: found)
    }
    guard part(CURLUPART_USER) == nil, part(CURLUPART_PASSWORD) == nil, part(CURLUPART_ZONEID) == nil,
      let whole = part(CURLUPART_URL), let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST),
      let port = part(CURLUPART_PORT)
    else { return nil }
    return Parts(text: whole, scheme: scheme, host: host, port: port)
  }
}
