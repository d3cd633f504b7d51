import FastCGI
import Foundation
import Generation
import JSON
import Music
import Store
import Testing

@testable import Web

/// The stem and MIDI services (`api.md` 19).
@Suite struct ServiceTests {
  private let site: StudioForTests
  private let song: Int
  private let upload: String

  init() throws {
    site = try StudioForTests()
    song = try site.createJob(["prompt": "x", "display_name": "Río"])
    try site.finishNextJob()
    let body = Array("--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"My song.wav\"\r\n\r\nRIFF\r\n--XX--\r\n".utf8)
    upload = try site.send(
      "POST", "/api/v1/music/uploads", headers: ["X-API-Key": site.key, "Content-Type": "multipart/form-data; boundary=XX"], body: body
    ).json["url"]?.string ?? ""
  }

  private var own: JSON { .string("/media/\(song)/0.flac") }

  private func form(_ path: String, _ fields: [(String, String)]) throws -> StudioForTests.Answer {
    let text = fields.map { "\($0.0)=\(PercentCoding.encode($0.1))" }.joined(separator: "&")
    return try site.send(
      "POST", path, headers: ["X-API-Key": site.key, "Content-Type": "application/x-www-form-urlencoded"], body: Array(text.utf8))
  }

  private let extract = "/api/v1/stem-extraction/api/extract"
  private let advanced = "/api/v1/stem-extraction/extract/advanced"
  private let legacy = "/api/v1/stem-extraction/extract"

  @Test func aStemJobComesIsFetchedAndGoes() throws {
    let created = try form(extract, [("mode", "two"), ("url", "/media/\(song)/0.flac")])
    #expect(created.status == 200, "\(created.text)")
    let id = try #require(created.json["id"]?.int)
    #expect(created.json["status"] == "PENDING" && created.json["download_urls"] == .null && created.json["source_type"] == "URL")
    let job = try #require(try site.finishStems())
    #expect(job.task == "stem_extraction" && job.source?.jobID == Int64(song))
    let done = try site.call("GET", "/api/v1/stem-extraction/status/\(id)").json
    #expect(done["status"] == "COMPLETED" && done["progress"] == 100 && done["quality_scores"]?["vocals"] == 1.0)
    let links = try #require(done["download_urls"]?.members)
    #expect(links.pairs.map(\.key) == ["vocals", "no_vocals"])
    for pair in links.pairs {
      let answer = try site.send("GET", String(pair.value.string?.dropFirst("http://127.0.0.1".count) ?? ""))
      #expect(answer.response.header("X-Accel-Redirect") == "/_protected/\(job.directory)/0.stems/\(pair.key).flac")
    }
    #expect(try site.call("GET", "/api/v1/stem-extraction/jobs?limit=5").json.array?.map { $0["id"] } == [.int(id)])
    #expect(try site.call("GET", "/api/v1/midi/status/\(id)").status == 404)
    #expect(try site.call("GET", "/api/v1/music/jobs").json.array?.contains { $0["id"] == .int(id) } == false)
    #expect(try site.call("DELETE", "/api/v1/stem-extraction/jobs/\(id)").json["message"]?.string != nil)
    #expect(try site.call("GET", "/api/v1/stem-extraction/status/\(id)").status == 404)
    #expect(try site.call("DELETE", "/api/v1/stem-extraction/jobs/\(song)").status == 404)
  }

  @Test func aFileMayComeAlong() throws {
    let fields = "--XX\r\nContent-Disposition: form-data; name=\"mode\"\r\n\r\nfour\r\n--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF\r\n"
    let url = "--XX\r\nContent-Disposition: form-data; name=\"url\"\r\n\r\nhttps://example.org/a.wav\r\n"
    func send(_ text: String) throws -> StudioForTests.Answer {
      try site.send(
        "POST", extract, headers: ["X-API-Key": site.key, "Content-Type": "multipart/form-data; boundary=XX"], body: Array((text + "--XX--\r\n").utf8))
    }
    let answer = try send(fields)
    #expect(answer.status == 200 && answer.json["source_type"] == "FILE" && answer.json["display_name"] == "a (stems)", "\(answer.text)")
    #expect(try send(fields + url).json["errors"]?[0]?["field"] == "url")
  }

