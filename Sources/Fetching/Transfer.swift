import CCurl
import Glibc

/// One request to one checked host: the owner of a libcurl handle.
@safe
final class Transfer {
  private let handle: UnsafeMutableRawPointer
  private let receiver: Receiver
  private let pins: UnsafeMutablePointer<curl_slist>?

  /// "This function must be called at least once within a program before the program calls any other function in libcurl"
  /// (curl_global_init(3)).
  private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// - Parameters:
  ///   - pinned: the only addresses that the host's name stands for.
  ///   - slowest: bytes a second.
  init(
    _ address: WebAddress, pinned: [IPAddress], receiver: Receiver, seconds: Double, slowest: Int, agent: String
  ) throws(FetchError) {
    guard Self.isReady, let handle = unsafe curl_easy_init() else { throw .connection("libcurl could not be started") }
    unsafe self.handle = unsafe handle
    self.receiver = receiver
    let hosts = pinned.map(\.hostText).joined(separator: ",")
    unsafe pins = IPAddress(address.host) == nil ? unsafe curl_slist_append(nil, "\(address.host):\(address.port):\(hosts)") : nil
    unsafe receiver.handle = unsafe handle
    text(CURLOPT_URL, address.text)
    text(CURLOPT_PROTOCOLS_STR, "http,https")
    text(CURLOPT_USERAGENT, agent)
    // Neither the environment nor a file decides where this goes or who it is.
    text(CURLOPT_PROXY, "")
    text(CURLOPT_NOPROXY, "*")
    number(CURLOPT_NETRC, 0)
    number(CURLOPT_FOLLOWLOCATION, 0)
    number(CURLOPT_NOSIGNAL, 1)
    number(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    number(CURLOPT_CONNECTTIMEOUT, 10)
    number(CURLOPT_TIMEOUT_MS, max(1, Int(seconds * 1000)))
    number(CURLOPT_LOW_SPEED_LIMIT, slowest)
    number(CURLOPT_LOW_SPEED_TIME, 10)
    number(CURLOPT_NOPROGRESS, 0)
    if receiver.limit > 0 { unsafe cantiga_curl_set_size(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(receiver.limit)) }
    if let pins = unsafe pins { unsafe cantiga_curl_set_list(handle, CURLOPT_RESOLVE, pins) }
    let own = unsafe Unmanaged.passUnretained(receiver).toOpaque()
    unsafe cantiga_curl_set_writer(handle) { bytes, size, count, own in unsafe Receiver.of(own).take(bytes, size * count) }
    unsafe cantiga_curl_set_pointer(handle, CURLOPT_WRITEDATA, own)
    unsafe cantiga_curl_set_watcher(handle) { own, _, _, _, _ in unsafe Receiver.of(own).isWanted() ? 0 : 1 }
    unsafe cantiga_curl_set_pointer(handle, CURLOPT_XFERINFODATA, own)
    unsafe cantiga_curl_set_socket_opener(handle) { own, _, address in unsafe Receiver.of(own).open(address) }
    unsafe cantiga_curl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, own)
  }

  deinit {
    unsafe curl_easy_cleanup(handle)
    unsafe curl_slist_free_all(pins)
  }

  /// Sends the request; the receiver takes the body of an answer with status 200.
  /// - Returns: where a redirect leads, or nil.
  /// - Throws: `FetchError`, or what the receiver's check for cancellation threw.
  func perform() throws -> String? {
    let code = unsafe curl_easy_perform(handle)
    if let problem = receiver.problem { throw problem }
    var status = 0
    unsafe cantiga_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    switch (code, status) {
    case (CURLE_OK, 200): return nil
    case (CURLE_OK, 301...303), (CURLE_OK, 307...308):
      var target: UnsafeMutablePointer<CChar>?
      unsafe cantiga_curl_get_text(handle, CURLINFO_REDIRECT_URL, &target)
      guard let found = unsafe target else { throw FetchError.status(status) }
      return unsafe String(cString: found)
    case (CURLE_OPERATION_TIMEDOUT, _): throw FetchError.tooSlow
    case (CURLE_FILESIZE_EXCEEDED, _): throw FetchError.tooLarge(limit: receiver.limit)
    case (_, 1...199), (_, 201...): throw FetchError.status(status)
    case (CURLE_COULDNT_RESOLVE_HOST, _): throw FetchError.connection("the host was not found")
    default: throw FetchError.connection(unsafe String(cString: curl_easy_strerror(code)))
    }
  }

