import Foundation
import Synchronization
import Testing

@testable import Store

@Suite struct RowCacheTests {
  @Test func aRowIsReadOnceAGeneration() {
    let cache = RowCache<Int, String>(capacity: 10)
    let reads = Mutex(0)
    func value(_ generation: Int64) -> String? {
      cache.value(for: 1, generation: { generation }) {
        reads.withLock {
          $0 += 1
          return "read \($0)"
        }
      }
    }
    #expect([value(5), value(5), value(6), value(6)] == ["read 1", "read 1", "read 2", "read 2"])
  }

  @Test func whoeverANewGenerationOvertakesAsksAgain() {
    let cache = RowCache<Int, String>(capacity: 10)
    var generation: Int64 = 1
    var rows = ["new", "old"]
    let found = cache.value(for: 1, generation: { generation }) {
      if generation == 1 {
        // A write ends while this read is under way, and another reader has seen so.
        generation = 2
        _ = cache.value(for: 2, generation: { 2 }) { "other" }
      }
      return rows.popLast()
    }
    #expect(found == "new")
    #expect(cache.value(for: 1, generation: { 2 }) { "newer" } == "new")
  }

  @Test func inOneGenerationAllAreToldTheSame() {
    let cache = RowCache<Int, String>(capacity: 10)
    // The second reader finds what a commit has just changed, and is the first to be done.
    let first = cache.value(for: 1, generation: { 1 }) {
      _ = cache.value(for: 1, generation: { 1 }) { "new" }
      return "old"
    }
    #expect(first == "new")
  }

  @Test func nothingFoundIsAskedAgainAndManyKeysAreForgotten() {
    let cache = RowCache<Int, Int>(capacity: 3)
    #expect(cache.value(for: 1, generation: { 1 }) { nil } == nil)
    #expect(cache.value(for: 1, generation: { 1 }) { 7 } == 7)
    for key in 2...10 { #expect(cache.value(for: key, generation: { 1 }) { key } == key) }
    #expect(cache.value(for: 1, generation: { 1 }) { 8 } == 8)
  }

  @Test func aKeyRevokedByAnotherProcessIsRefusedSoon() throws {
    let folder = try TemporaryFolder()
    let server = try Store(path: folder.database)
    let ana = try server.member("Ana")
    let key = try server.createAPIKey(userID: ana.id, secretHash: "abc", prefix: "ck", name: "k")
    #expect(try server.apiKey(hash: "abc")?.key.revokedAt == nil)
    let commandLine = try Store(path: folder.database)
    #expect(try commandLine.revokeAPIKey(id: key.id, userID: nil))
    let asked = ContinuousClock.now
    while try server.apiKey(hash: "abc")?.key.revokedAt == nil {
      try #require(ContinuousClock.now - asked < .seconds(5))
    }
    print("noticed after \(ContinuousClock.now - asked)")
  }

  @Test func everyWriteIsReadAtOnceByItsWriter() throws {
    let folder = try TemporaryFolder()
    let store = try Store(path: folder.database)
    let ana = try store.member("Ana")
    let jobs = try (0..<4).map { _ in try store.enqueue(ana).id }
    try inParallel(4) { index in
      for turn in 0..<50 {
        _ = try store.relabel(jobID: jobs[index], userID: ana.id, displayName: "\(turn)")
        #expect(try store.jobWithOutputs(id: jobs[index], userID: ana.id)?.job.displayName == "\(turn)")
      }
    }
  }
}
