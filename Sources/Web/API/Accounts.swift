import FastCGI
import Foundation
import Generation
import JSON
import Logging
import Secrets
import Store

/// Accounts (`api.md` 16).
extension Routes {
  @Sendable static func register(_ context: Context) throws -> Response {
    try context.takeByAddress(.registration)
    let (members, _, _) = try context.bodyMembers()
    let invitation = members["invite"]?.string
    try context.requireRegistration(invitation: invitation)
    let account = try NewAccount(members)
    let user = try namingWhatIsTaken { try context.makeAccount(account, invitation: invitation) }
    return try context.tokenReply(for: user, status: .created)
  }

  /// Two steps, with a code that goes to the log: there is no mail here, so the administrator passes it on.
  @Sendable static func beginRegistration(_ context: Context) throws -> Response {
    try context.takeByAddress(.registration)
    try context.requireRegistration(invitation: nil)
    let (members, _, _) = try context.bodyMembers()
    let account = try NewAccount(members)
    if try context.store.user(named: account.email) != nil { throw HTTPError.emailTaken }
    let code = String(String(Int(Secrets.randomUInt32()) % 1_000_000 + 1_000_000).dropFirst())
    try context.store.keepRegistration(
      email: account.email, name: account.name, passwordHash: PasswordHash.make(account.password), codeHash: Secrets.hash(code),
      expiresAt: Date(timeIntervalSinceNow: 900))
    context.studio.logger.notice("registration", metadata: ["email": "\(account.email)", "verification_code": "\(code)"])
    return Response(json: ["message": "Verification code sent to the server's log. Ask the administrator for it."])
  }

  @Sendable static func completeRegistration(_ context: Context) throws -> Response {
    try context.takeByAddress(.refresh)
    try context.requireRegistration(invitation: nil)
    let (members, _, _) = try context.bodyMembers()
    let code = members["verification_code"].flatMap { $0.string ?? $0.int.map(String.init) } ?? ""
    let user = try namingWhatIsTaken {
      try context.store.completeRegistration(email: members["email"]?.string ?? "", codeHash: Secrets.hash(code))
    }
    guard let user else {
      throw HTTPError(.badRequest, "invalid_verification_code", "The verification code is wrong or has expired.")
    }
    context.note(.accountMade, by: user)
    return try context.tokenReply(for: user)
  }

  @Sendable static func issueToken(_ context: Context) throws -> Response {
    try context.takeByAddress(.signIn)
    let (members, _, _) = try context.bodyMembers()
    let name = (members["username"] ?? members["email"])?.string?.trimmingCharacters(in: .whitespacesAndNewlines)
    guard let name, let password = members["password"]?.string else {
      throw InvalidParameters(faults: [.init(field: "username", message: "and password are required")])
    }
    guard let user = try context.signingIn(name, password) else {
      throw HTTPError.unauthorized("The name or the password is wrong.", code: "invalid_credentials")
    }
    return try context.tokenReply(for: user)
  }

  @Sendable static func refreshToken(_ context: Context) throws -> Response {
    try context.takeByAddress(.refresh)
    let (members, _, _) = try context.bodyMembers()
    guard let text = members["refresh_token"]?.string else {
      throw InvalidParameters(faults: [.init(field: "refresh_token", message: "is required")])
    }
    guard let old = RefreshToken(text) else { throw StoreError.tokenNotValid }
    let next = RefreshToken(familyID: old.familyID)
    let user = try context.store.refresh(
      familyID: old.familyID, refreshHash: old.hash, next: next.hash,
      expiresAt: Date(timeIntervalSinceNow: AccessToken.refreshLifetime))
    return context.tokenReply(user, next)
  }

  /// Ends the sign-in that the caller uses; a key is no sign-in, and stays.
  @Sendable static func endToken(_ context: Context, _ user: User) throws -> Response {
    let reply = Response(json: ["message": "Logged out successfully"])
    switch context.credential {
    case .token(let family): try context.store.deleteFamily(id: family.id, userID: user.id)
    case .session: return try context.signOut(then: reply)
    case .key, nil: break
    }
    return reply
  }

