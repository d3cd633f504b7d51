import Generation
import JSON

/// Every call of the API, from the description that programs get at /api/v1/openapi.json.
struct DocsPage: Page {
  static let name = "docs"
  var section: Section? { .help }

  var chapters: [DocsChapter]

  var documentTitle: String { "API" }

  static let fields: TemplateFields<Self> = ["chapters": .list(\.chapters)]
}

struct DocsChapter: TemplateModel {
  let id: String
  let title: String
  let calls: [DocsCall]

  static let fields: TemplateFields<Self> = ["chapterID": .text(\.id), "title": .text(\.title), "calls": .list(\.calls)]
}

struct DocsCall: TemplateModel {
  let id: String
  let method: String
  let path: String
  let summary: String
  /// What this call takes beside what every song does.
  let parameters: [DocsParameter]
  let takesSongParameters: Bool
  let curl: String
  /// "Job", "a list of Job".
  let answer: String
  let isPublic: Bool

  static let fields: TemplateFields<Self> = [
    "callID": .text(\.id), "method": .text(\.method), "path": .text(\.path), "summary": .text(\.summary), "parameters": .list(\.parameters),
    "takesSongParameters": .flag(\.takesSongParameters), "curl": .text(\.curl), "answer": .text(\.answer), "isPublic": .flag(\.isPublic),
  ]
}

struct DocsParameter: TemplateModel {
  let name: String
  let rule: String
  let isRequired: Bool

  static let fields: TemplateFields<Self> = ["name": .text(\.name), "rule": .text(\.rule), "isRequired": .flag(\.isRequired)]
}

extension DocsPage {
  /// - Parameter server: "https://music.example.org".
  init(server: String) {
    chapters = OpenAPI.chapters.enumerated().map { index, chapter in
      DocsChapter(id: "chapter-\(index + 1)", title: chapter.title, calls: chapter.operations.map { DocsCall($0, server: server) })
    }
  }

  static let sample = DocsPage(server: "http://localhost:8080")
}

extension DocsCall {
  init(_ operation: OpenAPI.Operation, server: String) {
    (id, path, summary) = (operation.id, operation.path, operation.summary)
    method = operation.method.uppercased()
    isPublic = operation.isPublic
    let base = Set(ParameterSchema.base.map(\.name))
    let taken = operation.task.map(ParameterSchema.parameters(of:)) ?? []
    let isSong = taken.count { base.contains($0.name) } > 5
    takesSongParameters = isSong
    let own = operation.fields + taken.filter { !isSong || !base.contains($0.name) }
    parameters = own.map { DocsParameter(name: $0.name, rule: $0.rule, isRequired: false) }
      + operation.members.pairs.map { member in
        DocsParameter(name: member.key, rule: Self.rule(of: member.value), isRequired: operation.required.contains(member.key))
      }
      + operation.query.map { DocsParameter(name: $0, rule: "in the query", isRequired: false) }
      + (operation.takesFile ? [DocsParameter(name: "file", rule: "a recording, as multipart/form-data", isRequired: false)] : [])
    curl = OpenAPI.curl(operation, server: server)
    let type = OpenAPI.answers[operation.id] ?? ""
    answer = OpenAPI.mediaAnswers[operation.id] ?? (type.hasPrefix("[") ? "a list of \(type.dropFirst().dropLast())" : type)
  }

  /// A JSON Schema in words.
  private static func rule(of schema: JSON) -> String {
    let types = (schema["type"]?.array?.compactMap(\.string) ?? schema["type"]?.string.map { [$0] } ?? []).map { $0 == "string" ? "text" : $0 }
    var words = [types.joined(separator: " or ")]
    if let choices = (schema["enum"] ?? schema["items"]?["enum"])?.array?.compactMap(\.string) { words.append("of \(choices.joined(separator: ", "))") }
    let (low, high) = (schema["minimum"]?.double, schema["maximum"]?.double)
    if let low, let high { words.append("from \(Int(low)) to \(Int(high))") }
    if let most = schema["maxLength"]?.int { words.append("of at most \(most) characters") }
    return words.joined(separator: " ")
  }
}
