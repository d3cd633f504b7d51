import FastCGI
import Foundation
import Secrets
import Store

/// The administrator's page.
extension Routes {
  /// How long an invitation and a link for a new password work.
  private static let linkDays = 7.0

  @Sendable static func showAdmin(_ context: Context, _ user: User) throws -> Response {
    try context.page(try AdminPage(for: user, in: context), user: user)
  }

  @Sendable static func chooseRegistration(_ context: Context, _ user: User) throws -> Response {
    guard let choice = try context.ownForm()["registration"].flatMap(Registration.init(rawValue:)) else {
      throw HTTPError.badRequest("registration must be one of \(Registration.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    try context.store.set(.registration, to: choice.rawValue)
    context.note(.settingChanged, by: user, "who may make an account: \(choice.rawValue)")
    return .redirect(to: Address.admin.path)
  }

  @Sendable static func choosePricing(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    guard let pricing = form["pricing"].flatMap(Pricing.init(rawValue:)) else {
      throw HTTPError.badRequest("pricing must be one of \(Pricing.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    let text = form["monthly"] ?? ""
    guard let monthly = Int(text), (0...Store.maximumGrant).contains(monthly) else {
      var page = try AdminPage(for: user, in: context)
      page.creditEntries = AdminPage.creditEntries(pricing: pricing, monthly: text, error: "A number from 0 to \(Store.maximumGrant).")
      return try context.page(page, user: user, status: .unprocessable)
    }
    try context.store.set(.pricing, to: pricing.rawValue)
    try context.store.set(.monthlyCredits, to: String(monthly))
    context.note(.settingChanged, by: user, "prices: \(pricing.rawValue), \(monthly) credits a month")
    return .redirect(to: Address.admin.path)
  }

  @Sendable static func grantCredits(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    guard let receiver = try context.store.user(id: form["user"] ?? "") else { throw HTTPError.notFound }
    guard let currency = form["currency"].flatMap(Currency.init(rawValue:)) else { throw HTTPError.badRequest("currency must be credits or cents.") }
    var page = try AdminPage(for: user, in: context)
    let text = form["amount"] ?? ""
    guard let amount = Int(text), (1...Store.maximumGrant).contains(amount) else {
      let names = try context.store.users().map { ($0.id, $0.name) }
      page.grantEntries = AdminPage.grantEntries(users: names, amount: text, error: "A number from 1 to \(Store.maximumGrant).")
      return try context.page(page, user: user, status: .unprocessable)
    }
    try context.store.grant(amount, currency, to: receiver.id)
    context.note(.creditsGranted, by: user, "\(amount) \(currency.rawValue) to \(receiver.name)")
    page.notice = "\(receiver.name) has \(amount) \(currency.rawValue) more."
    return try context.page(page, user: user)
  }

  @Sendable static func invite(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    let note = form["note"]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    guard (1...60).contains(note.count) else {
      var page = try AdminPage(for: user, in: context)
      page.inviteEntries = AdminPage.entries(note: note, error: "Say in 1 to 60 characters for whom it is.")
      return try context.page(page, user: user, status: .unprocessable)
    }
    let role = try role(form)
    let secret = Secrets.randomToken(bytes: 24)
    let expiry = Date(timeIntervalSinceNow: linkDays * 86_400)
    try context.store.createLink(.invite(role), secretHash: Secrets.hash(secret), note: note, expiresAt: expiry)
    context.note(.invited, by: user, "\(note) as \(role.rawValue)")
    return try show("Invitation for \(note)", .invitation(secret: secret), expiry, context, user)
  }

  @Sendable static func withdrawInvitation(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    guard let id = context.parameters["id"].flatMap(Int64.init), try context.store.deleteLink(id: id) else { throw HTTPError.notFound }
    context.note(.invitationWithdrawn, by: user, "invitation \(id)")
    return .redirect(to: Address.admin.path)
  }

  @Sendable static func chooseRole(_ context: Context, _ user: User) throws -> Response {
    let role = try role(try context.ownForm())
    let id = context.parameters["id"] ?? ""
    guard try context.store.setRole(userID: id, role) else { throw HTTPError.notFound }
    context.note(.roleChanged, by: user, "\(try context.name(of: id)) is \(role.rawValue)")
    return .redirect(to: Address.admin.path)
  }

  @Sendable static func switchUser(_ context: Context, _ user: User) throws -> Response {
    let state = try context.ownForm()["active"] ?? ""
    guard ["on", "off"].contains(state) else { throw HTTPError.badRequest("active must be on or off.") }
    let id = context.parameters["id"] ?? ""
    guard try context.store.setActive(userID: id, state == "on") else { throw HTTPError.notFound }
    context.studio.wakeWorker()
    context.note(state == "on" ? .switchedOn : .switchedOff, by: user, try context.name(of: id))
    return .redirect(to: Address.admin.path)
  }

  @Sendable static func makeResetLink(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    guard let owner = try context.store.user(id: context.parameters["id"] ?? "") else { throw HTTPError.notFound }
    let secret = Secrets.randomToken(bytes: 24)
    let expiry = Date(timeIntervalSinceNow: linkDays * 86_400)
    try context.store.createLink(.reset(userID: owner.id), secretHash: Secrets.hash(secret), expiresAt: expiry)
    context.note(.resetLinkMade, by: user, owner.name)
    return try show("New password for \(owner.name)", .reset(secret: secret), expiry, context, user)
  }

  /// Shows a link in the answer itself: only its hash is stored, so no later page could.
  private static func show(
    _ title: String, _ address: Address, _ expiry: Date, _ context: Context, _ user: User
  ) throws -> Response {
    var page = try AdminPage(for: user, in: context)
    let until = Moment(expiry, now: Date()).words
    page.newLink = NewLink(title: title, url: context.baseURL + address.path, note: "Works once, until \(until).")
    return try context.page(page, user: user)
  }

  private static func role(_ form: Form) throws -> User.Role {
    guard let role = form["role"].flatMap(User.Role.init(rawValue:)) else { throw HTTPError.badRequest("role must be admin or member.") }
    return role
  }
}

extension Context {
  /// What a user is called, for the log.
  fileprivate func name(of userID: String) throws -> String { try store.user(id: userID)?.name ?? userID }
}

extension AdminPage {
  init(for reader: User, in context: Context) throws {
    let now = Date()
    registrations = AdminPage.registrations(chosen: try context.store.registration())
    invitations = try context.store.invitations().map { link in
      let role: User.Role = if case .invite(let role) = link.purpose { role } else { .member }
      return InvitationRow(id: Int(link.id), note: link.note, role: role.rawValue, expires: Moment(link.expiresAt, now: now).words)
    }
    inviteEntries = AdminPage.entries()
    let everybody = try context.store.users()
    creditEntries = AdminPage.creditEntries(
      pricing: try context.store.pricing(), monthly: String(try context.store.monthlyCredits()))
    grantEntries = AdminPage.grantEntries(users: everybody.map { ($0.id, $0.name) })
    quotaEntry = AdminPage.quotaEntry(mebibytes: try context.store.storageQuota().map { String($0 >> 20) } ?? "")
    let days = try context.store.retentionDays()
    retentionEntry = AdminPage.retentionEntry(days: days.map { String($0) } ?? "")
    retentionSentence = RetentionPage.sentence(days: days)
    webhookChoices = AdminPage.webhooks(chosen: try context.store.webhookPolicy())
    users = everybody.map { user in
      UserRow(
        id: user.id, name: user.name, email: user.email ?? "", isAdmin: user.role == .admin, isActive: user.isActive,
        isReader: user.id == reader.id, since: Moment(user.createdAt, now: now).words,
        askedForReset: user.resetAskedAt.map { Moment($0, now: now).words })
    }
  }

  static func webhooks(chosen: WebhookPolicy) -> [Choice] {
    WebhookPolicy.allCases.map { Choice(value: $0.rawValue, label: $0.words, isChosen: $0 == chosen) }
  }

  static func registrations(chosen: Registration) -> [Choice] {
    Registration.allCases.map { choice in
      let label = switch choice {
      case .open: "Anybody"
      case .invite: "Whom I invite"
      case .closed: "Nobody"
      }
      return Choice(value: choice.rawValue, label: label, isChosen: choice == chosen)
    }
  }
}
