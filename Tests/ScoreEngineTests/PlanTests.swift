import Generation
import Testing

@testable import ScoreEngine

/// What a song tells of its plan.
struct PlanTests {
  private func used(_ caption: String, task: MusicTask = .text2music, seconds: Double = 30) throws -> UsedParameters {
    var request = SongRequest(task: task)
    request.caption = caption
    request.audioDuration = seconds
    request.seed = 5
    if task == .text2samples { request.sampleType = "loop" }
    return try ScoreEngineTests.engine.makeSong(request, progress: Listener()).used
  }

  @Test func theCaptionIsToldByTopic() throws {
    let used = try used("dark slow bossa nova in D minor with piano, no drums, 5/4, 96 bpm")
    #expect(used.understood[.genre]?.first == "Bossa Nova")
    #expect(used.understood[.mood] == ["dark"])
    #expect(used.understood[.tempo] == ["96 BPM"])
    #expect(used.understood[.key] == ["D Minor"])
    #expect(used.understood[.meter] == ["5/4"])
    #expect(used.understood[.instruments] == ["piano"])
    #expect(used.understood[.without] == ["drums"])
    #expect(used.understood[.language] == nil)
    #expect(used.style == "Bossa Nova" && used.genre == "Jazz")
    #expect(try self.used("slow piano").understood[.tempo] == ["slow"])
  }

  @Test(arguments: [12.0, 30, 95])
  func sectionsFillTheSongFromEndToEnd(seconds: Double) throws {
    let sections = try used("upbeat pop", seconds: seconds).sections
    #expect(sections.first?.startSeconds == 0)
    #expect(sections.last?.endSeconds == seconds)
    for (section, next) in zip(sections, sections.dropFirst()) {
      #expect(section.endSeconds == next.startSeconds)
      #expect(section.startSeconds < section.endSeconds)
    }
    #expect(sections.allSatisfy { $0.bars > 0 && (0...1).contains($0.energy) })
  }

  @Test func aLoopSaysSo() throws {
    #expect(try used("house loop", task: .text2samples, seconds: 8).form == .loop)
  }
}
