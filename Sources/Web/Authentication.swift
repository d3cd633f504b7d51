import FastCGI
import Foundation
import Secrets
import Store

/// Who a request is from, by its key or its cookie (`api.md` 2).
struct Authentication: Sendable {
  let store: Store

  struct Visitor {
    let session: Session
    let user: User
  }

  static let cookieName = "sid"
  static let sessionLifetime: TimeInterval = 30 * 86_400

  /// The user whose key a program sent; nil when it sent none.
  /// - Throws: 401 for a credential that isn't valid, 403 for a key revoked or expired.
  func keyHolder(_ request: Request) throws -> User? {
    let bearer = request.header("Authorization").flatMap { value -> String? in
      value.lowercased().hasPrefix("bearer ") ? String(value.dropFirst(7)).trimmingCharacters(in: .whitespaces) : nil
    }
    guard let secret = request.header("X-API-Key") ?? bearer else {
      if request.header("Authorization") != nil { throw HTTPError.unauthorized("Authentication required: send the key as X-API-Key.") }
      return nil
    }
    guard secret.hasPrefix("ap_") else { throw HTTPError.unauthorized("Invalid API key") }
    guard let holder = try store.apiKey(hash: Secrets.hash(secret)) else { throw HTTPError.unauthorized("Invalid API key") }
    switch holder.key.status() {
    case .active: break
    case .revoked: throw HTTPError(.forbidden, "forbidden", "API key has been revoked")
    case .expired: throw HTTPError(.forbidden, "forbidden", "API key has expired")
    }
    guard holder.user.isActive else { throw HTTPError(.forbidden, "forbidden", "This account is disabled") }
    if (holder.key.lastUsedAt ?? .distantPast).timeIntervalSinceNow < -60 { try store.touch(holder.key) }
    return holder.user
  }

  /// The living session of a browser.
  func visitor(_ request: Request) throws -> Visitor? {
    guard let token = request.cookie(Authentication.cookieName), token.utf8.count < 100 else { return nil }
    guard let (session, user) = try store.session(hash: Secrets.hash(token)) else { return nil }
    if session.lastSeenAt.timeIntervalSinceNow < -3600 {
      try store.touch(session, expiresAt: Date(timeIntervalSinceNow: Authentication.sessionLifetime))
    }
    return Visitor(session: session, user: user)
  }
}

extension Context {
  /// Signs a user in: a new session, and the cookie that names it.
  func signIn(_ user: User, then response: Response) throws -> Response {
    let token = Secrets.randomToken(bytes: 24)
    try store.createSession(
      tokenHash: Secrets.hash(token), userID: user.id, userAgent: String((request.header("User-Agent") ?? "").prefix(200)),
      expiresAt: Date(timeIntervalSinceNow: Authentication.sessionLifetime))
    return response.with("Set-Cookie", cookie(token, maximumAge: Int(Authentication.sessionLifetime)))
  }

  /// Ends the session on both sides.
  func signOut(then response: Response) throws -> Response {
    if let session { try store.deleteSession(hash: session.tokenHash) }
    return response.with("Set-Cookie", cookie("", maximumAge: 0))
  }

  private func cookie(_ value: String, maximumAge: Int) -> String {
    "\(Authentication.cookieName)=\(value); Path=/; Max-Age=\(maximumAge); HttpOnly; SameSite=Lax"
      + (request.scheme == "https" ? "; Secure" : "")
  }
}
