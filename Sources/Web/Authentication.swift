import FastCGI
import Foundation
import Secrets
import Store

/// Who a request is from, by its key, its token or its cookie (`api.md` 2).
struct Authentication: Sendable {
  let store: Store
  let tokenKey: WebTokenKey

  struct Visitor {
    let session: Session
    let user: User
  }

  static let cookieName = "sid"
  static let sessionLifetime: TimeInterval = 30 * 86_400

  /// The program that sent a key or a token; nil when it sent none.
  /// - Throws: 401 for a credential that isn't valid, 403 for a key revoked or expired.
  func program(_ request: Request) throws -> Caller? {
    let bearer = request.header("Authorization").flatMap { value -> String? in
      value.lowercased().hasPrefix("bearer ") ? String(value.dropFirst(7)).trimmingCharacters(in: .whitespaces) : nil
    }
    if let secret = request.header("X-API-Key") { return try keyHolder(secret) }
    guard let bearer else {
      if request.header("Authorization") != nil { throw HTTPError.unauthorized("Authentication required: send the key as X-API-Key.") }
      return nil
    }
    return try bearer.hasPrefix("ap_") ? keyHolder(bearer) : tokenHolder(bearer)
  }

  private func keyHolder(_ secret: String) throws -> Caller {
    guard secret.hasPrefix("ap_"), let holder = try store.apiKey(hash: Secrets.hash(secret)) else {
      throw HTTPError.unauthorized("Invalid API key")
    }
    switch holder.key.status() {
    case .active: break
    case .revoked: throw HTTPError(.forbidden, "forbidden", "API key has been revoked")
    case .expired: throw HTTPError(.forbidden, "forbidden", "API key has expired")
    }
    guard holder.user.isActive else { throw HTTPError(.forbidden, "forbidden", "This account is disabled") }
    if (holder.key.lastUsedAt ?? .distantPast).timeIntervalSinceNow < -60 { try store.touch(holder.key) }
    return Caller(user: holder.user, credential: .key(holder.key))
  }

  private func tokenHolder(_ text: String) throws -> Caller {
    guard let token = AccessToken(text, key: tokenKey) else { throw HTTPError.unauthorized("Invalid access token") }
    guard token.expiresAt > Date() else {
      throw HTTPError.unauthorized("The access token has expired. Refresh it.", code: "token_expired")
    }
    guard let (family, user) = try store.family(id: token.familyID), user.id == token.userID else {
      throw HTTPError.unauthorized("This sign-in has ended. Sign in again.")
    }
    return Caller(user: user, credential: .token(family))
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
    note(.signedIn, by: user, "browser")
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
