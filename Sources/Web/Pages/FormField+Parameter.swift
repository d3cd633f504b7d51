import Generation
import JSON

/// Complaints about parameters, by canonical name, in sentences.
struct FieldComplaints {
  let problems: [FormProblem]
  let names: [String]
  private let sentences: [String: String]

  init(_ faults: [InvalidParameters.Fault], parameters: [Parameter]) {
    var problems: [FormProblem] = []
    var sentences: [String: String] = [:]
    for fault in faults {
      // Of the whole order.
      if fault.field.isEmpty {
        problems.append(FormProblem(field: nil, message: fault.message))
        continue
      }
      let parameter = parameters.first { $0.name == fault.field || $0.aliases.contains(fault.field) }
      let name = fault.field == "query" ? "caption" : parameter?.name ?? fault.field
      let title = parameter?.title ?? ParameterSchema.parameter(named: name)?.title ?? name
      let sentence = name == "caption" && fault.message.hasPrefix("is required")
        ? "Describe the song first, or choose a style." : "\(title) \(fault.message)" + (fault.message.hasSuffix(".") ? "" : ".")
      sentences[name] = sentence
      let control = ["audio_duration": "length_custom", "checkpoint": "engine"][name] ?? name
      problems.append(FormProblem(field: control, message: sentence))
    }
    self.problems = problems
    self.sentences = sentences
    names = sentences.keys.sorted()
  }

  subscript(name: String) -> String? { sentences[name] }
}

extension FormField {
  /// The control of a parameter, made from the table that validates it.
  /// - Parameter control: where another than the type's own says more.
  init(
    _ parameter: Parameter, value: String, control: Control? = nil, placeholder: String? = nil, error: String? = nil,
    unusedNote: String? = nil
  ) {
    self.init(
      name: parameter.name, label: parameter.title, help: parameter.help, value: value,
      control: control ?? Control(parameter, value), placeholder: placeholder ?? (parameter.isDrawn ? "random" : nil), error: error,
      unusedNote: unusedNote)
  }
}

extension FormField.Control {
  init(_ parameter: Parameter, _ value: String) {
    switch parameter.kind {
    case .boolean: self = .checkbox
    case .text(let maximum): self = maximum > 3000 ? .paragraph(rows: 10, maxLength: maximum) : .line(maxLength: maximum)
    case .integer(let range): self = .number(min: String(range.lowerBound), max: String(range.upperBound), step: "1")
    case .number(let range), .clampedNumber(let range, _), .duration(let range):
      self = .number(min: ValueText.text(.double(range.lowerBound)), max: ValueText.text(.double(range.upperBound)), step: "any")
    case .choice(let words, _):
      self = .choice(words.map { Choice(value: $0, label: $0, isChosen: $0 == value) })
    case .meter:
      self = .choice([("", "chosen for you")] .map { Choice(value: $0.0, label: $0.1, isChosen: value.isEmpty) }
        + ["2/4", "3/4", "4/4", "6/8"].map { Choice(value: $0, label: $0, isChosen: $0 == value) })
    case .webAddress: self = .url
    case .adapter: self = .choice([Choice(value: "", label: "none installed", isChosen: true)])
    case .integers, .key, .language, .preset: self = .line(maxLength: 200)
    }
  }
}
