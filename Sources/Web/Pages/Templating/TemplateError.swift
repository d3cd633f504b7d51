/// Why the templates can't be used. Each names the file and line to mend.
public enum TemplateError: Error, Equatable, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  case syntax(file: String, line: Int, message: String)
  /// No model in scope has the name.
  case unknownTag(file: String, line: Int, tag: String, models: [String])
  /// The model has the name, but not for this use: `{{{name}}}` of text that needs escaping, say.
  case wrongUse(file: String, line: Int, tag: String, message: String)

  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "cannot read the template \(file): \(reason)"
    case .syntax(let file, let line, let message): "\(file):\(line): \(message)"
    case .unknownTag(let file, let line, let tag, let models):
      "\(file):\(line): no model in scope (\(models.joined(separator: ", "))) has \"\(tag)\""
    case .wrongUse(let file, let line, let tag, let message): "\(file):\(line): \"\(tag)\" \(message)"
    }
  }
}
