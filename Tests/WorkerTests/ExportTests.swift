import Archive
import Foundation
import JSON
import Store
import Testing

@testable import Worker

/// A user's own data as an archive.
@Suite struct ExportTests {
  private func exporter(_ studio: Studio) -> DataExporter {
    DataExporter(store: studio.store, media: studio.media, recordings: studio.recordings, logger: studio.worker.logger)
  }

  @Test func everythingThatIsTheirsIsInTheArchiveAndNothingElse() throws {
    let studio = try Studio()
    let store = studio.store
    let ben = try store.createUser(name: "Ben", role: .member)
    let id = try studio.enqueue()
    let draft = JobDraft(
      userID: ben.id, task: "text2music", songType: "song", engine: "score", seeds: [1], displayName: "Ben's secret", request: "{}")
    _ = try store.createJob(draft)
    try studio.worker.start()
    try studio.wait(for: id) { $0.status == .completed }
    _ = try store.relabel(jobID: id, userID: studio.ana.id, displayName: "../../etc/a:b", thumbnailURL: nil)
    try store.grant(500, .credits, to: studio.ana.id)
    _ = try store.createAPIKey(userID: studio.ana.id, secretHash: "hash-of-a-secret", prefix: "ap_123", name: "laptop")

    #expect(try store.add(jobID: id, toPlaylist: store.createPlaylist(userID: studio.ana.id, name: "Rain").id, userID: studio.ana.id))

    let export = try store.requestExport(userID: studio.ana.id, name: "archive")
    let exporter = exporter(studio)
    #expect(try exporter.makeNext())
    #expect(try !exporter.makeNext())
    let made = try #require(try store.export(userID: studio.ana.id))
    let path = studio.media.archive(export.name)
    let bytes = try FileSize.bytes(path)
    #expect(made.state == .ready && made.bytes == bytes)
    let zip = try ZIPArchive(path: path)
    let names = Set(zip.entries.map(\.name))
    #expect(names.isSuperset(of: ["account.json", "jobs.json", "ledger.json", "usage.json", "uploads.json"]))
    let flac = try #require(names.first { $0.hasSuffix("/0.flac") })
    let sound = try zip.bytes(of: flac)
    #expect(flac == "songs/\(id) _.._etc_a_b/0.flac" && sound.starts(with: Array("fLaC".utf8)))
    let jobs = try JSON(parsing: zip.bytes(of: "jobs.json"))
    #expect(jobs.array?.count == 1 && jobs[0]?["id"] == .int(Int(id)) && jobs[0]?["request"]?["bpm"] == 120)
    let ledger = try JSON(parsing: zip.bytes(of: "ledger.json"))
    #expect(ledger[0]?["amount"] == 500 && ledger[0]?["reason"] == "grant")
    let account = String(decoding: try zip.bytes(of: "account.json"), as: UTF8.self)
    #expect(try JSON(parsing: account)["playlists"] == [["name": "Rain", "song_ids": [.int(Int(id))]]])
    #expect(account.contains("laptop") && !account.contains("hash-of-a-secret"))
    for name in names where name.hasSuffix(".json") { #expect(!String(decoding: try zip.bytes(of: name), as: UTF8.self).contains("Ben")) }
    // The worker may be making something else there.
    #expect(try !FileManager.default.contentsOfDirectory(atPath: studio.media.path + "/tmp").contains { $0.hasPrefix("export") })
  }

  @Test func archivesThatNobodyKnowsOfAreRemoved() throws {
    let studio = try Studio()
    let kept = try studio.store.requestExport(userID: studio.ana.id, name: "kept")
    #expect(try exporter(studio).makeNext())
    try Data("x".utf8).write(to: URL(fileURLWithPath: studio.media.archive("stray")))
    try exporter(studio).tidy()
    #expect(try studio.media.archives() == [kept.name])
  }
}
