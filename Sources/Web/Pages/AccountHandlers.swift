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
    let form = try context.ownForm()
    var wish = KeyWish(name: form["key_name"]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "")
    guard let use = KeyUse(rawValue: form["key_use"] ?? KeyUse.everything.rawValue) else {
      throw HTTPError.badRequest("key_use must be one of \(KeyUse.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    let days = form["key_days"] ?? ""
    wish.scopes = use.scopes
    wish.days = Int(days)
    guard days.isEmpty || wish.days.map((1...36_500).contains) == true else {
      throw HTTPError.badRequest("key_days must be a number from 1 to 36500, or empty.")
    }
    guard (1...60).contains(wish.name.count) else {
      var page = try AccountPage(of: user, in: context)
      page.keyEntries = AccountPage.keyEntries(
        name: wish.name, use: use, days: days, error: "The key needs a name of 1 to 60 characters.")
      return try context.page(page, user: user, status: .unprocessable)
    }
    let secret = try context.makeKey(wish, for: user).secret
    var page = try AccountPage(of: user, in: context)
    page.newKey = secret.text
    return try context.page(page, user: user)
  }

  @Sendable static func changePasswordFromPage(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    func refuse(_ entries: [FormField], _ status: Status = .unprocessable) throws -> Response {
      var page = try AccountPage(of: user, in: context)
      page.passwordEntries = entries
      return try context.page(page, user: user, status: status)
    }
    let new = form["new_password"] ?? ""
    guard PasswordRule.allows(new) else { return try refuse(AccountPage.passwordEntries(new: "The password \(PasswordRule.sentence)")) }
    do {
      guard try context.isOwnPassword(form["current_password"] ?? "", of: user) else {
        return try refuse(AccountPage.passwordEntries(current: "That is not your password."))
      }
    } catch let refusal as HTTPError where refusal.status == .tooManyRequests {
      return try refuse(AccountPage.passwordEntries(current: refusal.message), refusal.status)
    }
    try context.changePassword(of: user, to: new)
    var page = try AccountPage(of: user, in: context)
    page.notice = "Your password is changed. Every other browser and program that was signed in is signed out; keys still work."
    return try context.page(page, user: user)
  }

  @Sendable static func endSession(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    guard try context.store.deleteSession(id: context.parameters["id"] ?? "", userID: user.id) else { throw HTTPError.notFound }
    return .redirect(to: Address.account.path)
  }

  @Sendable static func endProgram(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    guard try context.store.deleteFamily(id: context.parameters["id"] ?? "", userID: user.id) else { throw HTTPError.notFound }
    return .redirect(to: Address.account.path)
  }

  @Sendable static func revokeKey(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    guard try context.revokeKey(of: user) else { throw HTTPError.notFound }
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
      let status = key.status(now: now)
      return KeyRow(
        id: Int(key.id), name: key.name, prefix: key.prefix + "…", created: Moment(key.createdAt, now: now).words,
        lastUsed: key.lastUsedAt.map { Moment($0, now: now).words } ?? "never",
        scopes: KeyUse.allCases.first { $0.scopes == key.scopes }?.words ?? key.scopes.joined(separator: ", "),
        expires: key.expiresAt.map { Moment($0, now: now).words } ?? "never", end: status == .active ? nil : status.rawValue)
    }
    newKey = nil
    keyEntries = AccountPage.keyEntries()
    passwordEntries = AccountPage.passwordEntries()
    isAdmin = user.role == .admin
    credits = try AccountPage.credits(of: user, in: context, now: now)
    webhooks = try WebhooksSection(of: user, in: context, now: now)
    places = try AccountPage.places(of: user, in: context, now: now)
    data = DataSection(try context.store.export(userID: user.id), now: now)
    themes = AccountPage.themes(chosen: context.theme)
    baseURL = context.baseURL
  }
}

extension AccountPage {
  fileprivate static func places(of user: User, in context: Context, now: Date) throws -> [PlaceRow] {
    let browsers = try context.store.sessions(userID: user.id).map { session in
      PlaceRow(
        action: "/account/sessions/\(session.id)/end", name: UserAgent.words(session.userAgent),
        since: Moment(session.createdAt, now: now).words, lastSeen: Moment(session.lastSeenAt, now: now).words,
        isThis: session.tokenHash == context.session?.tokenHash)
    }
    let programs = try context.store.families(userID: user.id).map { family in
      PlaceRow(
        action: "/account/programs/\(family.id)/end", name: UserAgent.words(family.userAgent),
        since: Moment(family.createdAt, now: now).words, lastSeen: Moment(family.lastUsedAt, now: now).words, isThis: false)
    }
    return browsers + programs
  }
}

extension AccountPage {
  fileprivate static func credits(of user: User, in context: Context, now: Date) throws -> CreditsSection? {
    guard try context.store.pricing() != .off else { return nil }
    let (credits, wallet) = try context.store.balances(userID: user.id, now: now)
    return CreditsSection(
      available: Amount.text(credits.available), held: credits.held > 0 ? Amount.text(credits.held) : nil,
      wallet: wallet.available > 0 ? Price.dollars(wallet.available) : nil,
      renewal: Moment(Store.nextRenewal(of: credits, now: now), now: now).words,
      entries: try context.store.ledger(userID: user.id, limit: 30).map { entry in
        CreditRow(
          when: Moment(entry.createdAt, now: now).words, what: entry.words,
          amount: entry.currency == .cents ? Price.dollars(entry.amount) : "\(Amount.text(entry.amount)) credits")
      })
  }
}

extension LedgerEntry {
  /// What happened, for its owner.
  fileprivate var words: String {
    let song = jobID.map { " song \($0)" } ?? " a song"
    return switch reason {
    case .month: "The month's credits"
    case .grant: "Given by the administrator"
    case .reserve: "Reserved for" + song
    case .capture: "Paid for" + song
    case .release: "Given back from" + song
    }
  }
}

/// Whole numbers as people read them: "10,000".
enum Amount {
  static func text(_ number: Int) -> String {
    let digits = String(number.magnitude)
    let groups = stride(from: digits.count, to: 0, by: -3).map { end in
      String(digits.dropLast(digits.count - end).suffix(3))
    }
    return (number < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
  }
}

/// What a client says of itself.
enum UserAgent {
  /// "Firefox on Linux", or the first word for programs.
  static func words(_ text: String) -> String {
    let browsers = [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]
    let systems = [
      ("Android", "Android"), ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Windows", "Windows"), ("Mac OS", "a Mac"), ("Linux", "Linux"),
    ]
    let browser = browsers.first { text.contains($0.0) }?.1
    let system = systems.first { text.contains($0.0) }?.1
    guard let browser else { return text.split(separator: " ").first.map { String($0.prefix(40)) } ?? "Unknown" }
    return system.map { "\(browser) on \($0)" } ?? browser
  }
}
