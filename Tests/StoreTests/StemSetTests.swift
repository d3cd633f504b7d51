import Foundation
import Testing

@testable import Store

@Suite struct StemSetTests {
  let store: Store
  let ana: User
  init() throws {
    store = try Store.inMemory()
    ana = try store.member("Ana")
  }

  private func finishedJob(_ outputs: [Output] = [.sample()]) throws -> Int64 {
    let id = try store.enqueue(ana).id
    let job = try #require(try store.claimNextJob())
    #expect(try store.finish(jobID: id, attempt: job.attempts, .sample(outputs)))
    return id
  }

  @Test func onlyTheOwnerOfAFinishedVariationMayAsk() throws {
    let id = try finishedJob()
    let bea = try store.member("Bea")
    #expect(try store.requestStems(jobID: id, variation: 0, userID: bea.id) == nil)
    #expect(try store.requestStems(jobID: id, variation: 1, userID: ana.id) == nil)
    #expect(try store.requestStems(jobID: id + 1, variation: 0, userID: ana.id) == nil)
    let waiting = try store.enqueue(ana).id
    #expect(try store.requestStems(jobID: waiting, variation: 0, userID: ana.id) == nil)
    #expect(try store.requestStems(jobID: id, variation: 0, userID: ana.id)?.state == .queued)
  }

  @Test func askingTwiceChangesNothing() throws {
    let id = try finishedJob()
    _ = try store.requestStems(jobID: id, variation: 0, userID: ana.id)
    #expect(try store.claimNextStems()?.job.id == id)
    #expect(try store.updateStems(jobID: id, variation: 0, percent: 40))
    #expect(try store.requestStems(jobID: id, variation: 0, userID: ana.id)?.percent == 40)
    #expect(try store.claimNextStems() == nil)
    let bass = StemFile(id: "bass", name: "Bass", bytes: 3, waveformPath: "M0 0")
    let drums = StemFile(id: "drums", name: "Drums", bytes: 4, waveformPath: "M0 1")
    #expect(try store.finishStems(jobID: id, variation: 0, stems: [drums, bass], archiveBytes: 9))
    let set = try #require(try store.requestStems(jobID: id, variation: 0, userID: ana.id))
    #expect(set.state == .ready && set.stems == [drums, bass] && set.archiveBytes == 9)
  }

  @Test func theOldestWishIsFirst() throws {
    let first = try finishedJob([.sample(0), .sample(1, seed: 8)])
    let second = try finishedJob()
    _ = try store.requestStems(jobID: second, variation: 0, userID: ana.id, now: at(5))
    _ = try store.requestStems(jobID: first, variation: 1, userID: ana.id, now: at(6))
    _ = try store.requestStems(jobID: first, variation: 0, userID: ana.id, now: at(7))
    let order = try (0..<3).map { _ in try #require(try store.claimNextStems()) }
    #expect(order.map(\.job.id) == [second, first, first])
    #expect(order.map(\.output.variation) == [0, 1, 0])
  }

  @Test func everyChangeStartsANewGeneration() throws {
    let id = try finishedJob()
    var seen = try store.currentGeneration()
    func isNewer() throws -> Bool {
      let now = try store.currentGeneration()
      defer { seen = now }
      return now > seen
    }
    _ = try store.requestStems(jobID: id, variation: 0, userID: ana.id)
    #expect(try isNewer())
    _ = try store.claimNextStems()
    #expect(try isNewer())
    _ = try store.updateStems(jobID: id, variation: 0, percent: 10)
    #expect(try isNewer())
    try store.failStems(jobID: id, variation: 0, message: "No.")
    #expect(try isNewer())
  }

  @Test func theyGoWithTheirJob() throws {
    let id = try finishedJob()
    _ = try store.requestStems(jobID: id, variation: 0, userID: ana.id)
    _ = try store.claimNextStems()
    #expect(try store.deleteJob(id: id, userID: ana.id))
    #expect(try store.stemSets(jobID: id).isEmpty)
    #expect(try !store.updateStems(jobID: id, variation: 0, percent: 50))
    #expect(try !store.finishStems(jobID: id, variation: 0, stems: [], archiveBytes: 0))
  }
}
