/// A template compiled against the models that it shows: every tag is already an access to a property,
/// so rendering looks nothing up.
struct Template: Sendable {
  private indirect enum Node: Sendable {
    case literal([UInt8])
    case text(Int, @Sendable (TemplateFrame) -> String)
    case optional(Int, @Sendable (TemplateFrame) -> String?)
    case markup(Int, @Sendable (TemplateFrame) -> String)
    case item
    case condition(Int, @Sendable (TemplateFrame) -> Bool, shows: Bool, body: [Node])
    case each(Int, @Sendable (TemplateFrame) -> [TemplateFrame], body: [Node])
    case eachText(Int, @Sendable (TemplateFrame) -> [String], body: [Node])
  }

  private let nodes: [Node]

  /// - Parameters:
  ///   - scopes: the models on the stack when rendering starts, outermost first.
  ///   - sources: all templates by name, for partials.
  init(
    _ name: String, scopes: [TemplateSchema], sources: [String: TemplateSource]
  ) throws(TemplateError) {
    guard let source = sources[name] else {
      throw .unreadable(file: name + ".mustache", reason: "there is no such file")
    }
    nodes = try Compiler(sources: sources).compile(
      source.pieces, in: source, scopes: scopes, partials: [name])
  }

  func render(_ frames: [TemplateFrame], sizeHint: Int) -> [UInt8] {
    var rendering = Rendering(frames: frames)
    rendering.output.reserveCapacity(sizeHint)
    rendering.render(nodes)
    return rendering.output
  }

  private struct Rendering {
    var output: [UInt8] = []
    var frames: [TemplateFrame]
    /// The text that `{{.}}` stands for.
    var item = ""

    mutating func render(_ nodes: [Node]) {
      for node in nodes {
        switch node {
        case .literal(let bytes): output.append(contentsOf: bytes)
        case .text(let depth, let get): escape(get(frames[depth]))
        case .optional(let depth, let get): if let text = get(frames[depth]) { escape(text) }
        case .markup(let depth, let get): output.append(contentsOf: get(frames[depth]).utf8)
        case .item: escape(item)
        case .condition(let depth, let test, let shows, let body):
          if test(frames[depth]) == shows { render(body) }
        case .each(let depth, let get, let body):
          for frame in get(frames[depth]) {
            frames.append(frame)
            render(body)
            frames.removeLast()
          }
        case .eachText(let depth, let get, let body):
          let outer = item
          for text in get(frames[depth]) {
            item = text
            render(body)
          }
          item = outer
        }
      }
    }

    /// Safe in element content and in quoted attribute values.
    private mutating func escape(_ text: String) {
      let bytes = text.utf8
      guard bytes.contains(where: Self.needsEscape) else {
        output.append(contentsOf: bytes)
        return
      }
      for byte in bytes {
        switch byte {
        case UInt8(ascii: "&"): output.append(contentsOf: "&amp;".utf8)
        case UInt8(ascii: "<"): output.append(contentsOf: "&lt;".utf8)
        case UInt8(ascii: ">"): output.append(contentsOf: "&gt;".utf8)
        case UInt8(ascii: "\""): output.append(contentsOf: "&quot;".utf8)
        case UInt8(ascii: "'"): output.append(contentsOf: "&#39;".utf8)
        default: output.append(byte)
        }
      }
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "&") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
        || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    }
  }

  private struct Compiler {
    let sources: [String: TemplateSource]

    func compile(
      _ pieces: [TemplateSource.Piece], in source: TemplateSource, scopes: [TemplateSchema],
      partials: [String], item: Bool = false
    ) throws(TemplateError) -> [Node] {
      var nodes: [Node] = []
      for piece in pieces {
        switch piece {
        case .text(let text): nodes.append(.literal(Array(text.utf8)))
        case .value(".", let line):
          guard item else {
            throw .wrongUse(file: source.file, line: line, tag: ".", message: "is not inside a list of texts")
          }
          nodes.append(.item)
        case .value(let tag, let line):
          nodes.append(try value(tag, line: line, in: source, scopes: scopes))
        case .markup(let tag, let line):
          let (depth, access) = try find(tag, line: line, in: source, scopes: scopes)
          guard case .markup(let get) = access else {
            throw .wrongUse(
              file: source.file, line: line, tag: tag, message: "is not markup: write {{\(tag)}}")
          }
          nodes.append(.markup(depth, get))
        case .section(let tag, let inverted, let body, let line):
          nodes.append(
            try section(
              tag, inverted: inverted, body: body, line: line, in: source, scopes: scopes,
              partials: partials, item: item))
        case .partial(let name, let line):
          guard let partial = sources[name] else {
            throw .syntax(
              file: source.file, line: line, message: "there is no template \"\(name)\"")
          }
          guard !partials.contains(name) else {
            throw .syntax(file: source.file, line: line, message: "\"\(name)\" includes itself")
          }
          nodes += try compile(
            partial.pieces, in: partial, scopes: scopes, partials: partials + [name], item: item)
        }
      }
      return nodes
    }

    private func value(
      _ tag: String, line: Int, in source: TemplateSource, scopes: [TemplateSchema]
    ) throws(TemplateError) -> Node {
      let (depth, access) = try find(tag, line: line, in: source, scopes: scopes)
      switch access {
      case .text(let get): return .text(depth, get)
      case .optional(let get): return .optional(depth, get)
      case .markup:
        throw .wrongUse(
          file: source.file, line: line, tag: tag, message: "is markup: write {{{\(tag)}}}")
      case .flag, .texts, .models:
        throw .wrongUse(file: source.file, line: line, tag: tag, message: "is not text")
      }
    }

    private func section(
      _ tag: String, inverted: Bool, body: [TemplateSource.Piece], line: Int,
      in source: TemplateSource, scopes: [TemplateSchema], partials: [String], item: Bool
    ) throws(TemplateError) -> Node {
      let (depth, access) = try find(tag, line: line, in: source, scopes: scopes)
      let test: @Sendable (TemplateFrame) -> Bool
      switch access {
      case .flag(let get): test = get
      case .text(let get), .markup(let get): test = { !get($0).isEmpty }
      case .optional(let get): test = { get($0)?.isEmpty == false }
      case .texts(let get):
        if !inverted {
          let body = try compile(body, in: source, scopes: scopes, partials: partials, item: true)
          return .eachText(depth, get, body: body)
        }
        test = { !get($0).isEmpty }
      case .models(let schema, let get):
        if !inverted {
          let body = try compile(
            body, in: source, scopes: scopes + [schema()], partials: partials, item: item)
          return .each(depth, get, body: body)
        }
        test = { !get($0).isEmpty }
      }
      let body = try compile(body, in: source, scopes: scopes, partials: partials, item: item)
      return .condition(depth, test, shows: !inverted, body: body)
    }

    /// The innermost model that has the name.
    private func find(
      _ tag: String, line: Int, in source: TemplateSource, scopes: [TemplateSchema]
    ) throws(TemplateError) -> (depth: Int, TemplateSchema.Access) {
      for (depth, schema) in scopes.enumerated().reversed() {
        if let access = schema.fields[tag] { return (depth, access) }
      }
      throw .unknownTag(
        file: source.file, line: line, tag: tag, models: scopes.reversed().map(\.name))
    }
  }
}
