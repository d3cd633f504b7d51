import FastCGI
import Foundation
import JSON
import Secrets
import Store
import Testing

@testable import Web

/// Accounts, tokens and keys over HTTP (`api.md` 16).
@Suite struct AccountAPITests {
  let site: StudioForTests
  static let password = "a long password 1"
  /// Made once: it takes a while on purpose.
  static let passwordHash = PasswordHash.make(password)

  init() throws {
    site = try StudioForTests()
    try site.store.setPassword(userID: site.user.id, hash: Self.passwordHash)
  }

  /// A call without a key.
  private func open(_ method: String, _ path: String, _ body: JSON? = nil, bearer: String? = nil, key: String? = nil) throws
    -> StudioForTests.Answer
  {
    var headers = body == nil ? [:] : ["Content-Type": "application/json"]
    headers["Authorization"] = bearer.map { "Bearer \($0)" }
    headers["X-API-Key"] = key
    return try site.send(method, "/api/v1/auth/" + path, headers: headers, body: body.map { Array($0.text.utf8) } ?? [])
  }

  private func signIn(_ name: String = "ana", password: String = password) throws -> StudioForTests.Answer {
    try open("POST", "token", ["username": .string(name), "password": .string(password)])
  }

  @Test func whoSignsInGetsTokensThatWork() throws {
    let answer = try signIn("ANA@example.org")
    #expect(answer.status == 200)
    #expect(answer.json["token_type"] == "bearer" && answer.json["expires_in"] == 3600)
    #expect(answer.json["user"]?["email"] == "ana@example.org")
    let access = try #require(answer.json["access_token"]?.string)
    #expect(access.hasPrefix("eyJ"))
    #expect(try open("GET", "me", bearer: access).json["full_name"] == "ana")
    #expect(try open("GET", "me", bearer: access + "x").status == 401)
    #expect(try open("POST", "logout", bearer: access).status == 200)
    #expect(try open("GET", "me", bearer: access).status == 401)
    #expect(try open("POST", "refresh", ["refresh_token": answer.json["refresh_token"] ?? ""]).status == 401)
  }

  @Test func aFormSignsInToo() throws {
    let answer = try site.send(
      "POST", "/api/v1/auth/token", headers: ["Content-Type": "application/x-www-form-urlencoded"],
      body: Array("username=ana&password=a+long+password+1".utf8))
    #expect(answer.status == 200)
  }

  @Test func anExpiredTokenSaysSo() throws {
    let family = try #require(try signIn().json["refresh_token"]?.string?.split(separator: ".").first)
    let old = AccessToken(userID: site.user.id, familyID: String(family), expiresAt: Date(timeIntervalSinceNow: -1))
    let answer = try open("GET", "me", bearer: old.text(key: site.studio.authentication.tokenKey))
    #expect(answer.status == 401 && answer.json["error"] == "token_expired")
    #expect(answer.response.header("WWW-Authenticate") == "Bearer")
    let alien = AccessToken(userID: "somebody", familyID: String(family), expiresAt: Date(timeIntervalSinceNow: 60))
    #expect(try open("GET", "me", bearer: alien.text(key: site.studio.authentication.tokenKey)).status == 401)
  }

  @Test func aRefreshTokenUsedTwiceEndsTheSignIn() throws {
    let first = try signIn().json
    let second = try open("POST", "refresh", ["refresh_token": first["refresh_token"] ?? ""])
    #expect(second.status == 200 && second.json["refresh_token"] != first["refresh_token"])
    let access = try #require(second.json["access_token"]?.string)
    #expect(try open("GET", "me", bearer: access).status == 200)
    #expect(try open("POST", "refresh", ["refresh_token": first["refresh_token"] ?? ""]).status == 401)
    #expect(try open("GET", "me", bearer: access).status == 401, "the thief's tokens and the owner's end together")
    #expect(try open("POST", "refresh", ["refresh_token": second.json["refresh_token"] ?? ""]).status == 401)
    for text in ["", "x", "a.b", "..", String(repeating: "y", count: 10_000)] {
      #expect(try open("POST", "refresh", ["refresh_token": .string(text)]).status == 401)
    }
    #expect(try open("POST", "refresh", [:]).status == 400)
  }

