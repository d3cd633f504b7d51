public import JSON

/// Parameters that break their rules, all of them at once.
public struct InvalidParameters: Error, Sendable, Equatable, CustomStringConvertible {
  public struct Fault: Sendable, Equatable {
    public let field: String
    /// The end of a sentence whose subject is the field: "must be between 1 and 8".
    public let message: String
    public init(field: String, message: String) {
      self.field = field
      self.message = message
    }
    public var sentence: String { "\(field) \(message)" }
  }
  /// `api.md` 3.3: "invalid_parameters" or "invalid_caption".
  public let code: String
  public let faults: [Fault]
  public init(code: String = "invalid_parameters", faults: [Fault]) {
    self.code = code
    self.faults = faults
  }
  public var description: String { faults.map(\.sentence).joined(separator: "; ") }
}

extension ParameterSchema {
  /// Validates a request body and gives it back normalised: canonical names, canonical values, defaults filled in,
  /// unknown and retired members left out (`api.md` 1.4 and 7).
  /// - Parameter fromForm: values are text and are coerced.
  /// - Throws: `InvalidParameters` naming every field at fault.
  public static func normalise(
    _ body: JSON.Members, for task: MusicTask, fromForm: Bool = false
  ) throws(InvalidParameters) -> JSON.Members {
    var result = JSON.Members()
    var faults: [InvalidParameters.Fault] = []
    for parameter in parameters(of: task) {
      let given = value(of: parameter, in: body)
      if let value = parameter.read(given.value, fromForm: fromForm) {
        result.append(parameter.name, value)
      } else {
        faults.append(.init(field: given.name, message: parameter.rule))
      }
    }
    if let start = result["cfg_interval_start"]?.double, let end = result["cfg_interval_end"]?.double, start > end {
      faults.append(.init(field: "cfg_interval_start", message: "must not be greater than cfg_interval_end"))
    }
    let missing = missingText(in: result, for: task)
    guard faults.isEmpty else { throw InvalidParameters(faults: faults) }
    if let missing { throw InvalidParameters(code: "invalid_caption", faults: [missing]) }
    return result
  }

  /// The value given for a parameter by its name or the first alias that has one, and the name it came under.
  private static func value(of parameter: Parameter, in body: JSON.Members) -> (name: String, value: JSON) {
    for name in [parameter.name] + parameter.aliases {
      guard let value = body[name], !value.isNull else { continue }
      if let text = value.string, text.trimmingBlanks().isEmpty { continue }
      return (name, value)
    }
    return (parameter.name, .null)
  }

  private static func missingText(in request: JSON.Members, for task: MusicTask) -> InvalidParameters.Fault? {
    let hasText = { (name: String) in request[name]?.string != nil }
    let hasPreset = request["genre_preset"]?.string.map { $0 != "Custom" } ?? false
    switch task {
    case .simple:
      return hasText("query") ? nil : .init(field: "query", message: "is required")
    case .text2music:
      return hasText("caption") || hasText("lyrics") || hasPreset
        ? nil : .init(field: "caption", message: "is required (or lyrics, or a genre_preset)")
    case .prompt2instrumental, .text2samples:
      return hasText("caption") || hasPreset
        ? nil : .init(field: "caption", message: "is required (alias prompt), or a genre_preset")
    }
  }

  /// The names of the parameters whose value in a normalised request is not the default.
  public static func changed(in request: JSON.Members, of task: MusicTask) -> [String] {
    parameters(of: task).filter { parameter in
      guard let value = request[parameter.name] else { return false }
      return value != parameter.defaultValue
    }.map(\.name)
  }
}
