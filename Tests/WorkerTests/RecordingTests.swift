import Audio
import Fetching
import Foundation
import Generation
import JSON
import Logging
import Store
import Synchronization
import Testing

@testable import Worker

/// Recordings that people bring: kept once, used by jobs, listened to, and gone when nobody needs them.
@Suite struct RecordingTests {
  /// A sound file as it was received.
  private func receive(_ studio: Studio, seconds: Double = 1, pitch: Float = 0.05) throws -> String {
    let path = "\(studio.recordings.receivingFolder)/\(UUID().uuidString)"
    let tone = (0..<Int(seconds * 44_100)).map { 0.3 * sin(Float($0) * pitch) }
    try AudioFile.write(StereoBuffer(left: tone, right: tone, sampleRate: 44_100), to: path, format: .wav)
    return path
  }

  private func draft(_ studio: Studio, task: String = "cover", request: String = #"{"caption":"jazz","src_audio_url":"/media/uploads/a.flac"}"#) -> JobDraft {
    JobDraft(userID: studio.ana.id, task: task, songType: "song", engine: "score", seeds: [7], displayName: "A cover", request: request)
  }

  private func upload(_ kept: KeptRecording, _ studio: Studio, days: Double = 1) throws -> Upload {
    try studio.store.add(
      Upload(
        id: UUID().uuidString, userID: studio.ana.id, recordingID: kept.id, fileName: "a.wav", contentType: kept.contentType,
        bytes: kept.bytes, sampleRate: kept.sampleRate, channels: kept.channels, durationSeconds: kept.durationSeconds,
        isCut: kept.isCut, waveformPath: kept.waveformPath, createdAt: Date(), expiresAt: Date().addingTimeInterval(days * 86_400)))
  }

  @Test func aFileIsKeptOnceAsFLAC() throws {
    let studio = try Studio()
    let kept = try studio.recordings.keep(fileAt: try receive(studio))
    #expect(kept.contentType == "audio/wav" && kept.sampleRate == 44_100 && abs(kept.durationSeconds - 1) < 0.001 && !kept.isCut)
    let audio = try studio.recordings.audio(kept.id)
    #expect(audio.sampleRate == 48_000 && audio.frames == 48_000)
    #expect(try studio.recordings.keep(fileAt: try receive(studio)) == kept)
    #expect(try studio.recordings.keep(fileAt: try receive(studio, pitch: 0.06)).id != kept.id)
    #expect(try FileManager.default.contentsOfDirectory(atPath: studio.recordings.receivingFolder).isEmpty)
  }

