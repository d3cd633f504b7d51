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
        name: form.account.name, email: form.account.email, passwordHash: PasswordHash.make(form.account.password))
      context.note(.accountMade, by: admin, "set up")
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
    var page = LoginPage(next: LocalPath(context.request.query["next"]).path)
    page.canRegister = try context.store.registration() == .open
    return try context.page(page, user: nil)
  }

  @Sendable static func login(_ context: Context) throws -> Response {
    let form = try context.ownForm()
    let name = form["login"]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    let next = LocalPath(form["next"]).path
    let user: User?
    do { user = try context.signingIn(name, form["password"] ?? "") } catch let refusal as HTTPError {
      let page = LoginPage(name: name, problem: refusal.message, next: next)
      return try refusal.headers.reduce(context.page(page, user: nil, status: refusal.status)) { $0.with($1.name, $1.value) }
    }
    guard let user else {
      let page = LoginPage(name: name, problem: "The name or the password is wrong.", next: next)
      return try context.page(page, user: nil, status: .unprocessable)
    }
    return try context.signIn(user, then: .redirect(to: next))
  }

  @Sendable static func logout(_ context: Context) throws -> Response {
    _ = try context.ownForm()
    return try context.signOut(then: .redirect(to: Address.login(next: "/").path))
  }
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
  let account: NewAccount

  init(_ form: Form) throws {
    func text(_ field: String) -> String { form[field]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "" }
    code = text("code")
    siteName = text("site_name")
    account = NewAccount(form)
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
    return complaints + account.complaints
  }

  /// The form again, filled in but for the password.
  func page(_ complaints: [(field: String, message: String)]) -> SetupPage {
    SetupPage(code: code, siteName: siteName, name: account.name, email: account.email, complaints: complaints)
  }
}
