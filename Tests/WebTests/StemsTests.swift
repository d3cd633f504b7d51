import FastCGI
import Foundation
import JSON
import Secrets
import Store
import Testing

@testable import Web

/// Stems on a song's page and through the API.
@Suite struct StemsTests {
  let site: StudioForTests
  let cookie: String
  let id: Int
  private let bass = StemFile(id: "bass", name: "Upright <bass>", bytes: 1_200_000, waveformPath: "M0 7")

  init() throws {
    site = try StudioForTests()
    let token = Secrets.randomToken()
    try site.store.createSession(
      tokenHash: Secrets.hash(token), userID: site.user.id, userAgent: "test", expiresAt: Date(timeIntervalSinceNow: 3600))
    cookie = "sid=\(token)"
    id = try site.createJob(["prompt": "x", "batch_size": 2, "display_name": "Río"])
    try site.finishNextJob()
  }

  private func page(_ query: String = "") throws -> String {
    try site.send("GET", "/jobs/\(id)\(query)", headers: ["Cookie": cookie]).text
  }

  private func ask(variation: Int) throws -> StudioForTests.Answer {
    let token = try #require(try PagesTests.matches(#"name="csrf" value="([^"]+)""#, in: page()).first)
    return try site.send(
      "POST", "/jobs/\(id)/stems",
      headers: ["Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"],
      body: Array("csrf=\(token)&variation=\(variation)".utf8))
  }

  @Test func everyStateIsOnThePageAtOnce() throws {
    #expect(try page().contains("Make stems"))
    let answer = try ask(variation: 1)
    #expect(answer.status == 303)
    #expect(answer.response.header("Location") == "/jobs/\(id)?v=2#stems")
    #expect(try page("?v=2").contains("The stems wait for their turn"))
    #expect(try page("?v=2").contains(#"http-equiv="refresh""#))
    #expect(try page().contains("Make stems"))
    let work = try #require(try site.store.claimNextStems())
    #expect(work.output.variation == 1)
    #expect(try page("?v=2").contains("The stems are being made"))
    _ = try site.store.updateStems(jobID: work.job.id, variation: 1, percent: 43)
    #expect(try page("?v=2").contains(#"<progress max="100" value="43""#))
    try site.store.failStems(jobID: work.job.id, variation: 1, message: "A <string> broke.")
    #expect(try page("?v=2").contains("The stems could not be made: A &lt;string&gt; broke."))
    _ = try ask(variation: 1)
    _ = try site.store.claimNextStems()
    _ = try site.store.finishStems(jobID: work.job.id, variation: 1, stems: [bass], archiveBytes: 1_300_000, note: "Only nearly.")
    let ready = try page("?v=2")
    #expect(ready.contains("Upright &lt;bass&gt;") && ready.contains("1.2 MB") && ready.contains("Only nearly."))
    #expect(ready.contains("All stems (ZIP, 1.3 MB)"))
    #expect(!ready.contains("Make stems") && !ready.contains(#"http-equiv="refresh""#))
  }

  /// A job that has a sound and no score.
  private func soundAlone(_ task: String) throws -> Int64 {
    let draft = JobDraft(
      userID: site.user.id, task: task, songType: "song", engine: "score", seeds: [1], displayName: "x", request: "{}")
    let id = try site.store.createJob(draft).job.id
    let job = try #require(try site.store.claimNextJob())
    let output = Output(
      variation: 0, seed: 1, durationSeconds: 10, frames: 480_000, bytes: .init(flac: 4, wav: 3, mp3: 2, ogg: 1), used: "{}",
      waveformPath: "M0 0")
    #expect(try site.store.finish(jobID: job.id, attempt: job.attempts, JobResult(outputs: [output], used: "{}")))
    return id
  }

  @Test func aSongWithoutAScoreIsTakenApartAndAStemIsNot() throws {
    let song = try soundAlone("text2music")
    let page = try site.send("GET", "/jobs/\(song)", headers: ["Cookie": cookie]).text
    #expect(page.contains("Make stems") && page.contains("taken out of the finished sound"))
    #expect(try site.call("POST", "/api/v1/music/jobs/\(song)/stems").json["status"] == "PENDING")
    #expect(try site.store.claimNextStems()?.job.id == song)
    let stem = try soundAlone("extract")
    #expect(try !site.send("GET", "/jobs/\(stem)", headers: ["Cookie": cookie]).text.contains(#"id="stems""#))
    let refused = try site.call("POST", "/api/v1/music/jobs/\(stem)/stems")
    #expect(refused.status == 400 && refused.text.contains("no_stems"), "\(refused.text)")
  }

  @Test func linksLeadToTheFilesOfASetThatIsReady() throws {
    let path = "/api/v1/music/jobs/\(id)/stems"
    #expect(try site.call("POST", path).json["status"] == "PENDING")
    let work = try #require(try site.store.claimNextStems())
    let file = MediaFile.stem(variation: 0, id: "bass")
    let link = site.studio.links.path(jobID: work.job.id, file: file, expiry: site.studio.links.expiry())
    #expect(try site.send("GET", link).status == 404)
    _ = try site.store.finishStems(jobID: work.job.id, variation: 0, stems: [bass], archiveBytes: 9)
    let set = try #require(try site.call("GET", path).json["variations"]?[0])
    #expect(set["status"] == "COMPLETED" && set["zip_bytes"] == 9)
    #expect(set["stems"]?[0]?["url"]?.string?.hasSuffix(link) == true)
    let answer = try site.send("GET", link).response
    #expect(answer.header("X-Accel-Redirect") == "/_protected/\(work.job.directory)/0.stems/bass.flac")
    #expect(answer.header("Content-Disposition")?.contains("R%C3%ADo%20%E2%80%93%20Upright%20_bass_%20%5B\(id)%5D.flac") == true)
    let other = MediaFile.stem(variation: 0, id: "drums")
    #expect(try site.send("GET", site.studio.links.path(jobID: work.job.id, file: other, expiry: site.studio.links.expiry())).status == 404)
  }

  @Test func aStrangerFindsNothing() throws {
    let bea = try site.store.createUser(name: "Bea", role: .member)
    let key = try StudioForTests.makeKey(site.store, bea)
    let path = "/api/v1/music/jobs/\(id)/stems"
    #expect(try site.call("POST", path, headers: ["X-API-Key": key]).status == 404)
    #expect(try site.call("GET", path, headers: ["X-API-Key": key]).status == 404)
  }

  @Test(arguments: [
    "0.stem.bass.flac", "7.stems.zip", "1.stems.pack", "0.stem.nylon-guitar_2.flac",
  ])
  func namesOfFilesReadBack(_ name: String) { #expect(MediaFile(name: name)?.name == name) }

  @Test(arguments: [
    "0.stem..flac", "0.stem.a/b.flac", "0.stem.a.b.flac", "0.stem.%2e.flac", "8.stems.zip", "0.stems.rar", "0.stem.bass.wav",
    "0.stem.ä.flac",
  ])
  func namesOfNoFileAreRefused(_ name: String) { #expect(MediaFile(name: name) == nil) }
}
