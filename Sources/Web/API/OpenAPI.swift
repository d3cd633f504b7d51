import FastCGI
import Generation
import JSON
import Music

/// The OpenAPI 3.1 document, made from the route table and from the schema that validates.
extension Routes {
  @Sendable static func openAPI(_ context: Context) throws -> Response {
    Response(json: OpenAPI.document(version: context.studio.settings.version, server: context.baseURL))
  }
}

enum OpenAPI {
  /// What the document says of one call.
  struct Operation {
    let method: String
    let path: String
    let id: String
    let summary: String
    var task: MusicTask?
    /// The body's parameters, where no task has them.
    var fields: [Parameter] = []
    /// The body's members that are no parameters of music, as JSON Schema; those in `required` must be there.
    var members: JSON.Members = [:]
    var required: [String] = []
    /// What a success answers, where it isn't 200.
    var success = 200
    var query: [String] = []
    var isPublic = false
    /// Whether the body may be multipart/form-data with the recording in a part named `file`.
    var takesFile = false
  }

  /// All calls, as the page /docs has them.
  static let chapters: [(title: String, operations: [Operation])] = [
    ("Songs", music.filter { $0.task != nil && $0.task?.workflow == nil }), ("Jobs, recordings and the studio", music.filter { $0.task == nil }),
    ("Score first", music.filter { $0.task?.workflow != nil }), ("Stems and MIDI", services), ("Likes and public links", sharing),
    ("Accounts and keys", accounts), ("Webhooks", webhooks), ("Credits", payments),
  ]
  static let operations = chapters.flatMap(\.operations)

