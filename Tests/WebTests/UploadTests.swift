import FastCGI
import Foundation
import Generation
import JSON
import Store
import Synchronization
import Testing

@testable import Web

/// What users bring, and what is made of it (`api.md` 9, 15.2).
@Suite struct UploadTests {
  private let studio: StudioForTests
  init() throws { studio = try StudioForTests() }

  private func multipart(_ fields: [(String, String)], file: String? = "RIFF", named name: String = "My song.wav", part: String = "file") -> [UInt8] {
    var body = fields.map { "--XX\r\nContent-Disposition: form-data; name=\"\($0.0)\"\r\n\r\n\($0.1)\r\n" }.joined()
    if let file { body += "--XX\r\nContent-Disposition: form-data; name=\"\(part)\"; filename=\"\(name)\"\r\n\r\n\(file)\r\n" }
    return Array((body + "--XX--\r\n").utf8)
  }

  private func send(_ path: String, _ body: [UInt8], key: String? = nil) throws -> StudioForTests.Answer {
    try studio.send(
      "POST", path, headers: ["X-API-Key": key ?? studio.key, "Content-Type": "multipart/form-data; boundary=XX"], body: body)
  }

  private func upload(_ content: String = "RIFF", named name: String = "My song.wav", key: String? = nil) throws -> JSON {
    let answer = try send("/api/v1/music/uploads", multipart([], file: content, named: name), key: key)
    #expect(answer.status == 200, "\(answer.text)")
    return answer.json
  }

  private func stranger() throws -> String {
    let user = try studio.store.createUser(name: "bo", role: .member)
    return try StudioForTests.makeKey(studio.store, user)
  }

  @Test func anUploadComesStaysAndGoes() throws {
    let upload = try upload(named: "../../music/My song.wav")
    let id = try #require(upload["id"]?.string)
    #expect(upload["filename"]?.string == "My song.wav" && upload["duration"]?.double == 12.5 && upload["size_bytes"]?.int == 4)
    let link = try #require(upload["url"]?.string?.dropFirst("http://127.0.0.1".count))
    let file = try studio.send("GET", String(link))
    #expect(file.status == 200 && file.response.header("X-Accel-Redirect")?.hasPrefix("/_protected/recordings/00/") == true)
    #expect(try studio.send("GET", String(link) + "x").status == 404)
    #expect(try studio.call("GET", "/api/v1/music/uploads").json.array?.count == 1)
    #expect(try studio.call("GET", "/api/v1/music/uploads/\(id)").json["id"]?.string == id)
    #expect(try studio.call("DELETE", "/api/v1/music/uploads/\(id)").json["message"]?.string == "Upload deleted")
    #expect(try studio.call("DELETE", "/api/v1/music/uploads/\(id)").status == 404)
    #expect(try studio.send("GET", String(link)).status == 404)
    #expect(studio.recordings.left.isEmpty)
  }

  @Test func theSameFileIsOneUpload() throws {
    let (first, again, other) = (try upload(), try upload(named: "b.wav"), try upload("other"))
    #expect(first["id"] == again["id"] && again["filename"]?.string == "b.wav" && other["id"] != first["id"])
    // Somebody else's of the same file is another one.
    #expect(try upload(key: try stranger())["id"] != first["id"])
  }