  @Test func whatIsNoSoundIsRefusedAndGone() throws {
    let studio = try Studio()
    for (bytes, reason) in [
      (Array("<!DOCTYPE html>".utf8), RecordingRefusal.Reason.unknownKind), ([], .unusable), (Array("fLaC".utf8) + [UInt8](repeating: 1, count: 99), .unusable),
    ] {
      let path = "\(studio.recordings.receivingFolder)/x"
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      do {
        _ = try studio.recordings.keep(fileAt: path)
        Issue.record("it was kept")
      } catch let error as RecordingRefusal {
        #expect(error.reason == reason && !error.description.contains(studio.folder), "\(error)")
      }
      #expect(!FileManager.default.fileExists(atPath: path))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: studio.recordings.path + "/tmp").isEmpty)
  }

  @Test func nobodyMakesTheSameFileTwiceAtOnce() throws {
    let studio = try Studio()
    let paths = try (0..<4).map { _ in try receive(studio, seconds: 5) }
    let recordings = studio.recordings
    let ids = Mutex<Set<String>>([])
    DispatchQueue.concurrentPerform(iterations: 4) { index in
      if let kept = try? recordings.keep(fileAt: paths[index]) { ids.withLock { _ = $0.insert(kept.id) } }
    }
    #expect(ids.withLock { $0.count } == 1)
  }

  @Test func aRecordingStaysForAsLongAsItIsNeeded() throws {
    let studio = try Studio(FakeEngine(.endless))
    let kept = try studio.recordings.keep(fileAt: try receive(studio))
    let later = Date().addingTimeInterval(120)
    let upload = try upload(kept, studio)
    try studio.recordings.removeAll(except: try studio.store.neededRecordings(), now: later)
    #expect(studio.recordings.sound(kept.id) != nil)
    var draft = draft(studio)
    draft.sourceRecording = kept.id
    let job = try studio.store.createJob(draft).job
    #expect(try studio.store.deleteUpload(id: upload.id, userID: studio.ana.id))
    try studio.recordings.removeAll(except: try studio.store.neededRecordings(), now: later)
    #expect(studio.recordings.sound(kept.id) != nil, "the waiting job needs it")
    _ = try studio.store.deleteJob(id: job.id, userID: studio.ana.id)
    try studio.recordings.removeAll(except: try studio.store.neededRecordings(), now: Date())
    #expect(studio.recordings.sound(kept.id) != nil, "it may have come a moment ago")
    try studio.recordings.removeAll(except: try studio.store.neededRecordings(), now: later)
    #expect(studio.recordings.sound(kept.id) == nil)
  }

  @Test func anUploadEndsAtItsTime() throws {
    let studio = try Studio()
    let kept = try studio.recordings.keep(fileAt: try receive(studio))
    let upload = try upload(kept, studio, days: 1)
    let later = Date().addingTimeInterval(86_401)
    #expect(try studio.store.upload(id: upload.id, userID: studio.ana.id) == upload)
    #expect(try studio.store.upload(id: upload.id, userID: "somebody") == nil)
    #expect(try studio.store.upload(id: upload.id, userID: studio.ana.id, now: later) == nil)
    #expect(try studio.store.uploads(userID: studio.ana.id, now: later).isEmpty)
    try studio.store.deleteExpiredUploads(now: later)
    #expect(try studio.store.neededRecordings().isEmpty)
  }

  @Test func aJobStartsFromARecording() throws {
    let studio = try Studio()
    try studio.worker.start()
    let kept = try studio.recordings.keep(fileAt: try receive(studio, seconds: 2))
    var draft = draft(studio)
    draft.sourceRecording = kept.id
    let id = try studio.store.createJob(draft).job.id
    studio.worker.wake()
    let done = try studio.wait(for: id) { $0.status.isFinished }
    #expect(done.job.status == .completed, "\(done.job.errorMessage ?? "")")
    #expect(studio.engine.sources.withLock { $0.map(\.frames) } == [96_000])
    #expect(studio.engine.sources.withLock { $0.allSatisfy { !$0.hasScore } })
    #expect(studio.engine.calls.withLock { $0.last?.sourceUse } == .cover(strength: 0.7))
  }

  @Test func aJobStartsFromAnOwnSongWithItsScore() throws {
    let studio = try Studio()
    try studio.worker.start()
    let song = try studio.wait(for: try studio.enqueue()) { $0.status.isFinished }
    var draft = draft(studio, task: "extract", request: #"{"src_audio_url":"x","track_name":"bass"}"#)
    draft.source = SourceReference(jobID: song.job.id, variation: 0)
    let id = try studio.store.createJob(draft).job.id
    studio.worker.wake()
    try studio.wait(for: id) { $0.status == .completed }
    #expect(studio.engine.sources.withLock { $0.map(\.hasScore) } == [true])
    #expect(studio.engine.calls.withLock { $0.last?.sourceUse } == .extract(.bass))
  }

  @Test func aSourceThatCannotBeHadFailsTheJobInWords() throws {
    let studio = try Studio()
    try studio.worker.start()
    var gone = draft(studio)
    gone.sourceRecording = String(repeating: "ab", count: 32)
    let home = draft(studio, request: #"{"caption":"jazz","src_audio_url":"http://127.0.0.1:8080/a.wav"}"#)
    for (draft, words) in [(gone, "has been deleted"), (home, "Could not fetch source audio: 127.0.0.1 is not on the public internet")] {
      let id = try studio.store.createJob(draft).job.id
      studio.worker.wake()
      let job = try studio.wait(for: id) { $0.status.isFinished }.job
      #expect(job.status == .failed && job.errorMessage?.contains(words) == true, "\(job.errorMessage ?? "")")
    }
  }
}

/// Listening in the background.
@Suite struct HearingDeskTests {
  private func desk(_ studio: Studio, _ listener: FakeListener) -> HearingDesk {
    HearingDesk(
      listener: listener, recordings: studio.recordings, media: studio.media, fetcher: .init(agent: "test"),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private func kept(_ studio: Studio) throws -> RecordingSource {
    let path = "\(studio.recordings.receivingFolder)/a"
    try AudioFile.write(StereoBuffer(left: [0.1, 0.2], right: [0.1, 0.2]), to: path, format: .wav)
    return .kept(try studio.recordings.keep(fileAt: path).id)
  }

  private func bpm(_ hearing: Hearing) -> Int? {
    if case .heard(let heard) = hearing { heard["bpm"]?.int } else { nil }
  }

  @Test func whoeverAsksWaitsForTheOneHearing() throws {
    let (studio, listener) = (try Studio(), FakeListener())
    let desk = desk(studio, listener)
    desk.start()
    defer { desk.stop(patience: 5) }
    let source = try kept(studio)
    if case .none = desk.hearing(of: source, .quick, begins: false, waiting: 0) {} else { Issue.record("nobody has asked yet") }
    listener.isSlow.withLock { $0 = true }
    #expect(bpm(desk.hearing(of: source, .quick, begins: true, waiting: 0.05)) == nil)
    let found = Mutex<[Int]>([])
    DispatchQueue.concurrentPerform(iterations: 3) { index in
      if index == 0 { usleep(100_000); listener.isSlow.withLock { $0 = false } }
      if let bpm = bpm(desk.hearing(of: source, .quick, begins: true, waiting: 10)) { found.withLock { $0.append(bpm) } }
    }
    #expect(found.withLock { $0 } == [97, 97, 97] && listener.calls.withLock { $0 } == 1)
    // A whole hearing is another one, answers for the quick one, and outlives the desk.
    #expect(bpm(desk.hearing(of: source, .whole, begins: true, waiting: 10)) == 97)
    #expect(listener.calls.withLock { $0 } == 2)
    let second = self.desk(studio, listener)
    #expect(bpm(second.hearing(of: source, .quick, begins: false, waiting: 0)) == 97)
    #expect(listener.calls.withLock { $0 } == 2)
  }

  @Test func networksThatHaveComeSinceAreUsed() throws {
    let (studio, listener) = (try Studio(), FakeListener(complaint: "Install the listeners."))
    let desk = desk(studio, listener)
    desk.start()
    defer { desk.stop(patience: 5) }
    let source = try kept(studio)
    #expect(bpm(desk.hearing(of: source, .whole, begins: true, waiting: 10)) == 97)
    if case .none = self.desk(studio, FakeListener()).hearing(of: source, .whole, begins: false, waiting: 0) {} else {
      Issue.record("what was heard without the networks is not all")
    }
  }

  @Test func aRefusalIsGivenInWords() throws {
    let studio = try Studio()
    let desk = desk(studio, FakeListener())
    desk.start()
    defer { desk.stop(patience: 5) }
    for source in [RecordingSource.kept("ab"), .song(jobID: 99, variation: 0), .remote("http://127.0.0.1/a.wav"), .remote("nonsense")] {
      guard case .refused(let refusal) = desk.hearing(of: source, .quick, begins: true, waiting: 10) else {
        Issue.record("\(source) was heard")
        continue
      }
      #expect(!refusal.description.contains(studio.folder))
    }
  }
}

/// Hears 97 beats a minute in everything.
private final class FakeListener: SoundListener {
  let complaint: String?
  let calls = Mutex(0)
  let isSlow = Mutex(false)

  init(complaint: String? = nil) { self.complaint = complaint }

  func hear(
    _ sound: StereoBuffer, _ wishes: HearingWishes, progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> HeardSong {
    calls.withLock { $0 += 1 }
    repeat {
      try progress(.signal, 0.5)
      usleep(2_000)  // what a step of a real listener takes
    } while isSlow.withLock { $0 }
    return HeardSong(
      durationSeconds: sound.durationSeconds, tempo: .init(bpm: 97, confidence: 1, isVariable: false, candidates: []), beats: [],
      downbeats: [], metre: nil, key: nil, chords: [], sections: [],
      level: .init(loudness: try Loudness(of: sound), rms: -20, crest: 3, silence: 0, clippedRunsPerSecond: 0, offset: 0),
      spectrum: .init(centroid: 1, rollOff: 1, lowMidHigh: [], thirds: [], stereoCorrelation: 1, sideToMid: 0))
  }

  func refusal(of track: StemTrack) -> String? { nil }
  func stems(
    _ tracks: [StemTrack], of sound: StereoBuffer, progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> [SeparatedStem] { throw GenerationError.unsupported("Not here.") }
  func transcribe(
    _ tracks: [StemTrack], of sound: StereoBuffer, stems: [StemTrack: @Sendable () throws -> StereoBuffer], _ options: NoteOptions,
    progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> Transcription { throw GenerationError.unsupported("Not here.") }
}