  /// Sends a body with POST; what is answered is dropped.
  /// - Returns: the status, wherever a redirect may lead.
  /// - Throws: `FetchError`.
  func perform(posting body: [UInt8], headers: [(name: String, value: String)]) throws -> Int {
    var list: UnsafeMutablePointer<curl_slist>?
    // "Expect" is switched off: the body is small.
    for header in headers.map({ "\($0.name): \($0.value)" }) + ["Expect:"] { unsafe list = curl_slist_append(list, header) }
    defer { unsafe curl_slist_free_all(list) }
    number(CURLOPT_POST, 1)
    unsafe cantiga_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
    unsafe body.withUnsafeBytes { bytes in
      // Copied at once, by the size set above.
      _ = unsafe cantiga_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }
    if let list = unsafe list { unsafe cantiga_curl_set_list(handle, CURLOPT_HTTPHEADER, list) }
    let code = unsafe curl_easy_perform(handle)
    if let problem = receiver.problem { throw problem }
    var status = 0
    unsafe cantiga_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    switch code {
    // Of a long answer the rest is not read.
    case CURLE_OK, CURLE_WRITE_ERROR: if (100...999).contains(status) { return status }
    case CURLE_OPERATION_TIMEDOUT: throw FetchError.tooSlow
    default: break
    }
    throw FetchError.connection(unsafe String(cString: curl_easy_strerror(code)))
  }

  private func text(_ option: CURLoption, _ value: String) { unsafe cantiga_curl_set_text(handle, option, value) }
  private func number(_ option: CURLoption, _ value: Int) { unsafe cantiga_curl_set_long(handle, option, value) }
}

/// What libcurl calls while a transfer runs: it opens sockets to allowed addresses alone, and takes the body into a file.
@safe
final class Receiver {
  let limit: Int
  private(set) var count = 0
  /// Why the transfer was broken off from here.
  private(set) var problem: (any Error)?
  /// Of the transfer that runs.
  var handle: UnsafeMutableRawPointer?
  /// Nil where nothing is kept.
  private let path: String?
  private let descriptor: Int32
  private let rules: AddressRules
  private let checkCancellation: () throws -> Void
  private var dropped = 0
  private var lastCheck = ContinuousClock.now

  init(path: String?, limit: Int, rules: AddressRules, checkCancellation: @escaping () throws -> Void) throws(FetchError) {
    unsafe handle = nil
    self.path = path
    self.limit = limit
    self.rules = rules
    self.checkCancellation = checkCancellation
    guard let path else {
      descriptor = -1
      return
    }
    descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .cannotWrite(path: path, code: errno) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  static func of(_ pointer: UnsafeMutableRawPointer?) -> Receiver {
    guard let pointer = unsafe pointer else { preconditionFailure("libcurl gives back what it was given") }
    return unsafe Unmanaged<Receiver>.fromOpaque(pointer).takeUnretainedValue()
  }

  func removeFile() { if let path { unsafe unlink(path) } }

  /// A body's bytes; gives how many were taken, and fewer end the transfer.
  func take(_ bytes: UnsafeMutablePointer<CChar>?, _ size: Int) -> Int {
    guard let bytes = unsafe bytes, let handle = unsafe handle else { return 0 }
    guard let path else {
      dropped += size
      return dropped <= 64 << 10 ? size : 0
    }
    var status = 0
    unsafe cantiga_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    if status != 200 {
      // A redirect's body is read to its end, for only then does libcurl say where it leads, but not for long.
      dropped += size
      return (300..<400).contains(status) && dropped <= 64 << 10 ? size : 0
    }
    guard count + size <= limit else { return stop(FetchError.tooLarge(limit: limit)) }
    var written = 0
    while written < size {
      let step = unsafe write(descriptor, bytes + written, size - written)
      if step < 0, errno == EINTR { continue }
      guard step > 0 else { return stop(FetchError.cannotWrite(path: path, code: errno)) }
      written += step
    }
    count += size
    return size
  }

  func isWanted() -> Bool {
    guard ContinuousClock.now - lastCheck >= .milliseconds(500) else { return true }
    lastCheck = .now
    do { try checkCancellation() } catch {
      problem = error
      return false
    }
    return true
  }

  /// A socket for an allowed address; no other is ever opened, whatever the name has come to stand for since it was looked up.
  func open(_ address: UnsafeMutablePointer<curl_sockaddr>?) -> curl_socket_t {
    let none: curl_socket_t = -1
    guard let address = unsafe address, let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return none }
    let raw = unsafe UnsafeRawPointer(address) + offset
    guard let target = unsafe IPAddress(socketAddress: raw, count: Int(address.pointee.addrlen)), rules.allows(target) else {
      problem = FetchError.forbiddenHost("the host")
      return none
    }
    return unsafe socket(address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
  }

  private func stop(_ error: any Error) -> Int {
    problem = error
    return 0
  }
}
