import Foundation
import Store
import Testing

@Suite struct AccountTests {
  let store: Store
  let admin: User
  init() throws {
    store = try Store.inMemory()
    admin = try store.createUser(name: "olive", email: "olive@example.org", role: .admin, now: at(0))
  }

  @Test func anInvitationMakesOneAccountWithItsRole() throws {
    try store.createLink(.invite(.admin), secretHash: "h", note: "for Ben", expiresAt: at(100), now: at(0))
    #expect(try store.invitations(now: at(1)).map(\.note) == ["for Ben"])
    #expect(try store.link(secretHash: "h", now: at(100)) == nil, "expired")
    #expect(try store.link(secretHash: "x", now: at(1)) == nil)
    #expect(throws: StoreError.nameTaken) {
      try store.accept(inviteHash: "h", name: "Olive", email: nil, passwordHash: "p", now: at(1))
    }
    let ben = try store.accept(inviteHash: "h", name: "ben", email: nil, passwordHash: "p", now: at(2))
    #expect(ben.role == .admin)
    #expect(throws: StoreError.linkNotValid) {
      try store.accept(inviteHash: "h", name: "eve", email: nil, passwordHash: "p", now: at(3))
    }
    #expect(try store.invitations(now: at(3)).isEmpty)
  }

  @Test func aResetLinkWorksOnceForItsUserAndSignsThemOut() throws {
    let ben = try store.member("ben")
    try store.createSession(tokenHash: "s", userID: ben.id, userAgent: "", expiresAt: at(1000), now: at(0))
    try store.createFamily(id: "f", userID: ben.id, refreshHash: "r", userAgent: "", expiresAt: at(1000), now: at(0))
    try store.createLink(.reset(userID: ben.id), secretHash: "old", expiresAt: at(100), now: at(0))
    try store.createLink(.reset(userID: ben.id), secretHash: "new", expiresAt: at(100), now: at(0))
    #expect(try store.link(secretHash: "old", now: at(1)) == nil, "a newer one takes its place")
    #expect(throws: StoreError.linkNotValid) {
      try store.accept(inviteHash: "new", name: "eve", email: nil, passwordHash: "p", now: at(1))
    }
    #expect(try store.resetPassword(linkHash: "new", passwordHash: "p2", now: at(1)).id == ben.id)
    #expect(try store.user(id: ben.id)?.passwordHash == "p2")
    #expect(try store.session(hash: "s", now: at(2)) == nil)
    #expect(try store.family(id: "f", now: at(2)) == nil)
    #expect(throws: StoreError.linkNotValid) { try store.resetPassword(linkHash: "new", passwordHash: "p3", now: at(2)) }
  }

  @Test func aLinkOfSomebodyWhoIsSwitchedOffIsNotGood() throws {
    let ben = try store.member("ben")
    try store.createLink(.reset(userID: ben.id), secretHash: "h", expiresAt: at(100), now: at(0))
    #expect(try store.setActive(userID: ben.id, false))
    #expect(try store.link(secretHash: "h", now: at(1)) == nil)
  }

  @Test func whoIsSwitchedOffIsSignedOutAndComesBackAsBefore() throws {
    let ben = try store.member("ben")
    try store.createSession(tokenHash: "s", userID: ben.id, userAgent: "", expiresAt: at(1000), now: at(0))
    #expect(try store.setActive(userID: ben.id, false))
    #expect(try store.user(id: ben.id)?.isActive == false)
    #expect(try store.setActive(userID: ben.id, true))
    #expect(try store.session(hash: "s", now: at(1)) == nil, "the old session doesn't come back")
    #expect(try !store.setActive(userID: "nobody", false))
  }

  @Test func thereIsAlwaysAnAdministrator() throws {
    #expect(throws: StoreError.lastAdmin) { try store.setActive(userID: admin.id, false) }
    #expect(throws: StoreError.lastAdmin) { try store.setRole(userID: admin.id, .member) }
    #expect(try store.user(id: admin.id)?.role == .admin)
    let ben = try store.member("ben")
    #expect(try store.setRole(userID: ben.id, .admin))
    #expect(try store.setRole(userID: admin.id, .member))
    #expect(throws: StoreError.lastAdmin) { try store.setActive(userID: ben.id, false) }
  }

  @Test func aRefreshTokenThatComesTwiceEndsItsFamily() throws {
    try store.createFamily(id: "f", userID: admin.id, refreshHash: "1", userAgent: "", expiresAt: at(100), now: at(0))
    #expect(try store.refresh(familyID: "f", refreshHash: "1", next: "2", expiresAt: at(200), now: at(1)).id == admin.id)
    #expect(try store.family(id: "f", now: at(150)) != nil, "it lives on with each use")
    #expect(throws: StoreError.tokenNotValid) {
      try store.refresh(familyID: "f", refreshHash: "1", next: "3", expiresAt: at(200), now: at(2))
    }
    #expect(try store.family(id: "f", now: at(3)) == nil)
    #expect(throws: StoreError.tokenNotValid) {
      try store.refresh(familyID: "f", refreshHash: "2", next: "3", expiresAt: at(200), now: at(4))
    }
  }

  @Test func aFamilyEndsWithItsTimeAndWithItsOwner() throws {
    try store.createFamily(id: "f", userID: admin.id, refreshHash: "1", userAgent: "curl", expiresAt: at(100), now: at(0))
    #expect(try store.families(userID: admin.id, now: at(1)).map(\.userAgent) == ["curl"])
    #expect(try store.family(id: "f", now: at(100)) == nil)
    #expect(throws: StoreError.tokenNotValid) {
      try store.refresh(familyID: "f", refreshHash: "1", next: "2", expiresAt: at(300), now: at(100))
    }
    try store.createFamily(id: "g", userID: admin.id, refreshHash: "1", userAgent: "", expiresAt: at(100), now: at(0))
    #expect(try !store.deleteFamily(id: "g", userID: "somebody else"))
    #expect(try store.deleteFamily(id: "g", userID: admin.id))
  }

  @Test func attemptsAreCountedBeforeTheyAreMade() throws {
    let limits = [SignInLimit(subject: "ana at home", attempts: 2), SignInLimit(subject: "ana", attempts: 3)]
    let away = [SignInLimit(subject: "ana away", attempts: 2), SignInLimit(subject: "ana", attempts: 3)]
    #expect(try store.trySignIn(limits, now: at(0)) == nil)
    #expect(try store.trySignIn(limits, now: at(1)) == nil)
    #expect(try store.trySignIn(limits, now: at(2)) == 899, "until a quarter of an hour after the last attempt")
    #expect(try store.trySignIn(away, now: at(3)) == nil, "from elsewhere there are still some")
    #expect(try store.trySignIn(away, now: at(4)) == 899, "but not without end")
    #expect(try store.trySignIn(limits, now: at(900)) == 3)
    #expect(try store.trySignIn(limits, now: at(903 + 1)) == nil, "a quarter of an hour after the last attempt")
    try store.forgetSignInAttempts(limits.map(\.subject))
    #expect(try store.trySignIn(limits, now: at(905)) == nil)
    #expect(try store.trySignIn(limits, now: at(906)) == nil)
  }

  @Test func aRegistrationWaitsForItsCodeAndGivesUpAfterFiveWrongOnes() throws {
    func keep() throws {
      try store.keepRegistration(email: "b@example.org", name: "ben", passwordHash: "p", codeHash: "c", expiresAt: at(900), now: at(0))
    }
    try keep()
    for second in 1...5 { #expect(try store.completeRegistration(email: "b@example.org", codeHash: "x", now: at(Double(second))) == nil) }
    #expect(try store.completeRegistration(email: "b@example.org", codeHash: "c", now: at(6)) == nil)
    try keep()
    #expect(try store.completeRegistration(email: "b@example.org", codeHash: "c", now: at(900)) == nil, "expired")
    try keep()
    let ben = try #require(try store.completeRegistration(email: "B@example.org", codeHash: "c", now: at(6)))
    #expect(ben.role == .member && ben.email == "b@example.org" && ben.passwordHash == "p")
    #expect(try store.completeRegistration(email: "b@example.org", codeHash: "c", now: at(7)) == nil)
  }

  @Test func aSessionIsEndedByItsOwnerAlone() throws {
    let hash = "0123456789abcdef-and-more"
    try store.createSession(tokenHash: hash, userID: admin.id, userAgent: "", expiresAt: at(1000), now: at(0))
    let ben = try store.member("ben")
    let id = try #require(try store.sessions(userID: admin.id, now: at(1)).first?.id)
    #expect(try !store.deleteSession(id: id, userID: ben.id))
    #expect(try store.deleteSession(id: id, userID: admin.id))
    #expect(try store.session(hash: hash, now: at(1)) == nil)
  }
}
