import Audio
import Generation
import Music
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

/// Stems made again from a stored score.
struct StemsAgainTests {
  @Test(arguments: [
    ("bossa nova with flute", MusicTask.text2music, "loop"), ("house loop", .text2samples, "loop"),
    ("snare", .text2samples, "one-shot"), ("metal", .text2music, "loop"),
  ])
  func aStoredScoreGivesTheSameSamples(caption: String, task: MusicTask, sample: String) throws {
    var request = SongRequest(task: task)
    request.caption = caption
    request.audioDuration = task == .text2samples ? 4 : 12
    request.seed = 11
    if task == .text2samples { request.sampleType = sample }
    let song = try ScoreEngineTests.engine.makeSong(request, progress: Listener())
    let stored = try #require(song.score).json()
    let recipe = StemRecipe(
      score: try Score(json: stored), style: song.used.style, genre: song.used.genre,
      form: try #require(song.used.form), frames: song.audio.frames)
    let stems = try ScoreEngineTests.engine.makeStems(of: recipe, progress: Listener())
    #expect(stems.map(\.name) == song.stems.map(\.name))
    let sounds = try stems.map { try $0.audio }
    for (again, first) in zip(sounds, try song.stems.map({ try $0.audio })) {
      #expect(again.left == first.left && again.right == first.right)
    }
    #expect(try #require(song.audio.error(ofSum: sounds)) < -60)
  }
}
