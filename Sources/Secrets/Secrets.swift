import CSodium
import Glibc

/// Everything cryptographic, by libsodium: random tokens, their stored hashes, signatures and password hashes.
public enum Secrets {
  /// libsodium must be initialised once; a failure means no randomness on this machine.
  private static let ready: Bool = sodium_init() >= 0

  private static func requireReady() {
    precondition(ready, "libsodium could not be initialised")
  }

  /// So many bytes from the system's generator.
  public static func randomBytes(_ count: Int) -> [UInt8] {
    requireReady()
    var bytes = [UInt8](repeating: 0, count: count)
    unsafe randombytes_buf(&bytes, count)
    return bytes
  }

  /// A URL-safe token with `bytes` bytes of randomness (4/3 as many characters).
  public static func randomToken(bytes: Int = 24) -> String { base64(randomBytes(bytes)) }

  /// A random 32-bit number, for seeds.
  public static func randomUInt32() -> UInt32 {
    requireReady()
    return randombytes_random()
  }

  /// The BLAKE2b-256 of a random token in hexadecimal: what is stored instead of it. Not for passwords.
  public static func hash(_ token: String) -> String {
    requireReady()
    var digest = [UInt8](repeating: 0, count: 32)
    let bytes = Array(token.utf8)
    unsafe crypto_generichash(&digest, 32, bytes, UInt64(bytes.count), nil, 0)
    return hexadecimal(digest)
  }

  /// The SHA-256 of a file's bytes in hexadecimal, lower case (FIPS 180-4).
  public static func sha256(_ bytes: [UInt8]) -> String {
    requireReady()
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
    return hexadecimal(digest)
  }

  /// The SHA-256 of a file, read piece by piece; nil where it can't be read.
  public static func sha256(ofFile path: String) -> String? { sha256(ofFile: path) { _ in } }

  /// The same of a long file.
  /// - Parameter progress: is told of the bytes of each piece; what it throws ends the reading.
  public static func sha256(ofFile path: String, progress: (_ bytes: Int) throws -> Void) rethrows -> String? {
    requireReady()
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var state = unsafe crypto_hash_sha256_state()
    unsafe crypto_hash_sha256_init(&state)
    var block = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = unsafe read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      unsafe crypto_hash_sha256_update(&state, block, UInt64(count))
      try progress(count)
    }
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe crypto_hash_sha256_final(&state, &digest)
    return hexadecimal(digest)
  }

  static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  static func base64(_ bytes: [UInt8]) -> String {
    let variant = Int32(sodium_base64_VARIANT_URLSAFE_NO_PADDING)
    var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes.count, variant))
    unsafe sodium_bin2base64(&text, text.count, bytes, bytes.count, variant)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The bytes of a URL-safe base64 text without padding; nil for anything else.
  static func bytes(base64 text: String) -> [UInt8]? {
    requireReady()
    let characters = text.utf8.map { CChar(bitPattern: $0) }
    var bytes = [UInt8](repeating: 0, count: characters.count / 4 * 3 + 3)
    var count = 0
    let result = unsafe sodium_base642bin(
      &bytes, bytes.count, characters, characters.count, nil, &count, nil, Int32(sodium_base64_VARIANT_URLSAFE_NO_PADDING))
    return result == 0 ? Array(bytes.prefix(count)) : nil
  }
}

/// A key that signs short texts, such as the name of a file that a link may fetch (HMAC-SHA-512/256).
public struct SigningKey: Sendable {
  /// 32 bytes.
  public let bytes: [UInt8]

  public init() { bytes = Secrets.randomBytes(32) }

  /// A stored key; nil unless it has 32 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    self.bytes = bytes
  }

  /// The signature of a text, URL-safe, 22 characters (128 bits).
  public func sign(_ text: String) -> String {
    var mac = [UInt8](repeating: 0, count: 32)
    let message = Array(text.utf8)
    unsafe crypto_auth(&mac, message, UInt64(message.count), bytes)
    return Secrets.base64(Array(mac.prefix(16)))
  }

  /// Whether a signature is this text's, compared in constant time.
  public func verify(_ signature: String, of text: String) -> Bool {
    let expected = Array(sign(text).utf8)
    let given = Array(signature.utf8)
    return unsafe expected.count == given.count && sodium_memcmp(expected, given, expected.count) == 0
  }
}

/// A password as it is stored: argon2id with its salt and cost (RFC 9106).
public enum PasswordHash {
  /// Hashes a password. About 70 ms and 64 MiB.
  public static func make(_ password: String) -> String {
    make(password, operations: 2, memory: 64 << 20)
  }

  /// - Parameters:
  ///   - operations: passes over the memory.
  ///   - memory: bytes, at least 8 KiB.
  static func make(_ password: String, operations: UInt64, memory: Int) -> String {
    _ = Secrets.randomBytes(1)
    var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
    let bytes = password.utf8.map { CChar(bitPattern: $0) }
    let result = unsafe crypto_pwhash_str(&text, bytes, UInt64(bytes.count), operations, memory)
    precondition(result == 0, "not enough memory to hash a password")
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether a password is the one that was hashed. False for a malformed hash.
  public static func verify(_ password: String, against hash: String) -> Bool {
    _ = Secrets.randomBytes(1)
    let bytes = password.utf8.map { CChar(bitPattern: $0) }
    return unsafe crypto_pwhash_str_verify(hash, bytes, UInt64(bytes.count)) == 0
  }
}

/// A program's key as it is made: the text is shown once, only its hash is stored.
public struct KeySecret: Sendable {
  public let text: String
  /// What is stored and looked up.
  public let hash: String
  /// The first letters, by which its owner recognises it.
  public let prefix: String

  public init() {
    text = "ap_" + Secrets.randomToken(bytes: 30)
    hash = Secrets.hash(text)
    prefix = String(text.prefix(9))
  }
}

/// What a password must be. Stricter than `api.md` 16, which lets six characters pass.
public enum PasswordRule {
  public static let maximumLength = 200
  public static let sentence = "must have 8 to 200 characters, with at least one letter and one digit."

  public static func allows(_ password: String) -> Bool {
    (8...maximumLength).contains(password.count) && password.contains(where: \.isLetter)
      && password.contains(where: \.isNumber)
  }
}
