import Foundation
import Store
import Testing

@Suite struct CredentialTests {
  let store: Store
  let user: User
  init() throws {
    store = try Store.inMemory()
    user = try store.member("Ana")
  }

  @Test func aKeyIsFoundByItsHashWithItsUser() throws {
    let key = try store.createAPIKey(
      userID: user.id, secretHash: "abc", prefix: "ck_12", name: "laptop", scopes: ["jobs:read", "jobs:write"],
      description: "for scripts", expiresAt: at(500), now: at(0))
    let found = try #require(try store.apiKey(hash: "abc"))
    #expect(found.key == key)
    #expect(found.user == user)
    #expect(found.key.status(now: at(499)) == .active)
    #expect(found.key.status(now: at(500)) == .expired)
    #expect(try store.apiKey(hash: "abd") == nil)
    #expect(try store.apiKeys(userID: user.id) == [key])
  }

  @Test func oneSecretIsOneKey() throws {
    _ = try store.createAPIKey(userID: user.id, secretHash: "abc", prefix: "ck", name: "one")
    #expect(throws: StoreError.self) {
      _ = try store.createAPIKey(userID: user.id, secretHash: "abc", prefix: "ck", name: "two")
    }
  }

  @Test func onlyItsOwnerOrAnAdministratorRevokesAKeyAndOnlyOnce() throws {
    let key = try store.createAPIKey(userID: user.id, secretHash: "abc", prefix: "ck", name: "k", now: at(0))
    let eve = try store.member("Eve")
    #expect(try !store.revokeAPIKey(id: key.id, userID: eve.id))
    #expect(try store.apiKey(hash: "abc")?.key.status(now: at(1)) == .active)
    #expect(try store.revokeAPIKey(id: key.id, userID: user.id, now: at(2)))
    #expect(try store.apiKey(hash: "abc")?.key.status(now: at(3)) == .revoked)
    #expect(try !store.revokeAPIKey(id: key.id, userID: nil))
  }

  @Test func useIsNotedAtMostOnceAMinute() throws {
    var key = try store.createAPIKey(userID: user.id, secretHash: "abc", prefix: "ck", name: "k", now: at(0))
    func touched(_ seconds: Double) throws -> Date? {
      try store.touch(key, now: at(seconds))
      key = try #require(try store.apiKey(hash: "abc")).key
      return key.lastUsedAt
    }
    #expect(try touched(10) == at(10))
    let version = try store.dataVersion()
    #expect(try touched(69) == at(10))
    #expect(try store.dataVersion() == version, "a use within the minute writes nothing")
    #expect(try touched(70) == at(70))
  }

  @Test func aSessionLivesUntilItExpiresUnlessItIsUsed() throws {
    try store.createSession(tokenHash: "t", userID: user.id, userAgent: "Firefox", expiresAt: at(100), now: at(0))
    let session = try #require(try store.session(hash: "t", now: at(99))).session
    #expect(session.userAgent == "Firefox")
    #expect(try store.session(hash: "t", now: at(100)) == nil)
    try store.touch(session, expiresAt: at(200), now: at(59))
    #expect(try store.session(hash: "t", now: at(100)) == nil)
    try store.touch(session, expiresAt: at(200), now: at(60))
    let later = try #require(try store.session(hash: "t", now: at(199)))
    #expect(later.session.lastSeenAt == at(60))
    #expect(later.user == user)
    #expect(try store.deleteExpiredSessions(now: at(199)) == 0)
    #expect(try store.deleteExpiredSessions(now: at(200)) == 1)
    #expect(try store.sessions(userID: user.id, now: at(0)).isEmpty)
  }

  @Test func signingOutEndsOneSession() throws {
    for token in ["a", "b"] {
      try store.createSession(tokenHash: token, userID: user.id, userAgent: "", expiresAt: at(100), now: at(0))
    }
    try store.deleteSession(hash: "a")
    #expect(try store.sessions(userID: user.id, now: at(1)).map(\.tokenHash) == ["b"])
  }
}
