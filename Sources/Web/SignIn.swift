import FastCGI
import Foundation
import Generation
import JSON
import Secrets
import Store

/// Making accounts and checking passwords: the same for pages and programs.
extension Context {
  /// Checked for a name that nobody has, so that the time taken does not tell who exists.
  private static let decoyHash = PasswordHash.make(Secrets.randomToken())

  /// Makes it before the first who needs it would wait for it, and be told apart by that.
  static func prepareDecoy() { _ = decoyHash }

  /// The user whose name or address, and password these are; nil for a wrong password as for a name that nobody has, after
  /// the same time.
  /// - Throws: 429 after five failures for a name from one address, or fifty from anywhere, whether it exists or not.
  func signingIn(_ name: String, _ password: String) throws -> User? {
    let subjects = signInLimits(of: name)
    let user = try store.user(named: name)
    if let rest = try store.trySignIn(subjects) {
      note(.signInBlocked, by: user)
      throw HTTPError.tooManyAttempts(rest: rest)
    }
    guard isPassword(password, of: user), let user, user.isActive else {
      // Not what was typed: it may be a password.
      note(.signInFailed, by: user, user == nil ? "a name that nobody has" : user?.isActive == true ? "" : "switched off")
      return nil
    }
    try store.forgetSignInAttempts(subjects.map(\.subject))
    return user
  }

  /// Checks the password of somebody who is signed in already, before it is changed.
  /// - Throws: 429 after five failures.
  func isOwnPassword(_ password: String, of user: User) throws -> Bool {
    let limit = SignInLimit(subject: Secrets.hash("own password of \(user.id)"), attempts: 5)
    if let rest = try store.trySignIn([limit]) { throw HTTPError.tooManyAttempts(rest: rest) }
    guard isPassword(password, of: user) else {
      note(.signInFailed, by: user, "to change the password")
      return false
    }
    try store.forgetSignInAttempts([limit.subject])
    return true
  }

  private func isPassword(_ password: String, of user: User?) -> Bool {
    let isRight = PasswordHash.verify(
      String(password.prefix(PasswordRule.maximumLength)), against: user?.passwordHash ?? Context.decoyHash)
    return isRight && user?.passwordHash != nil
  }

  /// By the name as it was typed: were it by account, a name and an address that fail together would be known to exist.
  private func signInLimits(of name: String) -> [SignInLimit] {
    let name = String(name.lowercased().prefix(300))
    return [
      SignInLimit(subject: Secrets.hash("sign in \(name)\n\(request.remoteAddress)"), attempts: 5),
      SignInLimit(subject: Secrets.hash("sign in \(name)"), attempts: 50),
    ]
  }

  /// Makes an account, by an invitation or where anybody may.
  /// - Parameter invitation: the secret of its link.
  /// - Throws: 403 where that isn't possible; `StoreError.linkNotValid`, `.nameTaken`, `.emailTaken`.
  func makeAccount(_ account: NewAccount, invitation: String?) throws -> User {
    try requireRegistration(invitation: invitation)
    let hash = PasswordHash.make(account.password)
    let user = try invitation.map {
      try store.accept(inviteHash: Secrets.hash($0), name: account.name, email: account.email, passwordHash: hash)
    } ?? store.createUser(name: account.name, email: account.email, role: .member, passwordHash: hash)
    note(.accountMade, by: user, invitation == nil ? "" : "by an invitation")
    return user
  }

  /// - Throws: 403, or `StoreError.linkNotValid`, where no account can be made.
  func requireRegistration(invitation: String?) throws {
    switch try store.registration() {
    case .closed: throw HTTPError(.forbidden, "registration_closed", "Nobody can make an account here at present.")
    case .invite where invitation == nil:
      throw HTTPError(.forbidden, "registration_closed", "An account here needs an invitation by the administrator.")
    case .invite, .open: break
    }
    guard let invitation else { return }
    guard case .invite? = try store.link(secretHash: Secrets.hash(invitation))?.purpose else { throw StoreError.linkNotValid }
  }
}

extension HTTPError {
  /// - Parameter rest: the seconds until it may be tried again.
  static func tooManyAttempts(rest: TimeInterval) -> HTTPError {
    var error = HTTPError(
      .tooManyRequests, "rate_limit_exceeded",
      "Rate limit exceeded: too many failed attempts to sign in. Try again in a quarter of an hour.")
    error.headers = [.init(name: "Retry-After", value: String(max(1, Int(rest.rounded(.up)))))]
    return error
  }
}

/// What somebody gives to make an account.
struct NewAccount {
  let name: String
  let email: String
  let password: String

  /// What is wrong, by field, in the order of the forms.
  var complaints: [(field: String, message: String)] {
    var complaints: [(field: String, message: String)] = []
    if name.isEmpty || name.count > 60 { complaints.append(("name", "Your name needs 1 to 60 characters.")) }
    if !NewAccount.isAddress(email) { complaints.append(("email", "That is not an e-mail address.")) }
    if !PasswordRule.allows(password) { complaints.append(("password", "The password \(PasswordRule.sentence)")) }
    return complaints
  }

  /// Whether a text can be an e-mail address, roughly.
  private static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && !parts.contains(where: \.isEmpty) && text.count <= 254 && !text.contains(where: \.isWhitespace)
  }
}

extension NewAccount {
  /// What a form of ours has sent.
  init(_ form: Form) {
    func text(_ field: String) -> String { form[field]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "" }
    self.init(name: text("name"), email: text("email"), password: form["password"] ?? "")
  }

  /// What a program has sent; whoever gives no name is called by the address.
  /// - Throws: 400 naming every field that is wrong.
  init(_ members: JSON.Members) throws {
    func text(_ field: String) -> String? {
      members[field]?.string.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    let email = text("email") ?? ""
    self.init(name: text("full_name") ?? text("name") ?? String(email.prefix(60)), email: email, password: members["password"]?.string ?? "")
    let names = ["name": "full_name"]
    let faults = complaints.map { InvalidParameters.Fault(field: names[$0.field] ?? $0.field, message: Self.rules[$0.field] ?? $0.message) }
    if !faults.isEmpty { throw InvalidParameters(faults: faults) }
  }

  private static let rules = [
    "name": "must have 1 to 60 characters", "email": "must be an e-mail address",
    "password": String(PasswordRule.sentence.dropLast()),
  ]
}