  @Test func nobodySeesOrUsesAnothersUpload() throws {
    let upload = try upload()
    let (id, url) = (try #require(upload["id"]?.string), try #require(upload["url"]?.string))
    let key = try stranger()
    for (method, path) in [("GET", "/api/v1/music/uploads/\(id)"), ("DELETE", "/api/v1/music/uploads/\(id)"), ("GET", "/uploads/\(id)/peaks")] {
      #expect([303, 404].contains(try studio.send(method, path, headers: ["X-API-Key": key]).status))
    }
    #expect(try studio.send("GET", "/api/v1/music/uploads", headers: ["X-API-Key": key]).json.array?.isEmpty == true)
    for (path, field) in [("cover", "src_audio_url"), ("reference", "reference_audio_url"), ("extract-stem", "src_audio_url"), ("analyze", "audio_url")] {
      let body: JSON = [field: .string(url), "caption": "jazz", "track_name": "vocals"]
      let answer = try studio.call("POST", "/api/v1/music/\(path)", body, headers: ["X-API-Key": key])
      #expect(answer.status == 404, "\(path): \(answer.text)")
    }
    #expect(try studio.call("GET", "/api/v1/music/uploads/\(id)").status == 200)
  }

  @Test(arguments: [
    (RecordingRefusal.Reason.unknownKind, 415), (.unusable, 400), (.unavailable, 400), (.busy, 503),
  ])
  func aRefusedFileSaysWhy(_ reason: RecordingRefusal.Reason, _ status: Int) throws {
    studio.recordings.refusal.withLock { $0 = RecordingRefusal(reason, "Not this one.") }
    let answer = try send("/api/v1/music/uploads", multipart([]))
    #expect(answer.status == status && answer.detail == "Not this one.")
    #expect(studio.recordings.left.isEmpty)
  }

  @Test func aBodyWithoutAFileIsRefused() throws {
    #expect(try send("/api/v1/music/uploads", multipart([("file", "x")], file: nil)).status == 400)
    #expect(try studio.call("POST", "/api/v1/music/uploads", [:]).status == 415)
    #expect(try studio.send("POST", "/api/v1/music/uploads").status == 401)
    let huge = try studio.send(
      "POST", "/api/v1/music/uploads",
      headers: ["X-API-Key": studio.key, "Content-Type": "multipart/form-data; boundary=XX", "Content-Length": "1"],
      body: [UInt8](repeating: 0, count: 102 << 20))
    #expect(huge.status == 413 && huge.detail.contains("100 MiB"))
    #expect(studio.recordings.left.isEmpty)
  }

  @Test func aRecordingBecomesAJob() throws {
    let url = try #require(try upload()["url"])
    for (path, task, body) in [
      ("cover", "cover", ["src_audio_url": url, "caption": "bossa nova"] as JSON),
      ("reference", "reference", ["reference_audio_url": url, "caption": "rock"]), ("extract-stem", "extract", ["src_audio_url": url, "track_name": "Lead vocals"]),
      ("extract", "extract", ["audio_url": url, "stem": "keys"]),
    ] {
      let answer = try studio.call("POST", "/api/v1/music/\(path)", body)
      #expect(answer.status == 200, "\(answer.text)")
      #expect(answer.json["job"]?["task"]?.string == task)
      let id = try #require(answer.json["id"]?.int)
      let job = try #require(try studio.store.job(id: Int64(id), userID: studio.user.id))
      #expect(job.sourceRecording?.hasPrefix("0000") == true && job.source == nil)
      #expect(try studio.store.neededRecordings().contains(job.sourceRecording ?? ""))
      if task == "cover" { #expect(job.displayName == "My song (cover)") }
      if path == "extract-stem" { #expect(job.displayName == "My song (vocals)" && job.requestedDuration == 12.5) }
    }
  }

  @Test func aStemThatCannotBeMadeIsRefusedWithTheReason() throws {
    let url = try #require(try upload()["url"])
    let answer = try studio.call("POST", "/api/v1/music/extract-stem", ["src_audio_url": url, "track_name": "fx"])
    #expect(answer.status == 400 && answer.json["error"]?.string == "stem_unavailable" && answer.detail.contains("Sound effects"))
    let unknown = try studio.call("POST", "/api/v1/music/extract-stem", ["src_audio_url": url, "track_name": "theremin"])
    #expect(unknown.status == 400 && unknown.detail.contains("vocals, drums, bass"))
  }

  @Test func aFileMayComeWithTheRequest() throws {
    let answer = try send("/api/v1/music/cover", multipart([("caption", "bossa nova"), ("audio_cover_strength", "0.4")], part: "src_audio"))
    #expect(answer.status == 200, "\(answer.text)")
    let job = try #require(try studio.store.job(id: Int64(answer.json["id"]?.int ?? 0), userID: studio.user.id))
    #expect(job.sourceRecording != nil && job.request.contains("\"audio_cover_strength\":0.4"))
    #expect(try studio.call("GET", "/api/v1/music/uploads").json.array?.count == 1)
    #expect(studio.recordings.left.isEmpty)
  }

  @Test func anOwnSongIsASourceToo() throws {
    let id = try studio.createJob()
    let link = "http://127.0.0.1/media/\(id)/0.flac?token=x"
    #expect(try studio.call("POST", "/api/v1/music/cover", ["src_audio_url": .string(link), "caption": "jazz"]).detail == "Job must be completed")
    try studio.finishNextJob()
    let answer = try studio.call("POST", "/api/v1/music/cover", ["src_audio_url": .string(link), "caption": "jazz"])
    #expect(answer.json["job"]?["source_job_id"]?.int == id, "\(answer.text)")
  }

  @Test(arguments: [
    "file:///etc/passwd", "ftp://example.org/a.wav", "http://user:pw@example.org/a.wav", "http://example.org:22/a.wav", "not an address",
    "/media/1/../../etc", "gopher://example.org/", "http://[::1%25lo]/",
  ])
  func anAddressThatIsNotFetchedIsRefusedAtOnce(_ address: String) throws {
    for (path, field) in [("cover", "src_audio_url"), ("analyze", "audio_url")] {
      let answer = try studio.call("POST", "/api/v1/music/\(path)", [field: .string(address), "caption": "jazz"])
      #expect(answer.status == 400 && answer.json["error"]?.string == "invalid_url", "\(answer.text)")
      #expect(answer.detail.hasPrefix(field))
    }
  }

  @Test func aForeignAddressIsLeftToTheWorker() throws {
    let answer = try studio.call("POST", "/api/v1/music/cover", ["src_audio_url": "https://example.org/some/Tune.mp3?x=1", "caption": "jazz"])
    #expect(answer.status == 200 && answer.json["job"]?["display_name"]?.string == "Tune (cover)", "\(answer.text)")
    #expect(try studio.call("POST", "/api/v1/music/cover", ["caption": "jazz"]).detail == "src_audio_url is required")
  }

  @Test func analyzeAnswersInTheFormOfTheAPI() throws {
    let url = try #require(try upload()["url"])
    studio.recordings.hearing.withLock {
      $0 = .heard([
        "duration_seconds": 12.5, "bpm": 120, "keyscale": "A minor", "timesignature": "4/4", "caption": "slow, warm",
        "lyrics": ["text": "hello", "language": "en"],
      ])
    }
    let heard = try studio.call("POST", "/api/v1/music/analyze", ["audio_url": url]).json
    #expect(heard["success"]?.bool == true && heard["bpm"]?.int == 120 && heard["lyrics"]?.string == "hello" && heard["language"]?.string == "en")
    for name in ["caption", "keyscale", "timesignature", "duration", "audio_codes", "error"] { #expect(heard[name] != nil, "\(name) is missing") }
    studio.recordings.hearing.withLock { $0 = .heard(["duration_seconds": 3.0, "bpm": .null, "keyscale": .null, "lyrics": .null]) }
    let silence = try studio.call("POST", "/api/v1/music/analyze", ["audio_url": url])
    #expect(silence.status == 200 && silence.json["success"]?.bool == false && silence.json["error"]?.string != nil)
    studio.recordings.hearing.withLock { $0 = .running(.signal, share: 0.5) }
    let late = try studio.call("POST", "/api/v1/music/analyze", ["audio_url": url])
    #expect(late.status == 503 && late.response.header("Retry-After") == "5")
    studio.recordings.hearing.withLock { $0 = .refused(RecordingRefusal(.unavailable, "Could not fetch source audio: HTTP 404")) }
    let gone = try studio.call("POST", "/api/v1/music/analyze", ["audio_url": "https://example.org/a.wav"])
    #expect(gone.status == 400 && gone.json["error"]?.string == "source_audio_unavailable")
    #expect(try studio.call("POST", "/api/v1/music/analyze", [:]).detail == "audio_url is required")
    #expect(try studio.call("POST", "/api/v1/music/analyze", ["audio_url": url, "temperature": 3]).status == 400)
    #expect(studio.recordings.asked.withLock { $0.last } == .remote("https://example.org/a.wav"))
  }
}
