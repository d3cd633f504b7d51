import FastCGI
import Foundation
import Generation
import JSON
import Logging
import Music
import Secrets
import Store

@testable import Web

/// A studio on an empty store in memory, with one user and a key, called without a web server.
struct StudioForTests {
  let store: Store
  let studio: Studio
  let user: User
  let key: String
  let recordings = FakeRecordings()
  /// The neural engine's checkpoints: none, until a test puts some there.
  let shelf = FakeShelf()

  init(
    health: Health = .ok, unused: Set<String> = ["shift"], voiceSamples: [VoiceKind: VoiceSample] = [:],
    rateLimits: RateLimits = .off
  ) throws {
    store = try Store.inMemory()
    user = try store.createUser(name: "ana", email: "ana@example.org", role: .admin, passwordHash: nil)
    key = try StudioForTests.makeKey(store, user)
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    var settings = WebSettings(
      mediaDirectory: NSTemporaryDirectory() + "/cantiga-web-tests-\(UUID().uuidString)", templateDirectory: root.appendingPathComponent("templates").path,
      publicDirectory: root.appendingPathComponent("public").path, version: "test")
    settings.rateLimits = rateLimits
    studio = try Studio(
      store: store, settings: settings, signingKey: SigningKey(),
      engines: [
        .init(name: "score", capabilities: EngineCapabilities(tasks: Set(MusicTask.allCases), unusedParameters: unused, sings: false)),
        .init(name: "acestep", capabilities: EngineCapabilities(tasks: FakeShelf.tasks, unusedParameters: [], sings: true), shelf: shelf),
      ],
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), health: { health }, wakeWorker: {}, voiceSample: { voiceSamples[$0] ?? .waiting }, recordings: recordings, analyst: recordings,
      refusalOfStem: { $0 == .fx ? "Sound effects can't be told from the rest." : nil })
  }

  static func makeKey(_ store: Store, _ user: User) throws -> String {
    let key = "ap_" + Secrets.randomToken()
    _ = try store.createAPIKey(userID: user.id, secretHash: Secrets.hash(key), prefix: "ap_", name: "test")
    return key
  }

  /// The cookie of the user, signed in.
  static func session(_ site: StudioForTests) throws -> String {
    let token = Secrets.randomToken()
    try site.store.createSession(
      tokenHash: Secrets.hash(token), userID: site.user.id, userAgent: "test", expiresAt: Date(timeIntervalSinceNow: 3600))
    return "sid=\(token)"
  }

  /// Calls the API with this user's key.
  func call(_ method: String, _ target: String, _ body: JSON? = nil, headers: [String: String] = [:]) throws -> Answer {
    var headers = headers
    if headers["X-API-Key"] == nil { headers["X-API-Key"] = key }
    if body != nil { headers["Content-Type"] = "application/json" }
    return try send(method, target, headers: headers, body: body.map { Array($0.text.utf8) } ?? [])
  }

  func send(_ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8] = []) throws -> Answer {
    Answer(response: studio.respond(to: try Request(method, target, headers: headers, body: body)))
  }

  struct Answer {
    let response: Response
    var status: Int { response.status.code }
    var text: String {
      switch response.body {
      case .text(let text): text
      case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
      case .none, .events: ""
      }
    }
    var json: JSON { (try? JSON(parsing: text)) ?? .null }
    var detail: String { json["detail"]?.string ?? "" }
  }

  /// Queues a song and gives its id.
  func createJob(_ body: JSON = ["prompt": "calm piano"], task: String = "text2music") throws -> Int {
    try call("POST", "/api/v1/music/\(task)", body).json["id"]?.int ?? 0
  }

  /// Plays the worker: finishes the next job with one output a seed.
  @discardableResult func finishNextJob(used: JSON = ["bpm": 90.0], lyrics: TimedLyrics? = nil) throws -> Job? {
    guard let job = try store.claimNextJob() else { return nil }
    try finish(job, used: used, lyrics: lyrics)
    return job
  }

  /// Plays the worker: finishes the next job, a separation, with two stems.
  @discardableResult func finishStems(named names: [String] = ["vocals", "no_vocals"]) throws -> Job? {
    guard let job = try store.claimNextJob() else { return nil }
    let used: JSON = ["stems": .array(names.map { ["name": .string($0), "label": "true stem", "quality": 1.0] })]
    let output = Output(
      variation: 0, seed: 1, durationSeconds: 10, frames: 480_000, bytes: .init(flac: 4, wav: 3, mp3: 2, ogg: 1), used: used.text,
      waveformPath: "M0 0")
    var result = JobResult(outputs: [output], used: used.text)
    result.stems = names.map { StemFile(id: $0, name: $0, bytes: 9, waveformPath: "M0 0") }
    result.stemArchiveBytes = 20
    _ = try store.finish(jobID: job.id, attempt: job.attempts, result)
    return job
  }

  func finish(_ job: Job, used: JSON = [:], lyrics: TimedLyrics? = nil) throws {
    let timed = try lyrics.map { String(decoding: try $0.json(), as: UTF8.self) }
    let outputs = job.seeds.enumerated().map { index, seed in
      Output(
        variation: index, seed: seed, durationSeconds: 10, frames: 480_000, bytes: .init(flac: 4, wav: 3, mp3: 2, ogg: 1),
        loudnessLUFS: -14, truePeakDBTP: -1.2, hasScore: true, used: used.text, lrc: lyrics?.lrc,
        lyricLines: timed, waveformPath: "M0 0")
    }
    _ = try store.finish(jobID: job.id, attempt: job.attempts, JobResult(outputs: outputs, used: used.text))
  }
}
