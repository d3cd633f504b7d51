/// Holds every tag of a page's template against the models it shows, so that a misspelt one stops the start instead
/// of rendering nothing.
struct TemplateCheck {
  /// All templates' texts by name.
  let texts: [String: String]

  /// A place where tags are looked up: a model, or one text of a list of texts.
  private enum Scope {
    case model(TemplateSchema)
    case text
  }

  /// Checks the template `name` shown with these models on the stack, outermost first, and every partial it includes.
  /// - Parameter main: what `{{> *main}}` stands for.
  func check(_ name: String, main: String, models: [TemplateSchema]) throws(TemplateError) {
    try check(name, main: main, scopes: models.map(Scope.model), including: [])
  }

  private func check(_ name: String, main: String, scopes outer: [Scope], including: [String]) throws(TemplateError) {
    let file = name + ".mustache"
    guard let text = texts[name] else { throw .unreadable(file: file, reason: "there is no such file") }
    var scopes = outer
    /// Open sections: their name, their line and whether they pushed a scope.
    var open: [(name: String, line: Int, pushes: Bool)] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      var rest = line[...]
      while let start = rest.firstRange(of: "{{") {
        guard let end = rest[start.upperBound...].firstRange(of: "}}") else {
          throw .syntax(file: file, line: number + 1, message: "a tag is not closed on its line")
        }
        var tag = rest[start.upperBound..<end.lowerBound]
        rest = rest[end.upperBound...]
        let sigil = tag.first.flatMap { "#^/>!{".contains($0) ? tag.removeFirst() : nil }
        if sigil == "{" { rest = rest.drop { $0 == "}" } }
        let word = tag.filter { !$0.isWhitespace }
        let place = Place(file: file, line: number + 1, tag: word, scopes: scopes)
        switch sigil {
        case "!": break
        case ">":
          let partial = word == "*main" ? main : word
          guard partial != name, !including.contains(partial) else { throw .syntax(file: file, line: number + 1, message: "\"\(partial)\" includes itself") }
          try check(partial, main: main, scopes: scopes, including: including + [name])
        case "#", "^":
          let use = try place.find()
          var pushed: Scope?
          if sigil == "#" {
            if case .models(let schema) = use { pushed = .model(schema()) } else if case .texts = use { pushed = .text }
          }
          if let pushed { scopes.append(pushed) }
          open.append((word, number + 1, pushed != nil))
        case "/":
          guard let last = open.popLast(), last.name == word else {
            throw .syntax(file: file, line: number + 1, message: "\"\(word)\" is closed here but not open")
          }
          if last.pushes { scopes.removeLast() }
        default:
          try place.checkValue(isRaw: sigil == "{")
        }
      }
    }
    if let last = open.last { throw .syntax(file: file, line: last.line, message: "the section \"\(last.name)\" is never closed") }
  }

  private struct Place {
    let file: String
    let line: Int
    let tag: String
    let scopes: [Scope]

    /// What the innermost model that has the name allows.
    func find() throws(TemplateError) -> TemplateSchema.Use {
      var models: [String] = []
      for case .model(let schema) in scopes.reversed() {
        if let use = schema.uses[tag] { return use }
        models.append(schema.name)
      }
      throw .unknownTag(file: file, line: line, tag: tag, models: models)
    }

    func checkValue(isRaw: Bool) throws(TemplateError) {
      if tag == "." {
        guard case .text? = scopes.last else { throw wrongUse("is not inside a list of texts") }
        return
      }
      switch try find() {
      case .text: if isRaw { throw wrongUse("is not markup: write {{\(tag)}}") }
      case .markup: if !isRaw { throw wrongUse("is markup: write {{{\(tag)}}}") }
      case .flag, .texts, .models: throw wrongUse("is not text")
      }
    }

    private func wrongUse(_ message: String) -> TemplateError {
      .wrongUse(file: file, line: line, tag: tag, message: message)
    }
  }
}
