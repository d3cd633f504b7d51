import FastCGI
import Foundation
import Generation
import JSON
import Secrets
import Store

/// API keys over HTTP (`api.md` 16).
extension Routes {
  @Sendable static func createAPIKey(_ context: Context, _ user: User) throws -> Response {
    let (members, _, _) = try context.bodyMembers()
    let wish = try KeyWish(members)
    try wish.requireGiveable(by: context.credential)
    let (key, secret) = try context.makeKey(wish, for: user)
    guard var reply = object(key).members else { return Response(json: object(key), status: .created) }
    reply["api_key"] = .string(secret.text)
    reply["key"] = .string(secret.text)
    return Response(json: .object(reply), status: .created)
  }

  @Sendable static func listAPIKeys(_ context: Context, _ user: User) throws -> Response {
    let status = context.request.query["status"].flatMap { $0.isEmpty ? nil : $0.lowercased() }
    let keys = try context.store.apiKeys(userID: user.id).filter { status == nil || $0.status().rawValue == status }
    return Response(json: .array(keys.map(object)))
  }

  @Sendable static func revokeAPIKey(_ context: Context, _ user: User) throws -> Response {
    guard try context.revokeKey(of: user) else {
      throw HTTPError(.notFound, "not_found", "API key not found")
    }
    return Response(json: ["message": "API key revoked successfully"])
  }

  private static func object(_ key: APIKey) -> JSON {
    [
      "id": .int(Int(key.id)), "name": .string(key.name), "scopes": .array(key.scopes.map(JSON.string)),
      "status": .string(key.status().rawValue), "key_prefix": .string(key.prefix), "description": .optional(key.description),
      "created_at": .string(Timestamp.text(key.createdAt)), "expires_at": .optional(key.expiresAt.map(Timestamp.text)),
      "last_used_at": .optional(key.lastUsedAt.map(Timestamp.text)), "revoked_at": .optional(key.revokedAt.map(Timestamp.text)),
    ]
  }
}

/// What a key is asked to be.
struct KeyWish {
  var name: String
  var scopes = [Scope.all]
  var description: String?
  /// Nil for a key that never expires.
  var days: Int?

  init(name: String) { self.name = name }

  /// - Throws: 400 naming every field that is wrong.
  init(_ members: JSON.Members) throws {
    var faults: [InvalidParameters.Fault] = []
    name = members["name"]?.string?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    if !(1...60).contains(name.count) { faults.append(.init(field: "name", message: "must have 1 to 60 characters")) }
    if let given = members["scopes"], !given.isNull {
      // A form sends a list as text.
      let list = given.array?.map { $0.string ?? "" } ?? given.string.map { $0.split { $0 == "," || $0 == " " }.map(String.init) } ?? []
      if list.isEmpty || !list.allSatisfy(Scope.words.contains) {
        faults.append(.init(field: "scopes", message: "must be a list of \(Scope.words.joined(separator: ", "))"))
      }
      scopes = Scope.words.filter(list.contains)
    }
    description = members.description(&faults)
    if let given = members["expires_in_days"], !given.isNull, given != "" {
      days = given.int ?? given.string.flatMap { Int($0) }
      if days.map((1...36_500).contains) != true {
        faults.append(.init(field: "expires_in_days", message: "must be an integer from 1 to 36500, or null"))
      }
    }
    if !faults.isEmpty { throw InvalidParameters(faults: faults) }
  }

  /// - Throws: 403 where a key would make one that may do more than itself.
  func requireGiveable(by credential: Credential?) throws(HTTPError) {
    guard credential?.mayGive(scopes) == true else {
      throw HTTPError(.forbidden, "forbidden", "A key can only make keys with scopes of its own.")
    }
  }
}

extension JSON.Members {
  /// What something is described as; nil for nothing.
  func description(_ faults: inout [InvalidParameters.Fault]) -> String? {
    guard let given = self["description"], !given.isNull else { return nil }
    guard let text = given.string, text.count <= 200 else {
      faults.append(.init(field: "description", message: given.string == nil ? "must be text" : "must have at most 200 characters"))
      return nil
    }
    return text.isEmpty ? nil : text
  }
}

extension Context {
  /// Ends the key that the address names.
  /// - Returns: false when the user has no such key in force.
  func revokeKey(of user: User) throws -> Bool {
    guard let id = parameters["id"].flatMap(Int64.init), try store.revokeAPIKey(id: id, userID: user.id) else { return false }
    note(.keyRevoked, by: user, "key \(id)")
    return true
  }

  /// Makes a key. Its secret is in the answer and nowhere else.
  func makeKey(_ wish: KeyWish, for user: User) throws -> (key: APIKey, secret: KeySecret) {
    let secret = KeySecret()
    let key = try store.createAPIKey(
      userID: user.id, secretHash: secret.hash, prefix: secret.prefix, name: wish.name, scopes: wish.scopes,
      description: wish.description, expiresAt: wish.days.map { Date(timeIntervalSinceNow: Double($0) * 86_400) })
    note(.keyMade, by: user, "\(secret.prefix)…, \(wish.scopes.joined(separator: " "))")
    return (key, secret)
  }
}
