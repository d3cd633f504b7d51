/// The sign-in form.
struct LoginPage: Page {
  static let name = "login"

  var login: FormField
  var password: FormField
  /// One sentence, the same for an unknown name and a wrong password.
  var problem: String?
  /// Where to go after signing in: a path of ours.
  var next: String
  /// Whether anybody may make an account.
  var canRegister = false

  var documentTitle: String { "Sign in" }

  static let fields: TemplateFields<Self> = [
    "login": .part(\.login),
    "password": .part(\.password),
    "problem": .optional(\.problem),
    "next": .text(\.next),
    "canRegister": .flag(\.canRegister),
  ]
}

/// The first page of a new server: makes the first account.
struct SetupPage: Page {
  static let name = "setup"

  var entries: [FormField]
  var problems: [FormProblem]

  var documentTitle: String { problems.isEmpty ? "Set up" : "Please check the form" }

  static let fields: TemplateFields<Self> = [
    "entries": .list(\.entries), "hasProblems": .flag { !$0.problems.isEmpty }, "problems": .list(\.problems),
  ]
}

extension LoginPage {
  init(name: String = "", problem: String? = nil, next: String = "/") {
    login = FormField(
      name: "login", label: "Name or e-mail", value: name,
      control: .credential(type: "text", autocomplete: "username"), isRequired: true)
    password = FormField(
      name: "password", label: "Password",
      control: .credential(type: "password", autocomplete: "current-password"), isRequired: true)
    self.problem = problem
    self.next = next
  }

  static let sample = LoginPage()
  static let openSample: LoginPage = {
    var page = LoginPage()
    page.canRegister = true
    return page
  }()
  static let refusedSample = LoginPage(name: "martim", problem: "The name or the password is wrong.")
}

extension SetupPage {
  /// - Parameter complaints: a sentence by field name.
  init(
    code: String = "", siteName: String = "Cantiga", name: String = "", email: String = "",
    complaints: [(field: String, message: String)] = []
  ) {
    func complaint(_ field: String) -> String? { complaints.first { $0.field == field }?.message }
    entries = [
      FormField(
        name: "code", label: "Setup code",
        help: "The server wrote it to its log when it started. It shows that this server is yours.",
        value: code, control: .line(maxLength: 40), isRequired: true, error: complaint("code")),
      FormField(
        name: "site_name", label: "Name of this studio", help: "Stands in the corner of every page.",
        value: siteName, control: .line(maxLength: 60), isRequired: true,
        error: complaint("site_name")),
    ] + NewAccount.entries(name: name, email: email, complaints: complaints)
    problems = complaints.map { FormProblem(field: $0.field, message: $0.message) }
  }

  static let sample = SetupPage()
  static let refusedSample = SetupPage(
    code: "1234", name: "Martim",
    complaints: [
      ("code", "The setup code is not the one in the log."),
      ("password", "The password must have 8 to 200 characters, with at least one letter and one digit."),
    ])
}
