/// One control of a form, with its label, help, value and complaint.
struct FormField: TemplateModel {
  enum Control: Sendable {
    case line(maxLength: Int?)
    case paragraph(rows: Int, maxLength: Int?)
    case number(min: String, max: String, step: String)
    /// What a password manager fills in.
    case credential(type: String, autocomplete: String)
    case url
    case checkbox
    case choice([Choice])
  }

  /// The form's name for the value; the element's id too.
  let name: String
  let label: String
  var help: String
  /// For a checkbox: "on" when ticked.
  let value: String
  let control: Control
  let placeholder: String?
  let isRequired: Bool
  /// A sentence, when the value was refused.
  var error: String?
  /// Shown when the engine in use accepts the parameter and makes nothing of it.
  let unusedNote: String?

  init(
    name: String, label: String, help: String = "", value: String = "", control: Control,
    placeholder: String? = nil, isRequired: Bool = false, error: String? = nil,
    unusedNote: String? = nil
  ) {
    self.name = name
    self.label = label
    self.help = help
    self.value = value
    self.control = control
    self.placeholder = placeholder
    self.isRequired = isRequired
    self.error = error
    self.unusedNote = unusedNote
  }

  private var range: (min: String, max: String, step: String)? {
    if case .number(let min, let max, let step) = control { (min, max, step) } else { nil }
  }

  /// The type of an `<input>` that holds one line.
  private var inputType: String? {
    switch control {
    case .line: "text"
    case .number: "number"
    case .credential(let type, _): type
    case .url: "url"
    case .paragraph, .checkbox, .choice: nil
    }
  }

  private var maxLength: String? {
    switch control {
    case .line(let length), .paragraph(_, let length): length.map(String.init)
    default: nil
    }
  }

  private var rows: String? {
    if case .paragraph(let rows, _) = control { String(rows) } else { nil }
  }

  private var autocomplete: String {
    switch control {
    case .credential(_, let autocomplete): autocomplete
    default: "off"
    }
  }

  private var options: [Choice] {
    if case .choice(let options) = control { options } else { [] }
  }

  private var isCheckbox: Bool { if case .checkbox = control { true } else { false } }

  /// The ids of what explains the control to a screen reader.
  private var describedBy: String? {
    let ids = (help.isEmpty ? [] : ["\(name)-help"]) + (error == nil ? [] : ["\(name)-error"])
    return ids.isEmpty ? nil : ids.joined(separator: " ")
  }

  static let fields: TemplateFields<Self> = [
    "name": .text(\.name),
    "label": .text(\.label),
    "help": .text(\.help),
    "value": .text(\.value),
    "placeholder": .optional(\.placeholder),
    "isRequired": .flag(\.isRequired),
    "error": .optional(\.error),
    "unusedNote": .optional(\.unusedNote),
    "inputType": .optional(\.inputType),
    "maxLength": .optional(\.maxLength),
    "rows": .optional(\.rows),
    "autocomplete": .text(\.autocomplete),
    "min": .optional { $0.range?.min },
    "max": .optional { $0.range?.max },
    "step": .optional { $0.range?.step },
    "isCheckbox": .flag(\.isCheckbox),
    "isTicked": .flag { $0.isCheckbox && $0.value == "on" },
    "isParagraph": .flag { $0.rows != nil },
    "isChoice": .flag { !$0.options.isEmpty },
    "options": .list(\.options),
    "describedBy": .optional(\.describedBy),
  ]
}

/// One of several values to choose from.
struct Choice: TemplateModel {
  let value: String
  let label: String
  let isChosen: Bool

  init(value: String, label: String, isChosen: Bool) {
    self.value = value
    self.label = label
    self.isChosen = isChosen
  }

  static let fields: TemplateFields<Self> = [
    "value": .text(\.value),
    "label": .text(\.label),
    "isChosen": .flag(\.isChosen),
  ]
}

/// A line of the summary above a refused form: what is wrong, and where.
struct FormProblem: TemplateModel {
  /// The control's id, nil when the problem is of the whole form.
  let field: String?
  let message: String

  init(field: String?, message: String) {
    self.field = field
    self.message = message
  }

  static let fields: TemplateFields<Self> = [
    "field": .optional(\.field),
    "message": .text(\.message),
  ]
}
