/// Makes an account: by an invitation, or where anybody may.
struct RegisterPage: Page {
  static let name = "register"

  /// Where the form goes: "/register", or the invitation's own address.
  var action: String
  /// Whether the account will be an administrator's.
  var isForAdmin = false
  var entries: [FormField]
  var problems: [FormProblem]

  var documentTitle: String { problems.isEmpty ? "Make an account" : "Please check the form" }

  static let fields: TemplateFields<Self> = [
    "action": .text(\.action), "isForAdmin": .flag(\.isForAdmin), "entries": .list(\.entries),
    "hasProblems": .flag { !$0.problems.isEmpty }, "problems": .list(\.problems),
  ]
}

/// Sets a new password by a link that the administrator made.
struct ResetPage: Page {
  static let name = "reset"

  var action: String
  /// Whose password it is.
  var accountName: String
  var password: FormField

  var documentTitle: String { "New password" }

  static let fields: TemplateFields<Self> = [
    "action": .text(\.action), "accountName": .text(\.accountName), "password": .part(\.password),
  ]
}

extension NewAccount {
  /// The fields that an account is made with.
  /// - Parameter complaints: a sentence by field name.
  static func entries(
    name: String = "", email: String = "", complaints: [(field: String, message: String)] = []
  ) -> [FormField] {
    func complaint(_ field: String) -> String? { complaints.first { $0.field == field }?.message }
    return [
      FormField(
        name: "name", label: "Your name", value: name, control: .credential(type: "text", autocomplete: "username"),
        isRequired: true, error: complaint("name")),
      FormField(
        name: "email", label: "E-mail", help: "Only to sign in with; nothing is sent.", value: email,
        control: .credential(type: "email", autocomplete: "email"), isRequired: true, error: complaint("email")),
      newPasswordField(error: complaint("password")),
    ]
  }

  static func newPasswordField(name: String = "password", label: String = "Password", error: String? = nil) -> FormField {
    FormField(
      name: name, label: label, help: "At least 8 characters, with a letter and a digit.",
      control: .credential(type: "password", autocomplete: "new-password"), isRequired: true, error: error)
  }
}

extension RegisterPage {
  init(action: String, account: NewAccount? = nil, complaints: [(field: String, message: String)] = []) {
    self.action = action
    entries = NewAccount.entries(name: account?.name ?? "", email: account?.email ?? "", complaints: complaints)
    problems = complaints.map { FormProblem(field: $0.field, message: $0.message) }
  }

  static let sample = RegisterPage(action: "/register")
  static let refusedSample = RegisterPage(
    action: "/invite/abc", account: NewAccount(name: "Inês", email: "x", password: ""),
    complaints: [("email", "That is not an e-mail address.")])
}

extension ResetPage {
  static let sample = ResetPage(action: "/reset/abc", accountName: "Inês", password: NewAccount.newPasswordField(label: "New password"))
}