  @Test func nothingTellsWhichNamesExist() throws {
    for _ in 1...5 {
      let wrong = try signIn("ana", password: "wrong 1")
      let unknown = try signIn("nobody", password: "wrong 1")
      #expect(wrong.status == 401 && wrong.json["error"] == "invalid_credentials")
      #expect(wrong.text == unknown.text)
    }
    let locked = try signIn("ana")
    #expect(locked.status == 429, "even with the right password")
    #expect((890...900).contains(locked.response.header("Retry-After").flatMap { Int($0) } ?? 0), "the real rest")
    #expect(try signIn("nobody").text == locked.text)
    #expect(try signIn("ana@example.org").status == 200, "an address that failed with the name would be known to exist")
  }

  @Test func whoIsSwitchedOffIsRefusedEverywhere() throws {
    let ben = try site.store.createUser(name: "ben", email: "ben@example.org", role: .member, passwordHash: Self.passwordHash)
    let key = try StudioForTests.makeKey(site.store, ben)
    let access = try #require(try signIn("ben").json["access_token"]?.string)
    #expect(try open("GET", "me", bearer: access).status == 200)
    #expect(try site.store.setActive(userID: ben.id, false))
    #expect(try open("GET", "me", bearer: access).status == 401)
    #expect(try open("GET", "me", key: key).status == 403)
    #expect(try signIn("ben").status == 401)
  }

  @Test func registrationFollowsTheSetting() throws {
    let body: JSON = ["email": "ben@example.org", "password": .string(Self.password), "full_name": "Ben"]
    let refused = try open("POST", "register", body)
    #expect(refused.status == 403 && refused.json["error"] == "registration_closed", "by invitation, unless set otherwise")
    try site.store.createLink(.invite(.member), secretHash: Secrets.hash("s"), expiresAt: Date(timeIntervalSinceNow: 60))
    guard var members = body.members else { return }
    members["invite"] = "wrong"
    #expect(try open("POST", "register", .object(members)).status == 404)
    members["invite"] = "s"
    let made = try open("POST", "register", .object(members))
    #expect(made.status == 201 && made.json["user"]?["full_name"] == "Ben")
    #expect(try open("GET", "me", bearer: made.json["access_token"]?.string).json["role"] == "member")
    #expect(try open("POST", "register", .object(members)).status == 404, "once")

    try site.store.set(.registration, to: "open")
    let again = try open("POST", "register", body)
    #expect(again.status == 400 && again.json["error"] == "email_already_registered")
    let faulty = try open("POST", "register", ["email": "x", "password": "short"])
    #expect(faulty.status == 400 && faulty.json["errors"]?.array?.count == 2)
    #expect(try open("POST", "register", ["email": "eve@example.org", "password": .string(Self.password)]).status == 201)
    try site.store.set(.registration, to: "closed")
    #expect(try open("POST", "register", .object(members)).status == 403)
    #expect(try open("POST", "initiate-registration", body).status == 403)
  }

  @Test func aRegistrationInTwoStepsNeedsTheCode() throws {
    try site.store.set(.registration, to: "open")
    let begun = try open("POST", "initiate-registration", ["email": "ben@example.org", "password": .string(Self.password), "full_name": "Ben"])
    #expect(begun.status == 200 && begun.json["verification_code"] == nil)
    let wrong = try open("POST", "verify-registration", ["email": "ben@example.org", "verification_code": "x"])
    #expect(wrong.status == 400 && wrong.json["error"] == "invalid_verification_code")
    try site.store.keepRegistration(
      email: "ben@example.org", name: "Ben", passwordHash: Self.passwordHash, codeHash: Secrets.hash("123456"),
      expiresAt: Date(timeIntervalSinceNow: 60))
    let done = try open("POST", "verify-registration", ["email": "ben@example.org", "verification_code": 123456])
    #expect(done.status == 200 && done.json["access_token"] != nil)
  }

  @Test func aPasswordIsChangedByWhoKnowsIt() throws {
    let here = try #require(try signIn().json["access_token"]?.string)
    let there = try #require(try signIn().json["access_token"]?.string)
    func change(_ current: String, _ new: String) throws -> StudioForTests.Answer {
      try open("POST", "change-password", ["current_password": .string(current), "new_password": .string(new)], bearer: here)
    }
    #expect(try change("wrong 1", "another password 2").json["error"] == "invalid_credentials")
    #expect(try change(Self.password, "short").status == 400)
    #expect(try change(Self.password, "another password 2").status == 200)
    #expect(try open("GET", "me", bearer: here).status == 200)
    #expect(try open("GET", "me", bearer: there).status == 401)
    #expect(try signIn().status == 401)
    #expect(try signIn(password: "another password 2").status == 200)
  }

