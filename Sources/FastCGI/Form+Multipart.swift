extension Form {
  /// Reads `multipart/form-data` (RFC 7578) of a body already bounded in size.
  init(multipart body: [UInt8], contentType: String, limits: Request.Limits) throws(RequestError) {
    self.init()
    guard let boundary = HeaderParameters(contentType)["boundary"], (1...70).contains(boundary.utf8.count) else {
      throw .malformed("the multipart boundary is missing")
    }
    let delimiter = Array("--\(boundary)".utf8)
    guard var position = body.firstIndex(of: delimiter, from: 0) else {
      throw .malformed("the multipart body has no part")
    }
    position += delimiter.count
    while !body[position...].starts(with: Array("--".utf8)) {
      guard fields.count < limits.fields else { throw .malformed("more than \(limits.fields) parts") }
      guard let headStart = body.firstIndex(of: lineEnd, from: position),
        let headEnd = body.firstIndex(of: lineEnd + lineEnd, from: headStart),
        let next = body.firstIndex(of: lineEnd + delimiter, from: headEnd + 2)
      else { throw .malformed("the multipart body ended early") }
      let head = String(decoding: body[headStart..<headEnd], as: UTF8.self)
      let content = body[min(headEnd + 4, next)..<next]
      try appendPart(head: head, content: content)
      position = next + lineEnd.count + delimiter.count
      guard position < body.count else { throw .malformed("the multipart body ended early") }
    }
  }

  private mutating func appendPart(head: String, content: ArraySlice<UInt8>) throws(RequestError) {
    let disposition = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-disposition:") }
    let parameters = HeaderParameters(String(disposition ?? ""))
    guard let name = parameters["name"] else { throw .malformed("a part of the multipart body has no name") }
    if let fileName = parameters["filename"] {
      append(name: name, fileName: fileName, bytes: Array(content))
    } else {
      guard let value = String(validating: content, as: UTF8.self) else {
        throw .malformed("the field \(name) is not valid UTF-8")
      }
      append(name: name, value: value)
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
    var index = start
    while index <= count - pattern.count {
      if self[index] == first, self[index..<index + pattern.count].elementsEqual(pattern) { return index }
      index += 1
    }
    return nil
  }
}
