import FastCGI
import Foundation
import Secrets
import Store

/// Setting up, signing in and out.
extension Routes {
  @Sendable static func showSetup(_ context: Context) throws -> Response {
    guard try !context.store.hasAdminWithPassword() else { throw HTTPError.notFound }
    return try context.page(SetupPage(), user: nil)
  }

  @Sendable static func completeSetup(_ context: Context) throws -> Response {
    guard try !context.store.hasAdminWithPassword() else { throw HTTPError.notFound }
    let form = try SetupForm(try context.ownForm())
    let complaints = form.complaints(codeHash: try context.store.setting(.setupCodeHash))
    guard complaints.isEmpty else {
      return try context.page(form.page(complaints), user: nil, status: .unprocessable)
    }
    do {
      let admin = try context.store.completeSetup(
        name: form.name, email: form.email, passwordHash: PasswordHash.make(form.password))
      try context.store.set(.siteName, to: form.siteName)
      try context.store.set(.setupCodeHash, to: nil)
      return try context.signIn(admin, then: .redirect(to: Address.home.path))
    } catch StoreError.nameTaken {
      let complaint = [(field: "name", message: StoreError.nameTaken.description)]
      return try context.page(form.page(complaint), user: nil, status: .unprocessable)
    } catch StoreError.emailTaken {
      let complaint = [(field: "email", message: StoreError.emailTaken.description)]
      return try context.page(form.page(complaint), user: nil, status: .unprocessable)
    }
  }

  @Sendable static func showLogin(_ context: Context) throws -> Response {
    guard try context.store.hasAdminWithPassword() else { return .redirect(to: Address.setup.path) }
    if context.session != nil { return .redirect(to: Address.home.path) }
    return try context.page(LoginPage(next: LocalPath(context.request.query["next"]).path), user: nil)
  }

  @Sendable static func login(_ context: Context) throws -> Response {
    let form = try context.ownForm()
    let name = form["login"]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    let next = LocalPath(form["next"]).path
    let user = try context.store.user(named: name)
    let isRight = PasswordHash.verify(
      String((form["password"] ?? "").prefix(PasswordRule.maximumLength)),
      against: user?.passwordHash ?? decoyHash)
    guard let user, isRight, user.passwordHash != nil, user.isActive else {
      let page = LoginPage(name: name, problem: "The name or the password is wrong.", next: next)
      return try context.page(page, user: nil, status: .unprocessable)
    }
    return try context.signIn(user, then: .redirect(to: next))
  }

  @Sendable static func logout(_ context: Context) throws -> Response {
    _ = try context.ownForm()
    return try context.signOut(then: .redirect(to: Address.login(next: "/").path))
  }

  /// Checked for a name that nobody has, so that the time taken does not tell who exists.
  private static let decoyHash = PasswordHash.make(Secrets.randomToken())
}

/// A path of this site to go to next; anything else leads home.
struct LocalPath {
  let path: String

  init(_ text: String?) {
    let text = text ?? "/"
    // Browsers read "//host" and "/\host" as another site.
    let isLocal = text.hasPrefix("/") && !text.hasPrefix("//") && text.utf8.count < 500
      && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
    path = isLocal ? text : "/"
  }
}

/// What the first person of a new server typed.
struct SetupForm {
  let code: String
  let siteName: String
  let name: String
  let email: String
  let password: String

  init(_ form: Form) throws {
    func text(_ field: String) -> String { form[field]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "" }
    code = text("code")
    siteName = text("site_name")
    name = text("name")
    email = text("email")
    password = form["password"] ?? ""
  }

  /// What is wrong, in the order of the form.
  func complaints(codeHash: String?) -> [(field: String, message: String)] {
    var complaints: [(field: String, message: String)] = []
    if codeHash == nil || Secrets.hash(code) != codeHash {
      complaints.append(("code", "The setup code is not the one in the log."))
    }
    if siteName.isEmpty || siteName.count > 60 {
      complaints.append(("site_name", "The studio needs a name of at most 60 characters."))
    }
    if name.isEmpty || name.count > 60 { complaints.append(("name", "Your name needs 1 to 60 characters.")) }
    let parts = email.split(separator: "@", omittingEmptySubsequences: false)
    if parts.count != 2 || parts.contains(where: \.isEmpty) || email.count > 254 || email.contains(where: \.isWhitespace) {
      complaints.append(("email", "That is not an e-mail address."))
    }
    if !PasswordRule.allows(password) {
      complaints.append(("password", "The password \(PasswordRule.sentence)"))
    }
    return complaints
  }

  /// The form again, filled in but for the password.
  func page(_ complaints: [(field: String, message: String)]) -> SetupPage {
    SetupPage(code: code, siteName: siteName, name: name, email: email, complaints: complaints)
  }
}
