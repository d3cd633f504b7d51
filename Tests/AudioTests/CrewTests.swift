import Audio
import Synchronization
import Testing

struct CrewTests {
  struct Broken: Error, Equatable { let piece: Int }

  @Test(arguments: [1, 2, 5])
  func everyPieceIsDoneOnceAndEveryStepCounted(threads: Int) throws {
    let done = Mutex([Int](repeating: 0, count: 37))
    var last = (0, 0)
    try Crew(threads: threads).run(pieces: 37, steps: 74) {
      last = ($0, $1)
    } work: { piece, steps in
      try steps.advance()
      done.withLock { $0[piece] += 1 }
      try steps.advance()
    }
    #expect(done.withLock { $0 } == [Int](repeating: 1, count: 37))
    #expect(last == (74, 74))
  }

  @Test(arguments: [1, 2, 5])
  func anErrorInAnyPieceStopsTheRestAndIsThrown(threads: Int) {
    let finished = Atomic<Int>(0)
    #expect(throws: Broken.self) {
      try Crew(threads: threads).run(pieces: 100, steps: 100) { _, _ in
      } work: { piece, steps in
        if piece == 20 { throw Broken(piece: piece) }
        // Those after the broken one go on until they are told to stop.
        while piece > 20 { try steps.advance(by: 0) }
        try steps.advance()
        finished.wrappingAdd(1, ordering: .relaxed)
      }
    }
    #expect(finished.load(ordering: .relaxed) <= 20)
  }

  @Test func whatProgressThrowsStopsTheHelpersToo() {
    let finished = Atomic<Int>(0)
    #expect(throws: CancellationError.self) {
      try Crew(threads: 3).run(pieces: 3, steps: 3) { _, _ in
        throw CancellationError()
      } work: { _, steps in
        while true { try steps.advance(by: 0) }
      }
    }
    finished.wrappingAdd(1, ordering: .relaxed)
    #expect(finished.load(ordering: .relaxed) == 1)
  }

  @Test func noPiecesAreDoneAtOnce() throws {
    var calls = 0
    try Crew(threads: 2).run(pieces: 0, steps: 0) { _, _ in calls += 1 } work: { _, _ in }
    #expect(calls == 1)
  }
}