  /// The same for an address that has an account and one that has none.
  @Sendable static func forgotPassword(_ context: Context) throws -> Response {
    try context.takeByAddress(.reset)
    let (members, _, _) = try context.bodyMembers()
    guard let email = members["email"]?.string else {
      throw InvalidParameters(faults: [.init(field: "email", message: "is required")])
    }
    try context.store.askForReset(email: email)
    return Response(json: ["message": "If the address has an account, the administrator sees that you need a link for a new password."])
  }

  @Sendable static func resetPassword(_ context: Context) throws -> Response {
    try context.takeByAddress(.reset)
    let (members, _, _) = try context.bodyMembers()
    let password = try members.newPassword()
    let hash = Secrets.hash(members["token"]?.string ?? "")
    guard case .reset? = try context.store.link(secretHash: hash)?.purpose else {
      throw HTTPError(.badRequest, "invalid_token", StoreError.linkNotValid.description)
    }
    let user = try context.store.resetPassword(linkHash: hash, passwordHash: PasswordHash.make(password))
    context.note(.passwordReset, by: user)
    return Response(json: ["message": "Password changed. Sign in with it."])
  }

  @Sendable static func changePassword(_ context: Context, _ user: User) throws -> Response {
    let (members, _, _) = try context.bodyMembers()
    let password = try members.newPassword()
    guard try context.isOwnPassword(members["current_password"]?.string ?? "", of: user) else {
      throw HTTPError(.badRequest, "invalid_credentials", "The current password is wrong.")
    }
    try context.changePassword(of: user, to: password)
    return Response(json: ["message": "Password changed. Everything else that was signed in is signed out."])
  }

  @Sendable static func me(_ context: Context, _ user: User) throws -> Response { Response(json: try context.object(user)) }

  @Sendable static func renameMe(_ context: Context, _ user: User) throws -> Response {
    let (members, _, _) = try context.bodyMembers()
    let given = (members["full_name"] ?? members["name"])?.string?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    guard (1...60).contains(given.count) else {
      throw InvalidParameters(faults: [.init(field: "full_name", message: "must have 1 to 60 characters")])
    }
    try namingWhatIsTaken { try context.store.rename(userID: user.id, to: given) }
    var user = user
    user.name = given
    return Response(json: try context.object(user))
  }

  private static func namingWhatIsTaken<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch StoreError.emailTaken { throw HTTPError.emailTaken } catch StoreError.nameTaken {
      throw HTTPError(.badRequest, "name_taken", StoreError.nameTaken.description)
    }
  }
}

extension HTTPError {
  static let emailTaken = HTTPError(.badRequest, "email_already_registered", StoreError.emailTaken.description)
}

extension Context {
  /// Counts a call of somebody who is not signed in.
  fileprivate func takeByAddress(_ limit: RateLimit) throws {
    _ = try studio.limiter.take(limit, account: request.remoteAddress)
  }

  /// Sets a new password; the caller stays signed in, everybody else with this account is signed out.
  func changePassword(of user: User, to password: String) throws {
    var family: String?
    if case .token(let own)? = credential { family = own.id }
    try store.setPassword(
      userID: user.id, hash: PasswordHash.make(password), keepingSession: session?.tokenHash, keepingFamily: family)
    note(.passwordChanged, by: user)
  }

  /// The user object of `api.md` 16.
  fileprivate func object(_ user: User) throws -> JSON {
    let credits = try store.balances(userID: user.id).credits
    let (plan, available) = try spendable(credits)
    return [
      "id": .string(user.id), "email": .optional(user.email), "full_name": .string(user.name), "name": .string(user.name),
      "role": .string(user.role.rawValue), "is_verified": true, "is_active": .bool(user.isActive),
      "created_at": .string(Timestamp.text(user.createdAt)), "updated_at": .string(Timestamp.text(user.createdAt)),
      "image": .null,
      "credits": [
        "credits_balance": .int(plan), "payg_balance": .int(credits.extra), "total_available_credits": .int(available),
      ],
      "subscription": ["plan_name": "Self-hosted", "is_free_plan": .bool(try store.pricing() == .off), "status": "active"],
    ]
  }
}

extension JSON.Members {
  fileprivate func newPassword() throws -> String {
    guard let password = self["new_password"]?.string, PasswordRule.allows(password) else {
      throw InvalidParameters(faults: [.init(field: "new_password", message: String(PasswordRule.sentence.dropLast()))])
    }
    return password
  }
}