  @Test func aForgottenPasswordIsSetByTheAdministratorsLink() throws {
    let known = try open("POST", "forgot-password", ["email": "ana@example.org"])
    #expect(try open("POST", "forgot-password", ["email": "nobody@example.org"]).text == known.text)
    #expect(try site.store.user(id: site.user.id)?.resetAskedAt != nil)
    try site.store.createLink(.reset(userID: site.user.id), secretHash: Secrets.hash("s"), expiresAt: Date(timeIntervalSinceNow: 60))
    func reset(_ token: String) throws -> StudioForTests.Answer {
      try open("POST", "reset-password", ["token": .string(token), "new_password": "another password 2"])
    }
    #expect(try reset("wrong").json["error"] == "invalid_token")
    #expect(try reset("s").status == 200)
    #expect(try reset("s").status == 400)
    #expect(try signIn(password: "another password 2").status == 200)
    #expect(try site.store.user(id: site.user.id)?.resetAskedAt == nil)
  }

  @Test func aKeyIsShownOnceListedAndRevoked() throws {
    let made = try site.call("POST", "/api/v1/auth/api-keys", ["name": "radio", "scopes": ["music:read"], "expires_in_days": 30])
    #expect(made.status == 201)
    let key = try #require(made.json["api_key"]?.string)
    #expect(key.hasPrefix("ap_") && made.json["key"]?.string == key && made.json["status"] == "active")
    let list = try site.call("GET", "/api/v1/auth/api-keys?status=active")
    #expect(list.json.array?.count == 2 && !list.text.contains(key))
    #expect(try site.call("GET", "/api/v1/music/jobs", headers: ["X-API-Key": key]).status == 200)
    let id = try #require(made.json["id"]?.int)
    #expect(try site.call("DELETE", "/api/v1/auth/api-keys/\(id)").json["message"] == "API key revoked successfully")
    #expect(try site.call("DELETE", "/api/v1/auth/api-keys/\(id)").status == 404)
    #expect(try site.call("GET", "/api/v1/music/jobs", headers: ["X-API-Key": key]).status == 403)
    for body: JSON in [[:], ["name": "x", "scopes": ["all"]], ["name": "x", "scopes": []], ["name": "x", "expires_in_days": 0], ["name": "x", "scopes": 5], ["name": "x", "description": [:]]] {
      #expect(try site.call("POST", "/api/v1/auth/api-keys", body).status == 400, "\(body.text)")
    }
  }

  @Test func aKeyMayDoWhatItsScopesSayAndGiveNoMore() throws {
    func key(_ scopes: JSON, by maker: String? = nil) throws -> StudioForTests.Answer {
      try site.call("POST", "/api/v1/auth/api-keys", ["name": "x", "scopes": scopes], headers: maker.map { ["X-API-Key": $0] } ?? [:])
    }
    let reader = try #require(try key(["music:read"]).json["api_key"]?.string)
    let headers = ["X-API-Key": reader]
    #expect(try site.call("GET", "/api/v1/music/jobs", headers: headers).status == 200)
    let refused = try site.call("POST", "/api/v1/music/simple", ["query": "x"], headers: headers)
    #expect(refused.status == 403 && refused.detail == "This API key lacks the scope music:generate.")
    #expect(try site.call("GET", "/api/v1/auth/me", headers: headers).status == 403)
    let keeper = try #require(try key(["account:write", "music:read"]).json["api_key"]?.string)
    #expect(try key(["*"], by: keeper).status == 403)
    #expect(try key(["music:generate"], by: keeper).status == 403)
    #expect(try key(["music:read"], by: keeper).status == 201)
  }

  @Test func anotherPersonsKeyIsNotThere() throws {
    let ben = try site.store.createUser(name: "ben", role: .member)
    let key = try StudioForTests.makeKey(site.store, ben)
    let mine = try #require(try site.store.apiKeys(userID: site.user.id).first?.id)
    #expect(try site.call("DELETE", "/api/v1/auth/api-keys/\(mine)", headers: ["X-API-Key": key]).status == 404)
    #expect(try site.call("GET", "/api/v1/auth/api-keys", headers: ["X-API-Key": key]).json.array?.count == 1)
  }

  @Test func aNameIsChanged() throws {
    try site.store.createUser(name: "ben", role: .member)
    #expect(try site.call("PATCH", "/api/v1/auth/me", ["full_name": "Ana Maria"]).json["full_name"] == "Ana Maria")
    #expect(try site.call("PATCH", "/api/v1/auth/me", ["full_name": "BEN"]).status == 400)
    #expect(try site.call("PATCH", "/api/v1/auth/me", ["full_name": " "]).status == 400)
  }
}
