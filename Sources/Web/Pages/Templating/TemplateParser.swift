/// A template as written: text and tags in a tree, with the line of each tag.
///
/// The part of Mustache that the pages use: `{{name}}`, `{{{name}}}`, `{{#name}}`, `{{^name}}`, `{{/name}}`,
/// `{{> partial}}`, `{{! comment}}`, `{{.}}`. A section, partial or comment alone on its line leaves no
/// line behind, and the indentation of a line is dropped: it means nothing in our HTML.
struct TemplateSource: Sendable {
  indirect enum Piece: Sendable {
    case text(String)
    case value(String, line: Int)
    case markup(String, line: Int)
    case section(String, inverted: Bool, body: [Piece], line: Int)
    case partial(String, line: Int)
  }

  let file: String
  let pieces: [Piece]

  init(file: String, text: String) throws(TemplateError) {
    self.file = file
    var parser = TemplateParser(file: file, text: text)
    pieces = try parser.parse()
  }
}

private struct TemplateParser {
  let file: String
  private let lines: [Substring]
  private var open: [(name: String, inverted: Bool, line: Int, before: [TemplateSource.Piece])] = []
  private var pieces: [TemplateSource.Piece] = []

  init(file: String, text: String) {
    self.file = file
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  mutating func parse() throws(TemplateError) -> [TemplateSource.Piece] {
    for (index, line) in lines.enumerated() {
      let content = line.drop { $0 == " " || $0 == "\t" }
      let standsAlone = try parse(content, line: index + 1)
      if index + 1 < lines.count, !content.isEmpty, !standsAlone { append("\n") }
    }
    if let section = open.last {
      throw .syntax(
        file: file, line: section.line, message: "the section \"\(section.name)\" is never closed")
    }
    return pieces
  }

  /// - Returns: whether the line holds one tag that shows nothing, and no text.
  private mutating func parse(_ content: Substring, line: Int) throws(TemplateError) -> Bool {
    var rest = content
    var silentTags = 0
    var shown = false
    while let start = rest.firstRange(of: "{{") {
      if start.lowerBound > rest.startIndex {
        append(String(rest[..<start.lowerBound]))
        shown = true
      }
      let triple = rest[start.upperBound...].first == "{"
      let from = triple ? rest.index(after: start.upperBound) : start.upperBound
      guard let end = rest[from...].firstRange(of: triple ? "}}}" : "}}") else {
        throw .syntax(file: file, line: line, message: "a tag is not closed on its line")
      }
      let tag = rest[from..<end.lowerBound]
      rest = rest[end.upperBound...]
      if triple {
        pieces.append(.markup(trimmed(tag), line: line))
        shown = true
      } else if try add(tag, line: line) {
        silentTags += 1
      } else {
        shown = true
      }
    }
    if !rest.isEmpty { append(String(rest)) }
    return silentTags == 1 && !shown && rest.allSatisfy { $0 == " " }
  }

  /// - Returns: whether the tag itself shows nothing.
  private mutating func add(_ tag: Substring, line: Int) throws(TemplateError) -> Bool {
    let name = trimmed(tag.dropFirst())
    switch tag.first {
    case "!": break
    case ">": pieces.append(.partial(name, line: line))
    case "#", "^":
      open.append((name, tag.first == "^", line, pieces))
      pieces = []
    case "/":
      guard let section = open.popLast(), section.name == name else {
        throw .syntax(file: file, line: line, message: "\"\(name)\" is closed here but not open")
      }
      let body = pieces
      pieces = section.before
      pieces.append(
        .section(name, inverted: section.inverted, body: body, line: section.line))
    default:
      pieces.append(.value(trimmed(tag), line: line))
      return false
    }
    return true
  }

  private mutating func append(_ text: String) {
    if case .text(let before) = pieces.last {
      pieces[pieces.count - 1] = .text(before + text)
    } else {
      pieces.append(.text(text))
    }
  }

  private func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
