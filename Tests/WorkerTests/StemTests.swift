import Audio
import Foundation
import Generation
import Store
import Synchronization
import Testing

@testable import Worker

/// Stems, asked for and made between songs.
struct StemTests {
  private func finishedSong(_ studio: Studio) throws -> JobWithOutputs {
    let id = try studio.enqueue()
    return try studio.wait(for: id) { $0.status == .completed }
  }

  private func ask(_ studio: Studio, _ id: Int64) throws {
    _ = try studio.store.requestStems(jobID: id, variation: 0, userID: studio.ana.id)
    studio.worker.wake()
  }

  private func stems(_ studio: Studio, _ id: Int64, until isSo: (StemSet) -> Bool) throws -> StemSet {
    try studio.wait { try studio.store.stemSets(jobID: id).first.map(isSo) == true }
    return try #require(try studio.store.stemSets(jobID: id).first)
  }

  @Test func stemsAreFilesThatAddUpToTheSong() throws {
    let studio = try Studio()
    try studio.worker.start()
    let song = try finishedSong(studio)
    #expect(try studio.store.stemSets(jobID: song.job.id).isEmpty)
    try ask(studio, song.job.id)
    let set = try stems(studio, song.job.id) { $0.state.isFinished }
    #expect(set.state == .ready && set.percent == 100 && set.errorMessage == nil && set.note == nil)
    #expect(set.stems.map(\.id) == ["bass", "piano"])
    #expect(set.stems.map(\.name) == ["Bass", "Piano/left"])
    let folder = song.job.directory + "/0.stems"
    #expect(studio.files(folder) == ["bass.flac", "piano.flac", "stems.pack", "stems.zip"])
    let path = studio.media.path + "/" + folder
    let files = try set.stems.map { try AudioFile.read("\(path)/\($0.id).flac") }
    let master = try AudioFile.read("\(studio.media.path)/\(song.job.directory)/0.flac")
    #expect(try #require(master.error(ofSum: files)) < -60)
    #expect(set.archiveBytes > set.stems.reduce(0) { $0 + $1.bytes })
    let recipe = try #require(studio.engine.recipes.withLock { $0.first })
    #expect(recipe.style == "Synthwave" && recipe.genre == "Pop" && recipe.form == .song)
    #expect(recipe.frames == master.frames)
  }

  @Test func aSongWithoutAScoreIsTakenApart() throws {
    let studio = try Studio()
    try studio.worker.start()
    studio.engine.become(.sound(0.5))
    let song = try finishedSong(studio)
    #expect(song.outputs.first?.hasScore == false)
    try ask(studio, song.job.id)
    let set = try stems(studio, song.job.id) { $0.state.isFinished }
    #expect(set.state == .ready && set.stems.map(\.id) == ["vocals", "no_vocals"], "\(set.errorMessage ?? "")")
    #expect(set.note == "This engine does not sing yet.")
    #expect(studio.engine.recipes.withLock { $0.isEmpty })
    #expect(studio.engine.sources.withLock { $0.map(\.frames) } == [24_000])
    let asked = try #require(studio.engine.calls.withLock { $0.last })
    #expect(asked.task == .separation && asked.sourceUse == .separate(.ofAnyRecording))
  }

  @Test func stemsThatAreNotTheSongAreDeliveredWithANote() throws {
    let studio = try Studio()
    try studio.worker.start()
    let id = try studio.enqueue(seeds: [8])
    try studio.wait(for: id) { $0.status == .completed }
    try ask(studio, id)
    let set = try stems(studio, id) { $0.state.isFinished }
    #expect(set.state == .ready)
    #expect(set.note?.contains("only nearly") == true)
  }

  @Test func aFailureIsToldAndCanBeTriedAgain() throws {
    let studio = try Studio()
    try studio.worker.start()
    let song = try finishedSong(studio)
    studio.engine.become(.fails(GenerationError.failed("A string broke.")))
    try ask(studio, song.job.id)
    #expect(try stems(studio, song.job.id) { $0.state == .failed }.errorMessage == "A string broke.")
    #expect(studio.files("tmp").isEmpty)
    studio.engine.become(.song(0.5))
    try ask(studio, song.job.id)
    #expect(try stems(studio, song.job.id) { $0.state == .ready }.errorMessage == nil)
  }

  @Test func songsComeFirst() throws {
    let studio = try Studio()
    try studio.worker.start()
    let first = try finishedSong(studio)
    studio.engine.become(.endless)
    let running = try studio.enqueue()
    try studio.wait(for: running) { $0.status == .processing }
    try ask(studio, first.job.id)
    let waiting = try studio.enqueue()
    studio.engine.become(.song(0.5))
    _ = try studio.store.requestCancel(jobID: running, userID: studio.ana.id)
    _ = try stems(studio, first.job.id) { $0.state == .making || $0.state == .ready }
    #expect(try studio.job(waiting)?.job.status == .completed)
  }

