import FastCGI
import Foundation
import Secrets
import Store

/// Making an account, and setting a forgotten password anew.
extension Routes {
  @Sendable static func showRegister(_ context: Context) throws -> Response {
    try context.page(try context.registerPage(), user: nil)
  }

  @Sendable static func registerFromPage(_ context: Context) throws -> Response {
    let form = try context.ownForm()
    let empty = try context.registerPage()
    let account = NewAccount(form)
    func refuse(_ complaints: [(field: String, message: String)]) throws -> Response {
      var page = RegisterPage(action: empty.action, account: account, complaints: complaints)
      page.isForAdmin = empty.isForAdmin
      return try context.page(page, user: nil, status: .unprocessable)
    }
    guard account.complaints.isEmpty else { return try refuse(account.complaints) }
    do {
      let user = try context.makeAccount(account, invitation: context.parameters["secret"])
      return try context.signIn(user, then: .redirect(to: Address.home.path))
    } catch StoreError.nameTaken {
      return try refuse([("name", StoreError.nameTaken.description)])
    } catch StoreError.emailTaken {
      return try refuse([("email", StoreError.emailTaken.description)])
    }
  }

  @Sendable static func showReset(_ context: Context) throws -> Response {
    try context.page(try context.resetPage(), user: nil)
  }

  @Sendable static func resetFromPage(_ context: Context) throws -> Response {
    let form = try context.ownForm()
    var page = try context.resetPage()
    let password = form["password"] ?? ""
    guard PasswordRule.allows(password) else {
      page.password.error = "The password \(PasswordRule.sentence)"
      return try context.page(page, user: nil, status: .unprocessable)
    }
    let user = try context.store.resetPassword(linkHash: context.secretHash, passwordHash: PasswordHash.make(password))
    context.note(.passwordReset, by: user)
    return try context.signIn(user, then: .redirect(to: Address.home.path))
  }
}

extension Context {
  fileprivate var secretHash: String { Secrets.hash(parameters["secret"] ?? "") }

  /// The empty form.
  /// - Throws: 403 or `StoreError.linkNotValid` where no account can be made.
  fileprivate func registerPage() throws -> RegisterPage {
    let secret = parameters["secret"]
    try requireRegistration(invitation: secret)
    var page = RegisterPage(action: (secret.map { Address.invitation(secret: $0) } ?? .register).path)
    page.isForAdmin = try secret != nil && store.link(secretHash: secretHash)?.purpose == .invite(.admin)
    return page
  }

  /// The empty form.
  /// - Throws: `StoreError.linkNotValid`.
  fileprivate func resetPage() throws -> ResetPage {
    guard case .reset(let userID)? = try store.link(secretHash: secretHash)?.purpose, let user = try store.user(id: userID) else {
      throw StoreError.linkNotValid
    }
    return ResetPage(
      action: Address.reset(secret: parameters["secret"] ?? "").path, accountName: user.name,
      password: NewAccount.newPasswordField(label: "New password"))
  }
}
