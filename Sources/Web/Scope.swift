import FastCGI
import Store

/// What a key may be limited to (`api.md` 2). The route table says what each call needs.
enum Scope: String, Sendable, CaseIterable {
  case readMusic = "music:read"
  /// Make, change and delete songs and uploads.
  case makeMusic = "music:generate"
  case readAccount = "account:read"
  /// Change the account, its password and its keys.
  case changeAccount = "account:write"
  case readCredits = "credits:read"

  /// The scope for everything, now and later.
  static let all = "*"

  /// The words that a key's list of scopes may have.
  static let words = [all] + allCases.map(\.rawValue)

  /// Whether a key with these scopes may do it.
  func isAllowed(by scopes: [String]) -> Bool { scopes.contains(Scope.all) || scopes.contains(rawValue) }
}

/// What somebody is known by.
enum Credential: Sendable {
  case session(Session)
  case token(TokenFamily)
  case key(APIKey)

  /// A person who is signed in may do everything that is theirs.
  func allows(_ scope: Scope) -> Bool {
    if case .key(let key) = self { scope.isAllowed(by: key.scopes) } else { true }
  }

  /// Whether it may give somebody these scopes: none that it lacks itself.
  func mayGive(_ scopes: [String]) -> Bool {
    guard case .key(let key) = self, !key.scopes.contains(Scope.all) else { return true }
    return scopes.allSatisfy(key.scopes.contains)
  }
}

/// Who calls, and by what they are known.
struct Caller: Sendable {
  let user: User
  let credential: Credential

  /// The one place where a role and scopes are held against a route.
  /// - Throws: 403.
  func require(_ route: Route) throws(HTTPError) {
    if let scope = route.scope, !credential.allows(scope) {
      throw HTTPError(.forbidden, "forbidden", "This API key lacks the scope \(scope.rawValue).")
    }
    if route.isForAdmins, user.role != .admin {
      throw HTTPError(.forbidden, "forbidden", "Only an administrator may do this.")
    }
  }
}