  @Test func deletingTheJobEndsTheMaking() throws {
    let studio = try Studio()
    try studio.worker.start()
    let song = try finishedSong(studio)
    studio.engine.become(.endless)
    try ask(studio, song.job.id)
    _ = try stems(studio, song.job.id) { $0.state == .making && $0.percent > 0 }
    #expect(try studio.store.deleteJob(id: song.job.id, userID: studio.ana.id))
    studio.worker.wake()
    try studio.wait { studio.files("tmp").isEmpty && studio.files(song.job.directory).isEmpty }
    #expect(try studio.store.stemSets(jobID: song.job.id).isEmpty)
  }

  @Test func aSeparationIsDeliveredWithItsStemsAndWrittenDown() throws {
    let studio = try Studio()
    try studio.worker.start()
    let song = try finishedSong(studio)
    func job(_ task: String, from source: Int64, _ request: String) throws -> JobWithOutputs {
      var draft = JobDraft(userID: studio.ana.id, task: task, songType: "instrumental", engine: "score", seeds: [7], displayName: "x", request: request)
      draft.source = SourceReference(jobID: source, variation: 0)
      let id = try studio.store.createJob(draft).job.id
      studio.worker.wake()
      let done = try studio.wait(for: id) { $0.status.isFinished }
      #expect(done.job.status == .completed, "\(done.job.errorMessage ?? "")")
      return done
    }
    let split = try job("stem_extraction", from: song.job.id, #"{"src_audio_url":"x","mode":"two","stems":"vocals, no_vocals"}"#)
    let set = try #require(try studio.store.stemSets(jobID: split.job.id).first)
    #expect(set.state == .ready && set.stems.map(\.id) == ["vocals", "no_vocals"] && set.stems.map(\.name) == ["Vocals", "Without vocals"] && set.archiveBytes > 0)
    let folder = split.job.directory + "/0.stems"
    #expect(studio.files(folder) == ["no_vocals.flac", "stems.pack", "stems.zip", "vocals.flac"])
    let files = try set.stems.map { try AudioFile.read("\(studio.media.path)/\(folder)/\($0.id).flac") }
    #expect(try #require(AudioFile.read("\(studio.media.path)/\(split.job.directory)/0.flac").error(ofSum: files)) < -60)
    let notes = try job("midi", from: split.job.id, #"{"src_audio_url":"x"}"#)
    #expect(notes.outputs.isEmpty && studio.files(notes.job.directory).contains("0.mid"))
    #expect(studio.engine.heardStems.withLock { $0 } == ["no_vocals", "vocals", "score"])
    // Of a part of the song there is no score.
    let part = try job("stem_extraction", from: song.job.id, #"{"src_audio_url":"x","mode":"two","stems":"vocals, no_vocals","source_start":0.1,"source_end":-1}"#)
    _ = try job("midi", from: part.job.id, #"{"src_audio_url":"x"}"#)
    #expect(studio.engine.heardStems.withLock { $0 } == ["no_vocals", "vocals"])
  }

  @Test func aStopPutsThemBack() throws {
    let studio = try Studio()
    try studio.worker.start()
    let song = try finishedSong(studio)
    studio.engine.become(.endless)
    try ask(studio, song.job.id)
    _ = try stems(studio, song.job.id) { $0.state == .making && $0.percent > 0 }
    #expect(studio.worker.stop(patience: 5))
    let set = try #require(try studio.store.stemSets(jobID: song.job.id).first)
    #expect(set.state == .queued && set.percent == 0)
  }

  @Test func aRestartMakesWhatAKillInterruptedButNotForEver() throws {
    let studio = try Studio()
    try studio.worker.start()
    let song = try finishedSong(studio)
    studio.worker.stop(patience: 5)
    _ = try studio.store.requestStems(jobID: song.job.id, variation: 0, userID: studio.ana.id)
    for restart in 1...3 {
      // A claim that nobody ends is what a kill leaves.
      #expect(try studio.store.claimNextStems()?.job.id == song.job.id)
      try studio.store.requeueInterruptedStems()
      let set = try #require(try studio.store.stemSets(jobID: song.job.id).first)
      #expect(set.state == (restart < 3 ? .queued : .failed))
      #expect((set.errorMessage != nil) == (restart == 3))
    }
    #expect(try studio.store.claimNextStems() == nil)
  }
}
