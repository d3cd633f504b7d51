import FastCGI
import Foundation
import Secrets
import Store

/// The reader's account.
extension Routes {
  @Sendable static func showAccount(_ context: Context, _ user: User) throws -> Response {
    try context.page(try AccountPage(of: user, in: context), user: user)
  }

  /// Shows the key in the answer itself: it is stored nowhere, so no later page could.
  @Sendable static func createKey(_ context: Context, _ user: User) throws -> Response {
    let name = try context.ownForm()["key_name"]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    guard (1...60).contains(name.count) else {
      var page = try AccountPage(of: user, in: context)
      page.keyName = AccountPage.nameField(value: name, error: "The key needs a name of 1 to 60 characters.")
      return try context.page(page, user: user, status: .unprocessable)
    }
    let secret = KeySecret()
    _ = try context.store.createAPIKey(
      userID: user.id, secretHash: secret.hash, prefix: secret.prefix, name: name)
    var page = try AccountPage(of: user, in: context)
    page.newKey = secret.text
    return try context.page(page, user: user)
  }

  @Sendable static func revokeKey(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    guard let id = context.parameters["id"].flatMap(Int64.init),
      try context.store.revokeAPIKey(id: id, userID: user.id)
    else { throw HTTPError.notFound }
    return .redirect(to: Address.account.path)
  }

  @Sendable static func chooseTheme(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    guard let theme = form["theme"].flatMap(Theme.init(rawValue:)) else {
      throw HTTPError.badRequest("The theme must be one of \(Theme.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    return Response.redirect(to: LocalPath(form["next"]).path)
      .with("Set-Cookie", "theme=\(theme.rawValue); Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax")
  }
}

extension AccountPage {
  init(of user: User, in context: Context) throws {
    let now = Date()
    accountName = user.name
    email = user.email ?? ""
    keys = try context.store.apiKeys(userID: user.id).map { key in
      KeyRow(
        id: Int(key.id), name: key.name, prefix: key.prefix + "…", created: Moment(key.createdAt, now: now).words,
        lastUsed: key.lastUsedAt.map { Moment($0, now: now).words } ?? "never",
        isRevoked: key.status(now: now) != .active)
    }
    newKey = nil
    keyName = AccountPage.nameField(error: nil)
    themes = AccountPage.themes(chosen: context.theme)
    baseURL = context.baseURL
  }
}
