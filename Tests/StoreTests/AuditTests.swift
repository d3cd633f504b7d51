import Foundation
import Testing

@testable import Store

@Suite struct AuditTests {
  let store: Store
  init() throws { store = try Store.inMemory() }

  @Test func theLogIsPagedNewestFirstAndKeepsNames() throws {
    let ana = try store.member("Ana")
    for number in 0..<5 { try store.note(.keyMade, by: ana, from: "192.0.2.1", detail: "key \(number)", now: at(Double(number))) }
    try store.note(.signInFailed, by: nil, from: "192.0.2.2", now: at(9))
    try store.rename(userID: ana.id, to: "Anna")
    let (entries, total) = try store.auditLog(skip: 0, limit: 3)
    #expect(total == 6 && entries.map(\.event) == [.signInFailed, .keyMade, .keyMade])
    #expect(entries[1].userName == "Ana" && entries[1].detail == "key 4" && entries[1].at == at(4) && entries[0].userName == "")
    #expect(try store.auditLog(skip: 3, limit: 3).entries.map(\.detail) == ["key 2", "key 1", "key 0"])
  }

  @Test func theLogIsBoundedByAge() throws {
    try store.note(.signedIn, by: nil, from: "a", now: at(0))
    try store.note(.signedIn, by: nil, from: "b", now: at(100))
    try store.deleteOldAuditEntries(now: at(50) + Store.auditMemory)
    #expect(try store.auditLog(limit: 9).entries.map(\.address) == ["b"])
  }

  @Test func anExportIsAskedForMadeKeptAndForgotten() throws {
    let ana = try store.member("Ana")
    #expect(try store.export(userID: ana.id) == nil)
    #expect(try store.claimExport() == nil)
    #expect(try store.requestExport(userID: ana.id, name: "one", now: at(0)).state == .queued)
    #expect(try store.requestExport(userID: ana.id, name: "two", now: at(1)).name == "one", "it waits already")
    let (export, user) = try #require(try store.claimExport())
    #expect(export.state == .making && user.id == ana.id)
    #expect(try store.claimExport() == nil)
    try store.requeueExports()
    #expect(try store.claimExport() != nil)
    try store.finishExport(export, bytes: 7, now: at(2))
    #expect(try store.export(userID: ana.id)?.bytes == 7)
    #expect(try store.deleteOldExports(now: at(3)) == ["one"])
    #expect(try store.requestExport(userID: ana.id, name: "three", now: at(4)).name == "three")
    try store.finishExport(export, bytes: 9, now: at(5))
    #expect(try store.export(userID: ana.id)?.state == .queued, "what was asked for before is no longer wanted")
    let (again, _) = try #require(try store.claimExport())
    try store.finishExport(again, bytes: nil, errorMessage: "full", now: at(6))
    #expect(try store.deleteOldExports(now: at(6) + Store.exportMemory).isEmpty)
    #expect(try store.export(userID: ana.id) == nil)
  }
}
