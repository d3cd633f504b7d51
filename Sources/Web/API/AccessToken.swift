import FastCGI
import Foundation
import JSON
import Secrets
import Store

/// What an access token says: who, by which sign-in, until when (RFC 7519).
struct AccessToken {
  static let lifetime: TimeInterval = 3600
  static let refreshLifetime: TimeInterval = 30 * 86_400

  let userID: String
  let familyID: String
  let expiresAt: Date

  init(userID: String, familyID: String, expiresAt: Date) {
    self.userID = userID
    self.familyID = familyID
    self.expiresAt = expiresAt
  }

  /// Reads a token of ours, expired or not; nil for any other text.
  init?(_ text: String, key: WebTokenKey) {
    guard let claims = key.claims(of: text).flatMap({ try? JSON(parsing: $0) }), let userID = claims["sub"]?.string,
      let familyID = claims["sid"]?.string, let expiry = claims["exp"]?.int
    else { return nil }
    self.init(userID: userID, familyID: familyID, expiresAt: Date(timeIntervalSince1970: Double(expiry)))
  }

  func text(key: WebTokenKey, now: Date = Date()) -> String {
    let claims: JSON = [
      "sub": .string(userID), "sid": .string(familyID), "iat": .int(Int(now.timeIntervalSince1970)),
      "exp": .int(Int(expiresAt.timeIntervalSince1970)),
    ]
    return key.token(claims: claims.text)
  }
}

/// A refresh token: the name of its family, and a secret that is the family's newest.
struct RefreshToken {
  let familyID: String
  let secret: String

  init(familyID: String) {
    self.familyID = familyID
    secret = Secrets.randomToken(bytes: 24)
  }

  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, text.utf8.count < 200, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    (familyID, secret) = (parts[0], parts[1])
  }

  var text: String { familyID + "." + secret }
  var hash: String { Secrets.hash(secret) }
}

extension Context {
  /// Signs a program in.
  func tokenReply(for user: User, status: Status = .ok) throws -> Response {
    let refresh = RefreshToken(familyID: Secrets.randomToken(bytes: 18))
    try store.createFamily(
      id: refresh.familyID, userID: user.id, refreshHash: refresh.hash,
      userAgent: String((request.header("User-Agent") ?? "").prefix(200)),
      expiresAt: Date(timeIntervalSinceNow: AccessToken.refreshLifetime))
    note(.signedIn, by: user, "program")
    return tokenReply(user, refresh, status: status)
  }

  /// `api.md` 16.
  func tokenReply(_ user: User, _ refresh: RefreshToken, status: Status = .ok) -> Response {
    let access = AccessToken(
      userID: user.id, familyID: refresh.familyID, expiresAt: Date(timeIntervalSinceNow: AccessToken.lifetime))
    return Response(
      json: [
        "user": [
          "id": .string(user.id), "email": .optional(user.email), "full_name": .string(user.name), "is_verified": true,
        ],
        "access_token": .string(access.text(key: studio.authentication.tokenKey)), "refresh_token": .string(refresh.text),
        "token_type": "bearer", "expires_in": .int(Int(AccessToken.lifetime)),
      ], status: status)
  }
}