  private static let music: [Operation] = [
    Operation(method: "post", path: "/api/v1/music/text2music", id: "text2music", summary: "Song from a description and lyrics", task: .text2music),
    Operation(method: "post", path: "/api/v1/music/prompt2instrumental", id: "prompt2instrumental", summary: "Instrumental from a description", task: .prompt2instrumental),
    Operation(method: "post", path: "/api/v1/music/text2rap", id: "text2rap", summary: "Rap over a beat", task: .text2rap),
    Operation(method: "post", path: "/api/v1/music/lyric2vocals", id: "lyric2vocals", summary: "A voice alone from lyrics", task: .lyric2vocals),
    Operation(method: "post", path: "/api/v1/music/text2samples", id: "text2samples", summary: "Loops and one-shots", task: .text2samples),
    Operation(method: "post", path: "/api/v1/music/simple", id: "simple", summary: "Song from one sentence", task: .simple),
    Operation(method: "post", path: "/api/v1/music/retake", id: "retake", summary: "Another take of a finished song", task: .retake),
    Operation(method: "post", path: "/api/v1/music/repaint", id: "repaint", summary: "One part of a finished song made anew", task: .repaint),
    Operation(method: "post", path: "/api/v1/music/extend", id: "extend", summary: "A finished song made longer at either end", task: .extend),
    Operation(method: "post", path: "/api/v1/music/edit", id: "edit", summary: "Other words over a finished song", task: .edit),
    Operation(method: "post", path: "/api/v1/music/cover", id: "cover", summary: "A recording's music in another style", task: .cover, takesFile: true),
    Operation(method: "post", path: "/api/v1/music/reference", id: "reference", summary: "New music guided by a recording", task: .reference, takesFile: true),
    Operation(method: "post", path: "/api/v1/music/extract-stem", id: "extractStem", summary: "One stem out of a recording", task: .extract, takesFile: true),
    Operation(method: "post", path: "/api/v1/music/extract", id: "extract", summary: "One stem out of a recording", task: .extract, takesFile: true),
    Operation(method: "post", path: "/api/v1/music/lego", id: "lego", summary: "A stem that plays along with a recording, by a base checkpoint", task: .lego, takesFile: true),
    Operation(method: "post", path: "/api/v1/music/complete", id: "complete", summary: "A recording with the stems it lacks, by a base checkpoint", task: .complete, takesFile: true),
    Operation(method: "post", path: "/api/v1/music/analyze", id: "analyze",
      summary: "Tempo, key, chords, form, caption and words of a recording; 503 with Retry-After while it is still listened to",
      fields: ParameterSchema.analysis, takesFile: true),
    Operation(method: "post", path: "/api/v1/music/uploads", id: "upload",
      summary: "Keep a recording of at most 100 MiB; its url is taken wherever a source is", takesFile: true),
    Operation(method: "get", path: "/api/v1/music/uploads", id: "uploads", summary: "Your uploads, newest first"),
    Operation(method: "get", path: "/api/v1/music/uploads/{id}", id: "uploadObject", summary: "One upload"),
    Operation(method: "delete", path: "/api/v1/music/uploads/{id}", id: "deleteUpload", summary: "Delete an upload"),
    Operation(method: "get", path: "/api/v1/music/jobs", id: "listJobs", summary: "Your jobs, newest first",
      query: ["skip", "limit", "task", "status", "song_type", "search", "language", "genre", "emotion", "liked", "sort_by", "sort_order"]),
    Operation(method: "get", path: "/api/v1/music/jobs/counts", id: "countJobs", summary: "How many jobs of each kind", query: ["status", "song_type"]),
    Operation(method: "get", path: "/api/v1/music/jobs/{id}", id: "getJob", summary: "One job"),
    Operation(method: "get", path: "/api/v1/music/jobs/{id}/status", id: "jobStatus", summary: "One job"),
    Operation(method: "get", path: "/api/v1/music/jobs/{id}/events", id: "jobEvents", summary: "Changes of one job as server-sent events"),
    Operation(method: "get", path: "/api/v1/events", id: "events", summary: "Changes of all your jobs as server-sent events"),
    Operation(method: "patch", path: "/api/v1/music/jobs/{id}", id: "relabelJob", summary: "Change the title or the picture address"),
    Operation(method: "delete", path: "/api/v1/music/jobs/{id}", id: "deleteJob", summary: "Delete a job and its files"),
    Operation(method: "post", path: "/api/v1/music/jobs/{id}/cancel", id: "cancelJob", summary: "Cancel a job that waits or runs"),
    Operation(method: "post", path: "/api/v1/music/jobs/{id}/retry", id: "retryJob", summary: "Put a failed job back into the queue"),
    Operation(method: "post", path: "/api/v1/music/jobs/{id}/stems", id: "requestStems",
      summary: "Ask for the stems of a finished variation (from 0); asked again, it tells how far they are", query: ["variation"]),
    Operation(method: "get", path: "/api/v1/music/jobs/{id}/stems", id: "listStems", summary: "The stems that were asked for, with links once they are made"),
    Operation(method: "post", path: "/api/v1/music/{id}/lrc", id: "timeLyrics", summary: "The timed lyrics of a finished job as LRC"),
    Operation(method: "post", path: "/api/v1/music/jobs/{id}/lrc", id: "timeLyricsOfJob", summary: "The timed lyrics of a finished job as LRC"),
    Operation(method: "get", path: "/api/v1/music/presets", id: "presets", summary: "Genre presets"),
    Operation(method: "get", path: "/api/v1/music/model/status", id: "modelStatus", summary: "Engines and queue"),
    Operation(method: "get", path: "/api/v1/music/sample-data", id: "sampleData", summary: "Bodies to try"),
    Operation(method: "get", path: "/api/v1/music/voices/{voice}", id: "voiceSample",
      summary: "A line sung by a kind of voice, as MP3; 202 until it is sung"),
    Operation(method: "get", path: "/api/v1/music/v3/availability", id: "v3Availability", summary: "Whether score-first calls are there"),
    Operation(method: "post", path: "/api/v1/music/v3/plan", id: "v3Plan", summary: "Write a score, no sound", task: .scorePlan),
    Operation(method: "post", path: "/api/v1/music/v3/revise", id: "v3Revise", summary: "Change a score in plain words", task: .scoreRevise),
    Operation(method: "post", path: "/api/v1/music/v3/edit", id: "v3Edit", summary: "Record a score", task: .scoreRecord),
    Operation(method: "post", path: "/api/v1/music/v3/generate", id: "v3Generate", summary: "Write a score and record it", task: .scoreGenerate),
    Operation(method: "get", path: "/api/v1/music/v3/jobs", id: "v3Jobs", summary: "Your score-first jobs, newest first", query: ["skip", "limit", "workflow", "source_job_id"]),
    Operation(method: "get", path: "/api/v1/music/v3/jobs/{id}", id: "v3Job", summary: "One score-first job"),
    Operation(method: "get", path: "/api/v1/music/v3/jobs/{id}/score", id: "v3Score", summary: "The score of a job"),
    Operation(method: "get", path: "/health", id: "health", summary: "200 when songs can be made", isPublic: true),
  ]

  static func document(version: String, server: String) -> JSON {
    var paths = JSON.Members()
    for operation in operations {
      var item = paths[operation.path]?.members ?? JSON.Members()
      item[operation.method] = describe(operation)
      paths[operation.path] = .object(item)
    }
    return [
      "openapi": "3.1.0",
      "info": ["title": "Cantiga", "version": .string(version), "license": ["name": "GPL-3.0-or-later"]],
      "servers": [["url": .string(server)]],
      "security": [["apiKey": []], ["accessToken": []]],
      "paths": .object(paths),
      "components": [
        "securitySchemes": [
          "apiKey": ["type": "apiKey", "in": "header", "name": "X-API-Key"],
          "accessToken": ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"],
        ],
        "schemas": .object(schemas),
      ],
    ]
  }

  private static let schemas: JSON.Members = {
    var schemas = JSON.Members(shapes.map { ($0.key, schema(ofShape: $0.value)) })
    schemas["Error"] = [
      "type": "object", "required": ["detail", "error", "message"],
      "properties": [
        "detail": ["type": ["string", "object"], "description": "As message; of the score-first calls an object with code and message."],
        "error": ["type": "string", "description": "A word for programs."], "message": ["type": "string", "description": "A sentence for people."],
        "errors": [
          "type": "array", "items": ["type": "object", "properties": ["field": ["type": "string"], "message": ["type": "string"]]],
        ],
      ],
    ]
    return schemas
  }()

