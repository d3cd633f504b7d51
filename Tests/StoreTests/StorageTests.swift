import Foundation
import Testing

@testable import Store

@Suite struct StorageTests {
  let store: Store
  let ana: User
  init() throws {
    store = try Store.inMemory()
    ana = try store.member("Ana")
  }

  /// A finished song; each takes up 13,960,044 bytes.
  private func song(_ user: User, at seconds: Double = 3, name: String = "A song") throws -> Int64 {
    let job = try store.enqueue(user, name: name)
    let claimed = try #require(try store.claimNextJob(now: at(2)))
    #expect(try store.finish(jobID: job.id, attempt: claimed.attempts, .sample(), now: at(seconds)))
    return job.id
  }

  @Test func whoKeepsAsMuchAsTheyMayCanAddNothing() throws {
    let id = try song(ana)
    let bytes = 4_000_000 + 8_640_044 + 720_000 + 600_000
    #expect(try store.storageUsed(userID: ana.id) == bytes)
    #expect(try store.storageQuota() == nil)
    try store.set(.storageQuota, to: "14")
    try store.enqueue(ana)
    try store.set(.storageQuota, to: "13")
    let full = StoreError.storageFull(used: bytes, limit: 13 << 20)
    #expect(throws: full) { try store.enqueue(ana) }
    #expect("\(full)" == "Your songs and uploads take up 13 MiB of the 13 MiB that you may keep. Delete some first.")
    #expect(throws: full) { try store.requestStems(jobID: id, variation: 0, userID: ana.id) }
    let ben = try store.member("Ben")
    try store.enqueue(ben)
    #expect(try store.deleteJob(id: id, userID: ana.id))
    try store.enqueue(ana)
    try store.set(.storageQuota, to: "0")
    #expect(try store.storageQuota() == nil)
  }

  @Test func anUploadMustFit() throws {
    func upload(_ id: String, _ bytes: Int) -> Upload {
      Upload(
        id: id, userID: ana.id, recordingID: id, fileName: "x", contentType: "audio/wav", bytes: bytes, sampleRate: 48_000, channels: 2,
        durationSeconds: 1, isCut: false, waveformPath: "", createdAt: at(0), expiresAt: at(1e9))
    }
    try store.set(.storageQuota, to: "10")
    _ = try store.add(upload("a", 6 << 20), now: at(0))
    #expect(throws: StoreError.storageFull(used: 6 << 20, limit: 10 << 20)) { try store.add(upload("b", 5 << 20), now: at(0)) }
    _ = try store.add(upload("c", 4 << 20), now: at(0))
    _ = try store.add(upload("a", 6 << 20), now: at(0))
  }

  @Test func onlyWhatNobodyCaresForGoesAndOnlyWhenItIsSet() throws {
    let day = 86_400.0
    let names = ["plain", "liked", "shared", "listed", "young", "disliked"]
    let ids = try names.map { try song(ana, at: $0 == "young" ? 50 * day : 0, name: $0) }
    _ = try store.setOpinion(jobID: ids[1], userID: ana.id, .like)
    _ = try store.setOpinion(jobID: ids[5], userID: ana.id, .dislike)
    _ = try store.share(jobID: ids[2], userID: ana.id, token: "t", expiresAt: nil, allowsDownload: false)
    #expect(try store.add(jobID: ids[3], toPlaylist: store.createPlaylist(userID: ana.id, name: "x").id, userID: ana.id))
    let waiting = try store.enqueue(ana, now: at(0)).id
    let now = at(60 * day)
    let preview = try store.oldSongs(olderThan: 30, limit: 1, now: now)
    #expect(preview.songs.map(\.title) == ["plain"] && preview.count == 2 && preview.bytes == 2 * 13_960_044 && preview.songs[0].userName == "Ana")
    #expect(try store.deleteOldSongs(now: now) == 0, "nothing goes by default")
    try store.set(.retentionDays, to: "30")
    #expect(try store.deleteOldSongs(now: now) == 2)
    #expect(try Set(store.jobs(userID: ana.id).jobs.map(\.id)) == Set(ids[1...4] + [waiting]))
    #expect(try Set(store.deletions()) == [ids[0], ids[5]], "the worker removes the files")
    #expect(try store.ledgerFaults().isEmpty)
  }

  @Test func whatASwitchedOffAccountHasQueuedIsCancelledAndGivenBack() throws {
    try store.set(.pricing, to: Pricing.tiers.rawValue)
    try store.createUser(name: "root", role: .admin)
    let first = try store.enqueue(ana).id
    let claimed = try #require(try store.claimNextJob(now: at(2)))
    let second = try store.enqueue(ana).id
    let before = try store.balances(userID: ana.id).credits
    #expect(before.held > 0)
    #expect(try store.setActive(userID: ana.id, false, now: at(5)))
    #expect(try store.job(id: second, userID: ana.id)?.status == .failed)
    #expect(try store.job(id: second, userID: ana.id)?.errorMessage == "The account was switched off")
    #expect(try store.claimNextJob(now: at(6)) == nil)
    #expect(try store.workState(jobID: first, attempt: claimed.attempts) == .cancelRequested)
    try store.fail(jobID: first, attempt: claimed.attempts, message: Store.cancelMessage, cancelled: true, now: at(7))
    let after = try store.balances(userID: ana.id).credits
    #expect(after.held == 0 && after.available == before.available + before.held)
    #expect(try store.ledgerFaults().isEmpty)
  }
}
