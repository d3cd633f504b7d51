import CSodium

/// JSON Web Tokens (RFC 7519) signed with HMAC-SHA-256, the algorithm "HS256" of RFC 7518, 3.2, and with no other: a
/// token that names another algorithm is not read.
public struct WebTokenKey: Sendable {
  /// 32 bytes.
  private let bytes: [UInt8]

  /// A key of its own for a use, from the studio's key: a signature made for one use is none for another.
  public init(from key: SigningKey, use: String) {
    bytes = WebTokenKey.code(of: Array("web token: \(use)".utf8), key: key.bytes)
  }

  /// Any key of 32 bytes; nil for another length.
  init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  private static let header = Secrets.base64(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))

  /// A token with these claims.
  /// - Parameter claims: a JSON object.
  public func token(claims: String) -> String {
    let text = WebTokenKey.header + "." + Secrets.base64(Array(claims.utf8))
    return text + "." + Secrets.base64(WebTokenKey.code(of: Array(text.utf8), key: bytes))
  }

  /// The claims of a token that this key has signed; nil for any other text. Whether it has expired is the caller's
  /// to see.
  public func claims(of token: String) -> String? {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    // The only header that we write, so that no other need be understood.
    guard token.utf8.count < 4096, parts.count == 3, parts[0] == WebTokenKey.header,
      let signature = Secrets.bytes(base64: parts[2]), let claims = Secrets.bytes(base64: parts[1])
    else { return nil }
    let expected = WebTokenKey.code(of: Array("\(parts[0]).\(parts[1])".utf8), key: bytes)
    guard unsafe signature.count == expected.count && sodium_memcmp(signature, expected, expected.count) == 0 else { return nil }
    return String(validating: claims, as: UTF8.self)
  }

  /// HMAC-SHA-256 (RFC 2104).
  static func code(of message: [UInt8], key: [UInt8]) -> [UInt8] {
    _ = Secrets.randomBytes(1)
    var mac = [UInt8](repeating: 0, count: 32)
    var state = unsafe crypto_auth_hmacsha256_state()
    unsafe crypto_auth_hmacsha256_init(&state, key, key.count)
    unsafe crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
    unsafe crypto_auth_hmacsha256_final(&state, &mac)
    return mac
  }
}

/// The signature of a webhook (`api.md` 18).
public enum WebhookSignature {
  /// The HMAC-SHA-256 of "timestamp.body" in hexadecimal, lower case.
  /// - Parameter timestamp: seconds since 1970.
  public static func of(_ body: [UInt8], timestamp: Int, secret: String) -> String {
    Secrets.hexadecimal(WebTokenKey.code(of: Array("\(timestamp).".utf8) + body, key: Array(secret.utf8)))
  }
}
