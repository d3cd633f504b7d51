import Foundation
import Store
import Testing

@Suite struct UserTests {
  let store: Store
  init() throws { store = try Store.inMemory() }

  @Test func aUserIsFoundByNameOrAddressWhateverTheCase() throws {
    let user = try store.createUser(name: "Ana", email: "ana@example.com", role: .member, now: at(0))
    #expect(try store.user(named: "aNA") == user)
    #expect(try store.user(named: "ANA@example.com") == user)
    #expect(try store.user(id: user.id) == user)
    #expect(try store.user(named: "an") == nil)
    #expect(try store.user(named: "%") == nil)
  }

  @Test func aNameThatIsAnothersAddressNeverShadowsTheName() throws {
    _ = try store.createUser(name: "first", email: "bob", role: .member, now: at(0))
    let bob = try store.createUser(name: "bob", email: nil, role: .member, now: at(1))
    #expect(try store.user(named: "bob") == bob)
  }

  @Test func namesAndAddressesAreTakenOnce() throws {
    try store.createUser(name: "Ana", email: "ana@example.com", role: .member)
    #expect(throws: StoreError.nameTaken) { try store.createUser(name: "ana", role: .member) }
    #expect(throws: StoreError.emailTaken) {
      try store.createUser(name: "Eve", email: "ANA@example.com", role: .member)
    }
    let eve = try store.createUser(name: "Eve", role: .member)
    #expect(throws: StoreError.nameTaken) { try store.rename(userID: eve.id, to: "ANA") }
    #expect(try store.users().map(\.name).sorted() == ["Ana", "Eve"])
  }

  @Test func setUpAdoptsTheAdminTheCommandLineMade() throws {
    #expect(try store.firstAdmin() == nil)
    let made = try store.firstAdmin(orCreateNamed: "admin", now: at(0))
    #expect(try store.firstAdmin(orCreateNamed: "other") == made)
    #expect(try !store.hasAdminWithPassword())
    let adopted = try store.completeSetup(name: "Ana", email: "ana@example.com", passwordHash: "h1")
    #expect(adopted.id == made.id && adopted.name == "Ana")
    #expect(try store.user(id: made.id) == adopted)
    #expect(try store.hasAdminWithPassword())
    #expect(throws: StoreError.alreadySetUp) {
      try store.completeSetup(name: "Eve", email: nil, passwordHash: "h2")
    }
    #expect(try store.user(named: "Ana")?.passwordHash == "h1")
  }

  @Test func setUpOnAnEmptyStoreMakesTheFirstAdmin() throws {
    try store.createUser(name: "member", role: .member)
    let admin = try store.completeSetup(name: "Ana", email: nil, passwordHash: "h")
    #expect(admin.role == .admin)
    #expect(try store.firstAdmin() == admin)
  }

  @Test func aNewPasswordEndsTheOtherSessions() throws {
    let user = try store.member("Ana")
    for token in ["mine", "other"] {
      try store.createSession(tokenHash: token, userID: user.id, userAgent: "", expiresAt: at(1000), now: at(0))
    }
    try store.setPassword(userID: user.id, hash: "new", keepingSession: "mine")
    #expect(try store.session(hash: "mine", now: at(1)) != nil)
    #expect(try store.session(hash: "other", now: at(1)) == nil)
    #expect(try store.user(id: user.id)?.passwordHash == "new")
    try store.setPassword(userID: user.id, hash: "newer")
    #expect(try store.session(hash: "mine", now: at(1)) == nil)
  }

  @Test func settingsAreRememberedChangedAndTakenAway() throws {
    #expect(try store.setting(.siteName) == nil)
    try store.set(.siteName, to: "Cantiga")
    try store.set(.siteName, to: "Studio")
    #expect(try store.setting(.siteName) == "Studio")
    try store.set(.siteName, to: nil)
    #expect(try store.setting(.siteName) == nil)
  }
}
