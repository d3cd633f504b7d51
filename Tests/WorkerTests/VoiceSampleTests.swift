import Audio
import Generation
import Music
import Synchronization
import Testing

@testable import Worker

/// Voices to choose from by ear, sung between songs.
struct VoiceSampleTests {
  @Test func aSampleIsSungOnceItIsAskedFor() throws {
    let studio = try Studio()
    try studio.worker.start()
    #expect(studio.worker.sample(of: .deep) == .waiting)
    try studio.wait { studio.worker.sample(of: .deep) != .waiting }
    #expect(studio.worker.sample(of: .deep) == .ready(path: "voices/deep.mp3"))
    #expect(try AudioFile.read(studio.media.path + "/voices/deep.mp3").frames > 0)
    #expect(studio.engine.calls.withLock { $0.map(\.voice) } == [.deep])
    #expect(studio.engine.calls.withLock { $0.map(\.task) } == [.lyric2vocals])
    #expect(studio.worker.sample(of: .female) == .waiting)
  }

  @Test func aVoiceThatCanNotBeSungSaysWhyAndIsTriedAgain() throws {
    let studio = try Studio(FakeEngine(.fails(GenerationError.failed("no air"))))
    try studio.worker.start()
    #expect(studio.worker.sample(of: .male) == .waiting)
    var answer = VoiceSample.waiting
    try studio.wait {
      answer = studio.worker.sample(of: .male)
      return answer != .waiting
    }
    guard case .unavailable(let reason) = answer else { Issue.record("\(answer)"); return }
    #expect(reason.contains("no air"))
    #expect(studio.worker.sample(of: .male) == .waiting)
  }
}
