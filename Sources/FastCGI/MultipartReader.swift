import Glibc

/// Reads a `multipart/form-data` body (RFC 7578) as it comes, so that a file of any size takes no memory.
struct MultipartReader {
  /// Where the bytes of files go.
  enum Files {
    case memory
    /// New files in this folder, of so many bytes together.
    case folder(String, limit: Int)
  }

  private let delimiter: [UInt8]
  private let limits: Request.Limits
  private let files: Files
  private let read: (Int) -> [UInt8]
  /// Bytes of the body that are still to come.
  private var rest: Int
  /// What was read and not yet passed. The body of the first part may begin at once, so a line end stands in front.
  private var buffer = lineEnd
  private var position = 0
  private var bytesOfText = 0
  private var bytesOfFiles = 0

  /// - Parameters:
  ///   - contentType: the header's value, with the boundary.
  ///   - count: the announced length of the body.
  ///   - read: so many bytes of the body; fewer only at its end.
  init(
    contentType: String, count: Int, limits: Request.Limits, files: Files, read: @escaping (Int) -> [UInt8]
  ) throws(RequestError) {
    guard let boundary = HeaderParameters(contentType)["boundary"], (1...70).contains(boundary.utf8.count) else {
      throw .malformed("the multipart boundary is missing")
    }
    delimiter = lineEnd + Array("--\(boundary)".utf8)
    rest = count
    self.limits = limits
    self.files = files
    self.read = read
  }

  /// The fields in order. When this throws, the files that were begun are gone.
  mutating func form() throws(RequestError) -> Form {
    var form = Form()
    do throws(RequestError) {
      try pass(to: delimiter) { _ throws(RequestError) in }
      while true {
        try fill(2)
        if buffer[position...].starts(with: Array("--".utf8)) { return form }
        guard form.fields.count < limits.fields else { throw .malformed("more than \(limits.fields) parts") }
        try readPart(into: &form)
      }
    } catch {
      form.removeFiles()
      throw error
    }
  }

  private mutating func readPart(into form: inout Form) throws(RequestError) {
    // What stands between the boundary and the line end is padding (RFC 2046, 5.1.1).
    try pass(to: lineEnd) { _ throws(RequestError) in }
    position -= lineEnd.count
    let limit = limits.head
    var head: [UInt8] = []
    try pass(to: lineEnd + lineEnd) { bytes throws(RequestError) in
      guard head.count + bytes.count <= limit else { throw .malformed("the head of a part is too long") }
      head += bytes
    }
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    let parameters = HeaderParameters(String(lines.first { $0.lowercased().hasPrefix("content-disposition:") } ?? ""))
    guard let name = parameters["name"] else { throw .malformed("a part of the multipart body has no name") }
    if let fileName = parameters["filename"] {
      try readFile(name: name, fileName: fileName, into: &form)
    } else {
      let bytes = try content()
      guard let value = String(validating: bytes, as: UTF8.self) else {
        throw .malformed("the field \(name) is not valid UTF-8")
      }
      form.append(name: name, value: value)
    }
  }

  private mutating func readFile(name: String, fileName: String, into form: inout Form) throws(RequestError) {
    guard case .folder(let folder, let limit) = files else {
      return form.append(name: name, fileName: fileName, bytes: try content())
    }
    let path = "\(folder)/\(String(UInt64.random(in: 0 ... .max), radix: 16))-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .notKept(code: errno) }
    defer { close(descriptor) }
    // Known to the form from now on, so that whoever lets go of it removes the file.
    form.append(name: name, fileName: fileName, path: path)
    var count = bytesOfFiles
    try passContent { bytes throws(RequestError) in
      count += bytes.count
      guard count <= limit else { throw .tooLarge(limit: limit) }
      try Self.write(bytes, to: descriptor)
    }
    bytesOfFiles = count
  }

  private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(RequestError) {
    var rest = bytes
    while !rest.isEmpty {
      let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw .notKept(code: errno) }
      rest = rest.dropFirst(written)
    }
  }

  /// A part's content in memory.
  private mutating func content() throws(RequestError) -> [UInt8] {
    let limit = limits.body
    var all: [UInt8] = []
    var count = bytesOfText
    try passContent { bytes throws(RequestError) in
      count += bytes.count
      guard count <= limit else { throw .tooLarge(limit: limit) }
      all += bytes
    }
    bytesOfText = count
    return all
  }

  /// Up to the next boundary. The line end after an empty head may belong to it already.
  private mutating func passContent(_ take: (ArraySlice<UInt8>) throws(RequestError) -> Void) throws(RequestError) {
    try fill(delimiter.count - lineEnd.count)
    position -= lineEnd.count
    if !buffer[position...].starts(with: delimiter) { position += lineEnd.count }
    try pass(to: delimiter, take)
  }

  /// Hands on what comes before a pattern, piece by piece, and goes behind it.
  private mutating func pass(
    to pattern: [UInt8], _ take: (ArraySlice<UInt8>) throws(RequestError) -> Void
  ) throws(RequestError) {
    while true {
      if let found = buffer.firstIndex(of: pattern, from: position) {
        if found > position { try take(buffer[position..<found]) }
        position = found + pattern.count
        return
      }
      // The pattern may have begun in the last bytes; the two before them are kept for going back to a line end.
      let end = max(position, buffer.count - (pattern.count - 1))
      if end > position { try take(buffer[position..<end]) }
      position = end
      try fill(buffer.count - position + 1)
    }
  }

  /// Reads until so many bytes lie ahead.
  private mutating func fill(_ count: Int) throws(RequestError) {
    while buffer.count - position < count {
      let dropped = max(0, position - lineEnd.count)
      buffer.removeFirst(dropped)
      position -= dropped
      let more = rest > 0 ? read(min(1 << 16, rest)) : []
      guard !more.isEmpty else { throw .malformed("the multipart body ended early") }
      rest -= more.count
      buffer += more
    }
  }
}

private let lineEnd = Array("\r\n".utf8)

/// The parameters of a header value such as `form-data; name="a"` (RFC 9110, 5.6.6).
private struct HeaderParameters {
  private var values: [String: String] = [:]

  init(_ text: String) {
    var rest = text.drop { $0 != ";" }.dropFirst()
    while let equals = rest.firstIndex(of: "=") {
      let name = rest[..<equals].filter { !$0.isWhitespace && $0 != ";" }.lowercased()
      rest = rest[rest.index(after: equals)...]
      var value = ""
      if rest.first == "\"" {
        rest = rest.dropFirst()
        while let character = rest.popFirst(), character != "\"" {
          value.append(character == "\\" ? rest.popFirst() ?? "\\" : character)
        }
        rest = rest.drop { $0 != ";" }
      } else {
        value = rest.prefix { $0 != ";" }.filter { !$0.isWhitespace }
        rest = rest.drop { $0 != ";" }
      }
      values[name] = value
    }
  }

  subscript(name: String) -> String? { values[name] }
}

extension [UInt8] {
  /// Where a pattern begins at or after a place.
  fileprivate func firstIndex(of pattern: [UInt8], from start: Int) -> Int? {
    guard let first = pattern.first, count >= pattern.count else { return nil }
    let last = count - pattern.count
    var index = start
    while index <= last, let next = self[index...last].firstIndex(of: first) {
      if self[next..<next + pattern.count].elementsEqual(pattern) { return next }
      index = next + 1
    }
    return nil
  }
}
