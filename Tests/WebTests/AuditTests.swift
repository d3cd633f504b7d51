import FastCGI
import Foundation
import JSON
import Secrets
import Store
import Testing

@testable import Web

/// What administrators see of what happened, and everybody's own data.
@Suite struct AuditTests {
  let site: StudioForTests
  private let headers: [String: String]
  private let token: String

  init() throws {
    site = try StudioForTests()
    try site.store.setPassword(userID: site.user.id, hash: PasswordHash.make("correct horse 7"))
    try site.store.createSession(tokenHash: Secrets.hash("visitor"), userID: site.user.id, userAgent: "", expiresAt: Date(timeIntervalSinceNow: 60))
    headers = ["Cookie": "sid=visitor", "Content-Type": "application/x-www-form-urlencoded"]
    token = "nonce." + site.studio.signingKey.sign("form \(Secrets.hash("visitor")) nonce")
  }

  private func events() throws -> [AuditEvent] { try site.store.auditLog(limit: 100).entries.map(\.event) }

  private func post(_ path: String, _ fields: String = "") throws -> StudioForTests.Answer {
    try site.send("POST", path, headers: headers, body: Array("csrf=\(PercentCoding.encode(token))&\(fields)".utf8))
  }

  private func signIn(_ name: String, _ password: String) throws -> Int {
    try site.send(
      "POST", "/api/v1/auth/token", headers: ["Content-Type": "application/json", "REMOTE_ADDR": "192.0.2.7"],
      body: Array((["username": .string(name), "password": .string(password)] as JSON).text.utf8)).status
  }

  @Test func signInsAndFailuresAreNotedWithoutWhatWasTyped() throws {
    #expect(try signIn("ana", "correct horse 7") == 200)
    #expect(try signIn("ana", "wrong horse") == 401)
    #expect(try signIn("my-secret-typed-in-the-wrong-field", "x") == 401)
    for _ in 0..<5 { _ = try signIn("ana", "wrong horse") }
    #expect(try events() == [.signInBlocked] + Array(repeating: .signInFailed, count: 6) + [.signedIn])
    let page = try site.send("GET", "/admin/log", headers: headers)
    #expect(page.status == 200 && page.text.contains("a name that nobody has") && page.text.contains("Failed to sign in"))
    #expect(!page.text.contains("my-secret") && !page.text.contains("wrong horse"))
  }

  @Test func whatAdministratorsAndOwnersDoIsNoted() throws {
    let ben = try site.store.createUser(name: "Ben", role: .member)
    #expect(try post("/admin/registration", "registration=open").status == 303)
    #expect(try post("/admin/credits", "pricing=tiers&monthly=50").status == 303)
    #expect(try post("/admin/users/\(ben.id)/role", "role=admin").status == 303)
    #expect(try post("/admin/users/\(ben.id)/active", "active=off").status == 303)
    #expect(try post("/admin/invitations", "note=Cleo&role=member").status == 200)
    #expect(try post("/account/keys", "key_name=laptop").status == 200)
    let id = try site.createJob()
    #expect(try site.call("DELETE", "/api/v1/music/jobs/\(id)").status == 200)
    #expect(try post("/account/password", "current_password=correct+horse+7&new_password=better+horse+8").status == 200)
    #expect(try events() == [
      .passwordChanged, .songDeleted, .keyMade, .invited, .switchedOff, .roleChanged, .settingChanged, .settingChanged,
    ])
    let entries = try site.store.auditLog(limit: 100).entries
    #expect(entries[4].detail == "Ben" && entries[5].detail == "Ben is admin" && entries.allSatisfy { $0.userName == "ana" })
    #expect(!entries[2].detail.contains("laptop") && entries[2].detail.hasPrefix("ap_"))
  }

  @Test func theLogHasPages() throws {
    for number in 0..<120 { try site.store.note(.keyMade, by: site.user, from: "192.0.2.1", detail: "number-\(number)-") }
    let second = try site.send("GET", "/admin/log?page=2", headers: headers).text
    #expect(second.contains("number-69-") && !second.contains("number-70-") && second.contains("Page 2 of 3"))
    #expect(try site.send("GET", "/admin/log?page=999", headers: headers).status == 200)
    #expect(try site.send("GET", "/admin/log?page=-1", headers: headers).text.contains("number-119-"))
  }

  @Test func onesOwnDataIsAskedForAndSent() throws {
    #expect(try site.send("GET", "/account/data", headers: headers).status == 404)
    #expect(try post("/account/data").status == 303)
    #expect(try site.send("GET", "/account", headers: headers).text.contains("It is being made"))
    #expect(try site.send("GET", "/account/data", headers: headers).status == 404)
    let (export, _) = try #require(try site.store.claimExport())
    try site.store.finishExport(export, bytes: 12_300_000)
    #expect(try site.send("GET", "/account", headers: headers).text.contains("Download 12.3 MB"))
    let sent = try site.send("GET", "/account/data", headers: headers)
    #expect(sent.response.header("X-Accel-Redirect") == "/_protected/exports/\(export.name).zip")
    #expect(sent.response.header("Content-Disposition")?.hasPrefix("attachment; filename=\"ana ") == true)
    #expect(export.name.utf8.count >= 32)
  }
}
