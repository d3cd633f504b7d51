import CCurl
import Glibc

/// Fetches a file from an address that somebody else chose, without being made a tool against the network that the server is in.
///
/// Every hop is looked up here, every one of its addresses is checked against `AddressRules`, and the connection goes to a checked
/// address or is not opened. Redirects are followed here, a hop at a time. Nothing of the environment is used: no proxy, no cookies, no
/// credentials; and nothing is decompressed.
public struct Fetcher: Sendable {
  /// Bounds on what is fetched.
  public struct Limits: Sendable {
    /// Of the file.
    public var bytes = 100 << 20
    /// For all hops together, without looking up names.
    public var seconds = 120.0
    /// Bytes a second: what stays below it for ten seconds is given up.
    public var slowest = 8 << 10
    public var redirects = 3
    public init() {}
  }

  public let rules: AddressRules
  public let limits: Limits
  private let agent: String

  /// - Parameter agent: how requests name themselves: "Cantiga/1.2".
  public init(rules: AddressRules = AddressRules(), limits: Limits = Limits(), agent: String) {
    self.rules = rules
    self.limits = limits
    self.agent = agent
  }

  /// Fetches an address into a new file.
  /// - Parameters:
  ///   - path: where no file is yet; there is none either when this throws.
  ///   - checkCancellation: called about once a second; what it throws ends the fetching and is thrown.
  /// - Returns: the size in bytes.
  /// - Throws: `FetchError`.
  @discardableResult
  public func fetch(
    _ address: WebAddress, to path: String, checkCancellation: @escaping @Sendable () throws -> Void = {}
  ) throws -> Int {
    let deadline = ContinuousClock.now + .seconds(limits.seconds)
    let receiver = try Receiver(path: path, limit: limits.bytes, rules: rules, checkCancellation: checkCancellation)
    do {
      var hop = address
      for _ in 0...limits.redirects {
        let pinned = try addresses(of: hop)
        try checkCancellation()
        let left = (deadline - .now) / .seconds(1)
        guard left > 0 else { throw FetchError.tooSlow }
        let transfer = try Transfer(hop, pinned: pinned, receiver: receiver, seconds: left, slowest: limits.slowest, agent: agent)
        guard let next = try transfer.perform() else {
          guard receiver.count > 0 else { throw FetchError.empty }
          return receiver.count
        }
        let target = try WebAddress(next)
        guard target.isSecure || !hop.isSecure else { throw FetchError.invalidAddress("a redirect leads from https to http") }
        hop = target
      }
      throw FetchError.tooManyRedirects(limit: limits.redirects)
    } catch {
      receiver.removeFile()
      throw error
    }
  }

  /// Posts a body to an address, under the same checks; what is answered is dropped, and a redirect is not followed.
  /// - Parameters:
  ///   - headers: names and values, without line ends.
  ///   - seconds: for all but looking the name up.
  /// - Returns: the status of the answer.
  /// - Throws: `FetchError`.
  public func post(_ body: [UInt8], to address: WebAddress, headers: [(name: String, value: String)], seconds: Double) throws -> Int {
    let pinned = try addresses(of: address)
    let receiver = try Receiver(path: nil, limit: 0, rules: rules, checkCancellation: {})
    let transfer = try Transfer(address, pinned: pinned, receiver: receiver, seconds: seconds, slowest: 1, agent: agent)
    return try transfer.perform(posting: body, headers: headers)
  }

  /// All addresses of a hop's host, none of them forbidden.
  func addresses(of hop: WebAddress) throws(FetchError) -> [IPAddress] {
    let found: [IPAddress]
    if let literal = IPAddress(hop.host) { found = [literal] } else { found = Self.lookUp(hop.host) }
    guard !found.isEmpty else { throw .unknownHost(hop.host) }
    guard found.allSatisfy(rules.allows) else { throw .forbiddenHost(hop.host) }
    return found
  }

  private static func lookUp(_ host: String) -> [IPAddress] {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { unsafe freeaddrinfo(list) }
    var found: [IPAddress] = []
    var next = unsafe list
    while let entry = unsafe next {
      if let raw = unsafe entry.pointee.ai_addr,
        let address = unsafe IPAddress(socketAddress: UnsafeRawPointer(raw), count: Int(entry.pointee.ai_addrlen)),
        !found.contains(address)
      { found.append(address) }
      unsafe next = entry.pointee.ai_next
    }
    return found
  }
}
