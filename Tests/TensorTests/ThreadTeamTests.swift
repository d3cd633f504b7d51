import Foundation
import Synchronization
import Testing

@testable import Tensor

@Suite struct ThreadTeamTests {
  @Test(arguments: [1, 2, 5]) func everyPieceIsDoneOnce(_ threads: Int) {
    let team = ThreadTeam(threads: threads)
    team.lead {
      for round in 0..<3000 {
        let count = round % 9
        let done = Mutex([Int](repeating: 0, count: count))
        ThreadTeam.share(pieces: count) { piece in done.withLock { $0[piece] += 1 } }
        if done.withLock({ $0 }) != [Int](repeating: 1, count: count) { Issue.record("round \(round)") }
      }
    }
  }

  @Test func helpersThatFellAsleepWakeUp() throws {
    let team = ThreadTeam(threads: 3)
    let done = Atomic<Int>(0)
    try team.lead {
      for _ in 0..<20 {
        ThreadTeam.share(pieces: 50) { _ in done.wrappingAdd(1, ordering: .relaxed) }
        try #require(done.load(ordering: .relaxed) % 50 == 0)
        Thread.sleep(forTimeInterval: 0.002)
      }
    }
    #expect(done.load(ordering: .relaxed) == 1000)
  }

  @Test func aPieceSharesItsOwnWorkWithNobody() {
    let done = Atomic<Int>(0)
    ThreadTeam(threads: 3).lead {
      ThreadTeam.share(pieces: 8) { _ in
        ThreadTeam.share(pieces: 5) { _ in done.wrappingAdd(1, ordering: .relaxed) }
      }
    }
    #expect(done.load(ordering: .relaxed) == 40)
  }

  @Test func aSecondLeaderWorksAlone() {
    let team = ThreadTeam(threads: 3)
    let done = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      team.lead { for _ in 0..<200 { ThreadTeam.share(pieces: 7) { _ in done.wrappingAdd(1, ordering: .relaxed) } } }
    }
    #expect(done.load(ordering: .relaxed) == 4 * 200 * 7)
  }

  @Test func rowsAreSharedWithoutGaps() {
    let rows = Mutex([Int](repeating: 0, count: 101))
    ThreadTeam(threads: 2).lead {
      ThreadTeam.share(rows: 101, of: 2000) { range in rows.withLock { for row in range { $0[row] += 1 } } }
    }
    #expect(rows.withLock { $0 } == [Int](repeating: 1, count: 101))
  }

  @Test func aLayerGivesTheSameOnAnyNumberOfThreads() {
    let x = TransformerLayerTests.noise(230, 256)
    let weight = TransformerLayerTests.noise(192, 256, seed: 2).values
    for precision in Precision.allCases {
      let layer = Linear(weight: weight, layout: .outputsFirst, inputs: 256, outputs: 192, precision: precision)
      let alone = layer(x)
      for threads in [2, 3] { #expect(ThreadTeam(threads: threads).lead { layer(x) } == alone, "\(precision)") }
    }
  }
}