  static let everyWayOfChoosingNamesTheStemsCases: [(String, JSON.Members, String)] = [
    ("/extract/advanced", ["package": "two"], "vocals, no_vocals"), ("/extract/advanced", [:], "vocals, drums, bass, other"),
    ("/extract/advanced", ["single_stem": "bass"], "bass"), ("/extract/advanced", ["multi_stem_count": 6], "vocals, drums, bass, guitar, piano, other"),
    ("/extract/advanced", ["custom_stems": #"["vocals","drums"]"#], "vocals, drums"), ("/extract/advanced", ["two_stems_mode": "drums"], "drums, no_drums"),
    ("/extract/advanced", ["package": "four", "exclude_stems": #"["drums"]"#], "vocals, bass, other"),
    ("/extract/advanced", ["package": "six", "target_stems": ["piano", "bass"]], "bass, piano"),
    ("/extract/advanced", ["target_stems": "['guitar']"], "guitar"), ("/extract/advanced", ["package": "isolation", "target_instrument": "guitar"], "guitar"),
    ("/extract", ["stem_types": "['vocals', 'drums', 'bass', 'other']", "model_name": "htdemucs"], "vocals, drums, bass, other"),
    ("/extract", ["two_stems_mode": "vocals"], "vocals, no_vocals"), ("/extract", ["model_name": "htdemucs_6s"], "vocals, drums, bass, guitar, piano, other"),
  ]

  @Test(arguments: ServiceTests.everyWayOfChoosingNamesTheStemsCases)
  func everyWayOfChoosingNamesTheStems(_ path: String, _ body: JSON.Members, _ stems: String) throws {
    var body = body
    body["url"] = own
    let answer = try site.call("POST", "/api/v1/stem-extraction" + path, .object(body))
    #expect(answer.status == 200 && answer.json["stems"] == .string(stems), "\(answer.text)")
  }

  static let aRecordingFromOutsideHasNoPartsOfAScoreCases: [(String, JSON.Members, String)] = [
    ("/api/extract", ["mode": "six"], "mode"), ("/api/extract", ["mode": "single", "stem": "guitar"], "stem"),
    ("/api/extract", ["mode": "mastering"], "mode"), ("/extract", ["stem_types": "['piano']"], "stems"),
    ("/extract/advanced", ["custom_stems": ["strings"]], "stems"),
  ]

  @Test(arguments: ServiceTests.aRecordingFromOutsideHasNoPartsOfAScoreCases)
  func aRecordingFromOutsideHasNoPartsOfAScore(_ path: String, _ body: JSON.Members, _ field: String) throws {
    var body = body
    body["url"] = .string(upload)
    let answer = try site.call("POST", "/api/v1/stem-extraction" + path, .object(body))
    #expect(answer.status == 400 && answer.json["errors"]?[0]?["field"] == .string(field) && answer.json["error"] == "stem_unavailable", "\(answer.text)")
    body["url"] = own
    #expect(try site.call("POST", "/api/v1/stem-extraction" + path, .object(body)).status == 200)
    // A part of a song is a recording like any other.
    body["source_start"] = 2
    #expect(try site.call("POST", "/api/v1/stem-extraction" + path, .object(body)).status == 400)
  }

  static let whatIsWrongIsNamedCases: [(String, JSON.Members, String)] = [
    ("/extract/advanced", ["method": "magic"], "method"), ("/extract/advanced", ["package": "ten"], "package"),
    ("/extract/advanced", ["package": "two", "single_stem": "bass"], "single_stem"), ("/extract/advanced", ["package": "isolation"], "target_instrument"),
    ("/extract/advanced", ["multi_stem_count": 3], "multi_stem_count"), ("/extract/advanced", ["multi_stem_count": 8], "multi_stem_count"),
    ("/extract/advanced", ["exclude_stems": ["vocals", "drums", "bass", "other"]], "exclude_stems"),
    ("/extract/advanced", ["package": "mastering", "exclude_stems": ["bass"]], "exclude_stems"), ("/extract/advanced", ["target_stems": 7], "target_stems"),
    ("/extract/advanced", ["two_stems_mode": "kazoo"], "two_stems_mode"), ("/extract", ["model_name": "spleeter"], "model_name"),
    ("/extract", ["stem_types": "['kazoo']"], "stem_types"), ("/extract", ["two_stems_mode": "x"], "two_stems_mode"),
    ("/api/extract", ["url": ""], "url"), ("/api/extract", ["url": "ftp://example.org/a.wav"], "url"),
  ]

  @Test(arguments: ServiceTests.whatIsWrongIsNamedCases)
  func whatIsWrongIsNamed(_ path: String, _ body: JSON.Members, _ field: String) throws {
    var body = body
    body["url"] = body["url"] ?? own
    let answer = try site.call("POST", "/api/v1/stem-extraction" + path, .object(body))
    #expect(answer.status == 400 && answer.json["errors"]?[0]?["field"] == .string(field), "\(answer.text)")
  }

  @Test func modesCatalogAndPackagesTellWhatThereIs() throws {
    let modes = try #require(try site.send("GET", "/api/v1/stem-extraction/modes").json["modes"]?.array)
    #expect(modes.compactMap { $0["mode"]?.string } == ["single", "two", "four", "six", "producer", "studio", "mastering"])
    for mode in modes { #expect(mode["description"]?.string?.isEmpty == false && mode["stem_count"]?.int ?? 0 > 0) }
    #expect(modes.filter { $0["available"] == false }.map { $0["mode"] } == ["producer"])
    let stems = try #require(try site.call("GET", "/api/v1/stem-extraction/catalog").json["stems"]?.array)
    for field in ["id", "label", "description", "group", "public_tier"] { #expect(stems.allSatisfy { $0[field]?.string?.isEmpty == false }) }
    for stem in stems { #expect(StemSelection.Stem(named: stem["id"]?.string ?? "") != nil) }
    for package in try site.call("GET", "/api/v1/stem-extraction/packages/available").json["packages"]?.array ?? [] {
      let answer = try site.call("POST", advanced, ["package": package["id"] ?? .null, "url": own])
      #expect(answer.status == 200, "\(answer.text)")
    }
  }

  @Test func aReplayIsTheSameJob() throws {
    func send(_ mode: String) throws -> StudioForTests.Answer {
      try site.call("POST", extract, ["mode": .string(mode), "url": own], headers: ["Idempotency-Key": "k", "X-API-Key": site.key])
    }
    let first = try send("two")
    let again = try send("two")
    #expect(first.json["id"] == again.json["id"] && again.response.header("Idempotent-Replayed") == "true")
    #expect(try send("four").status == 422)
  }

  /// A finished MIDI job of the song with a part of its score.
  private func notes() throws -> (id: Int, json: JSON) {
    let created = try site.call("POST", "/api/v1/midi/convert", ["url": own, "stems": "['bass', 'vocals']", "options": #"{"tempo_bpm": null}"#])
    let id = try #require(created.json["id"]?.int, "\(created.text)")
    #expect(created.json["stems_requested"] == ["bass", "vocals"] && created.json["mode"] == "standalone" && created.json["midi_urls"] == .null)
    let score = NotationSample.score
    let part = try #require(score.parts.first)
    let job = try #require(try site.store.claimNextJob())
    let used: JSON = ["bpm": 98.5, "stems": [["name": "bass", "parts": [.string(part.id)]]], "skipped_stems": ["vocals": "Nobody sings."]]
    _ = try site.store.finish(jobID: job.id, attempt: job.attempts, JobResult(outputs: [], used: used.text))
    let folder = "\(site.studio.settings.mediaDirectory)/\(job.directory)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try score.json().write(to: URL(fileURLWithPath: folder + "/0.score.json"))
    try Data(score.midiFile()).write(to: URL(fileURLWithPath: folder + "/0.mid"))
    return (id, try site.call("GET", "/api/v1/midi/status/\(id)").json)
  }

  @Test func aMidiJobHasAFileForEachStem() throws {
    defer { try? FileManager.default.removeItem(atPath: site.studio.settings.mediaDirectory) }
    let (id, done) = try notes()
    #expect(done["status"] == "COMPLETED" && done["detected_tempo_bpm"] == 98.5 && done["skipped_stems"] == ["vocals"] && done["failed_stems"] == [])
    #expect(done["midi_urls"]?.members?.pairs.map(\.key) == ["bass"])
    let link = try #require(done["midi_urls"]?["bass"]?.string?.dropFirst("http://127.0.0.1".count))
    let answer = try site.send("GET", String(link))
    guard case .bytes(let bytes) = answer.response.body else {
      Issue.record("no file: \(answer.text)")
      return
    }
    let read = try Score(document: bytes)
    #expect(read.parts.filter { !$0.notes.isEmpty }.count == 1)
    #expect(answer.response.header("Content-Disposition")?.contains(".bass.mid") == true)
    let merged = try #require(done["merged_midi_url"]?.string?.dropFirst("http://127.0.0.1".count))
    #expect(try site.send("GET", String(merged)).response.header("X-Accel-Redirect")?.hasSuffix("/0.mid") == true)
    // A link opens its own stem alone.
    #expect(try site.send("GET", String(link).replacing("midi.bass", with: "midi.vocals")).status == 404)
    let token = try StudioForTests.session(site)
    let page = try site.send("GET", "/jobs/\(id)", headers: ["Cookie": token]).text
    #expect(page.contains("id=\"notation\"") && page.contains("/0.mid?token=") && page.contains("MusicXML"))
    #expect(try site.call("GET", "/api/v1/midi/jobs").json.array?.count == 1)
    #expect(try site.call("DELETE", "/api/v1/midi/jobs/\(id)").status == 200)
    #expect(try site.call("GET", "/api/v1/midi/status/\(id)").status == 404)
  }

  @Test func notesOfStemsStartFromTheirJob() throws {
    let created = try site.call("POST", extract, ["mode": "two", "url": own])
    let id = try #require(created.json["id"]?.int)
    let path = "/api/v1/midi/convert/from-stems/\(id)"
    #expect(try site.call("POST", path, ["stems": .null, "options": .null]).json["error"] == "job_not_completed")
    try site.finishStems()
    let answer = try site.call("POST", path, ["stems": ["vocals"], "options": ["onset_threshold": 0.4]])
    #expect(answer.json["mode"] == "from_stems" && answer.json["source_job_id"] == .int(id) && answer.json["stems_requested"] == ["vocals"], "\(answer.text)")
    #expect(try site.call("POST", path, ["stems": .null, "options": .null]).json["stems_requested"] == .null)
    for (body, field) in [
      (["stems": ["kazoo"]] as JSON, "stems"), (["options": ["speed": 1]], "options"), (["options": "["], "options"), (["options": ["tempo_bpm": 1]], "tempo_bpm"),
    ] {
      #expect(try site.call("POST", path, body).json["errors"]?[0]?["field"] == .string(field))
    }
    #expect(try site.call("POST", "/api/v1/midi/convert/from-stems/\(song)", [:]).status == 404)
  }

  @Test func notesOfARecordingAreThoseOfVoiceBassAndTheRest() throws {
    let refused = try site.call("POST", "/api/v1/midi/convert", ["url": .string(upload), "stems": "drums, other"])
    #expect(refused.status == 400 && refused.json["errors"]?[0]?["field"] == "stems", "\(refused.text)")
    #expect(try site.call("POST", "/api/v1/midi/convert", ["url": .string(upload), "stems": "drums, bass"]).status == 200)
    #expect(try site.call("POST", "/api/v1/midi/convert", ["url": .string(upload)]).status == 200)
    #expect(try site.call("POST", "/api/v1/midi/convert", ["url": own, "stems": "drums"]).status == 200)
  }

  @Test(arguments: ["0.midi.bass.mid", "3.midi.backing_vocals.mid"]) func namesOfNotesReadBack(_ name: String) { #expect(MediaFile(name: name)?.name == name) }
  @Test(arguments: ["0.midi..mid", "0.midi.a.b.mid", "0.midi.a/b.mid", "8.midi.a.mid"]) func otherNamesAreRefused(_ name: String) { #expect(MediaFile(name: name) == nil) }
}
