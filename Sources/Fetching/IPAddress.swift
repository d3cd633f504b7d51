import Glibc

/// An internet address: 4 bytes (IPv4) or 16 (IPv6), in network order.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
  let bytes: [UInt8]

  init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Four decimal numbers, or the notation of RFC 4291 without brackets and without a zone; nil for anything else, such as the octal
  /// and shortened forms that other parsers take for addresses.
  public init?(_ text: String) {
    var four = [UInt8](repeating: 0, count: 4)
    var sixteen = [UInt8](repeating: 0, count: 16)
    if unsafe inet_pton(AF_INET, text, &four) == 1 {
      bytes = four
    } else if unsafe inet_pton(AF_INET6, text, &sixteen) == 1 {
      bytes = sixteen
    } else {
      return nil
    }
  }

  /// The address in a socket's, which begins at `raw` and has `count` bytes; nil for another family than IPv4 and IPv6.
  init?(socketAddress raw: UnsafeRawPointer, count: Int) {
    guard count >= MemoryLayout<sa_family_t>.size else { return nil }
    let (offset, size): (Int, Int)
    switch unsafe Int32(raw.loadUnaligned(as: sa_family_t.self)) {
    // Family and port come first; in IPv6's also the flow label (ip(7), ipv6(7)).
    case AF_INET: (offset, size) = (4, 4)
    case AF_INET6: (offset, size) = (8, 16)
    default: return nil
    }
    guard count >= offset + size else { return nil }
    bytes = (0..<size).map { unsafe raw.load(fromByteOffset: offset + $0, as: UInt8.self) }
  }

  /// As it is written in an address of the web: IPv6 in brackets.
  var hostText: String { bytes.count == 4 ? description : "[\(description)]" }

  public var description: String {
    if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
    return stride(from: 0, to: 16, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
      .joined(separator: ":")
  }
}

/// A block of addresses: "192.168.1.0/24".
public struct IPNetwork: Hashable, Sendable {
  let address: IPAddress
  let prefix: Int

  /// An address and the number of leading bits that count; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(String(parts[0])), let prefix = Int(parts[1]),
      (0...address.bytes.count * 8).contains(prefix)
    else { return nil }
    self.address = address
    self.prefix = prefix
  }

  /// For the tables of this file.
  fileprivate init(known text: String) {
    guard let network = IPNetwork(text) else { preconditionFailure("\(text) is no network") }
    self = network
  }

  func contains(_ other: IPAddress) -> Bool {
    guard other.bytes.count == address.bytes.count else { return false }
    let whole = prefix / 8
    guard other.bytes[..<whole] == address.bytes[..<whole] else { return false }
    let rest = prefix % 8
    return rest == 0 || (other.bytes[whole] ^ address.bytes[whole]) >> UInt8(8 - rest) == 0
  }
}

/// Which addresses may be fetched from: those of the public internet, and networks that an administrator has allowed.
public struct AddressRules: Sendable {
  /// Networks that may be fetched from although they are not public: a music server at home.
  public var allowed: [IPNetwork]
  public init(allowed: [IPNetwork] = []) { self.allowed = allowed }

  public func allows(_ address: IPAddress) -> Bool {
    if allowed.contains(where: { $0.contains(address) }) { return true }
    if address.bytes.count == 4 { return !Self.notPublic4.contains { $0.contains(address) } }
    return Self.globalUnicast.contains(address) && !Self.notPublic6.contains { $0.contains(address) }
  }

  /// The IANA registry of special-purpose IPv4 addresses (RFC 6890), multicast (RFC 5771) and what is reserved (RFC 1112).
  private static let notPublic4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
  ].map(IPNetwork.init(known:))

  /// All that IPv6 has given out so far (RFC 4291, 2.4). Outside lie loopback, link-local, private and multicast addresses, and those
  /// that carry an IPv4 address: mapped (RFC 4291) and NAT64 (RFC 6052).
  private static let globalUnicast = IPNetwork(known: "2000::/3")

  /// Within: protocol assignments with Teredo (RFC 2928), documentation (RFC 3849, 9637), 6to4 (RFC 3056), AS112 (RFC 7534).
  private static let notPublic6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48"]
    .map(IPNetwork.init(known:))
}