  private static func describe(_ operation: Operation) -> JSON {
    var members: JSON.Members = ["operationId": .string(operation.id), "summary": .string(operation.summary)]
    var parameters: [JSON] = operation.query.map { ["name": .string($0), "in": "query", "schema": ["type": "string"]] }
    if operation.path.contains("{id}") {
      let isUpload = operation.path.contains("/uploads/")
      let schema: JSON = isUpload ? ["type": "string"] : ["type": "integer", "minimum": 1]
      parameters.append(["name": "id", "in": "path", "required": true, "schema": schema])
    }
    if operation.path.contains("{secret}") {
      parameters.append(["name": "secret", "in": "path", "required": true, "schema": ["type": "string"]])
    }
    if operation.path.contains("{voice}") {
      let kinds = VoiceKind.allCases.map { JSON.string($0.rawValue) }
      parameters.append(["name": "voice", "in": "path", "required": true, "schema": ["type": "string", "enum": .array(kinds)]])
    }
    if !parameters.isEmpty { members["parameters"] = .array(parameters) }
    if operation.isPublic { members["security"] = [] }
    if let body = requestBody(operation) { members["requestBody"] = ["required": true, "content": body] }
    let error: JSON = ["description": "Refused", "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Error"]]]]
    let success: JSON.Members = mediaAnswers[operation.id].map { [$0: [:]] }
      ?? ["application/json": ["schema": schema(ofType: (answers[operation.id] ?? "object")[...])]]
    var responses: JSON.Members = [String(operation.success): ["description": "Done", "content": .object(success)]]
    if let waiting = waitingAnswers[operation.id] {
      responses["202"] = ["description": .string(waiting), "content": ["text/plain": ["schema": ["type": "string"]]]]
    }
    responses["4XX"] = error
    responses["5XX"] = error
    members["responses"] = .object(responses)
    return .object(members)
  }

  /// By media type; nil where there is none.
  private static func requestBody(_ operation: Operation) -> JSON? {
    let fields = JSON.Members(operation.fields.map { ($0.name, schema(of: $0)) })
    var own = JSON.Members()
    for pair in fields.pairs + operation.members.pairs { own.append(pair.key, pair.value) }
    var object: JSON.Members = ["type": "object", "properties": .object(own)]
    if !operation.required.isEmpty { object["required"] = .array(operation.required.map(JSON.string)) }
    let values: JSON? = operation.task.map(requestSchema) ?? (own.pairs.isEmpty ? nil : .object(object))
    var content = JSON.Members()
    if let values {
      content["application/json"] = ["schema": values]
      content["application/x-www-form-urlencoded"] = ["schema": values]
    }
    if operation.takesFile {
      let file: JSON = ["type": "object", "properties": ["file": ["type": "string", "format": "binary"]]]
      content["multipart/form-data"] = ["schema": values.map { ["allOf": [$0, file]] } ?? file]
    }
    return values == nil && !operation.takesFile ? nil : .object(content)
  }

  private static func requestSchema(_ task: MusicTask) -> JSON {
    var properties = JSON.Members()
    for parameter in ParameterSchema.parameters(of: task) {
      properties[parameter.name] = schema(of: parameter)
      for alias in parameter.aliases {
        properties[alias] = ["$ref": .string("#/paths/\(task.path.replacing("/", with: "~1"))/post/requestBody/content/application~1json/schema/properties/\(parameter.name)")]
      }
    }
    return ["type": "object", "properties": .object(properties)]
  }

  /// JSON Schema of a parameter's type and range.
  static func schema(of parameter: Parameter) -> JSON {
    var members: JSON.Members
    switch parameter.kind {
    case .text(let maximum): members = ["type": ["string", "null"], "maxLength": .int(maximum)]
    case .boolean: members = ["type": ["boolean", "null"]]
    case .integer(let range): members = ["type": ["integer", "null"], "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]
    case .number(let range), .clampedNumber(let range, _):
      members = ["type": ["number", "null"], "minimum": .double(range.lowerBound), "maximum": .double(range.upperBound)]
    case .duration(let range): members = ["type": ["number", "null"], "minimum": -1, "maximum": .double(range.upperBound)]
    case .choice(let words, _): members = ["type": ["string", "null"], "examples": .array(words.map(JSON.string))]
    case .integers(let range, let count):
      members = [
        "type": ["array", "null"], "maxItems": .int(count),
        "items": ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)],
      ]
    case .meter: members = ["type": ["string", "integer", "null"], "examples": ["2/4", "3/4", "4/4", "6/8"]]
    case .preset: members = ["type": ["string", "null"], "examples": .array(GenrePreset.all.map { .string($0.name) })]
    case .key: members = ["type": ["string", "null"], "examples": ["A minor", "C Major"]]
    case .language, .adapter: members = ["type": ["string", "null"]]
    case .webAddress: members = ["type": ["string", "null"], "format": "uri"]
    }
    members["description"] = .string("\(parameter.title). \(parameter.help)")
    if !parameter.defaultValue.isNull { members["default"] = parameter.defaultValue }
    return .object(members)
  }
}
