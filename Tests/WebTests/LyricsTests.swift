import FastCGI
import Foundation
import Generation
import JSON
import Music
import Secrets
import Store
import Synchronization
import Testing

@testable import Web

/// Timed lyrics through the API and on the job page.
struct LyricsTests {
  let site: StudioForTests
  private let cookie: String

  init() throws {
    site = try StudioForTests()
    let token = Secrets.randomToken()
    cookie = "sid=\(token)"
    try site.store.createSession(
      tokenHash: Secrets.hash(token), userID: site.user.id, userAgent: "test", expiresAt: Date(timeIntervalSinceNow: 3600))
  }

  private func page(_ id: Int) throws -> String {
    try site.send("GET", "/jobs/\(id)", headers: ["Cookie": cookie]).text
  }

  static let lyrics = TimedLyrics(
    lines: [
      .init(
        startSeconds: 1, endSeconds: 2.5, text: "The river & me",
        words: [
          .init(startSeconds: 1, endSeconds: 1.25, text: "The", isFollowedBySpace: true),
          .init(startSeconds: 1.25, endSeconds: 2, text: "river", isFollowedBySpace: true),
          .init(startSeconds: 2, endSeconds: 2.1, text: "&", isFollowedBySpace: true),
          .init(startSeconds: 2.125, endSeconds: 2.5, text: "me", isFollowedBySpace: false),
        ]),
      .init(startSeconds: 3, endSeconds: 4, text: "שלום עולם"),
    ], language: "en")

  private func song(_ used: JSON = ["lyrics": "[Verse]\nThe river & me\nשלום עולם"], lyrics: TimedLyrics? = lyrics) throws -> Int {
    let id = try site.createJob(["prompt": "p", "lyrics": "The river & me\nשלום עולם"])
    try site.finishNextJob(used: used, lyrics: lyrics)
    return id
  }

  @Test func theFinishedJobHasItsLyricsInAllForms() throws {
    let id = try song()
    let job = try site.call("GET", "/api/v1/music/jobs/\(id)").json
    #expect(job["lrc_content"] == "[00:01.00] The river & me\n[00:03.00] שלום עולם")
    let links = try #require(job["outputs"]?[0]?["lyrics_urls"]?.members)
    #expect(links.pairs.map(\.key) == ["lrc", "words.lrc", "srt", "vtt", "lyrics.json"])
    #expect(links["lrc"] == job["lrc_url"])
    let bodies = [
      ("lrc", "text/plain", "[00:01.00] The river & me\n"), ("words.lrc", "text/plain", "<00:01.25>river "),
      ("srt", "application/x-subrip", "00:00:01,000 --> 00:00:02,500\nThe river & me\n"),
      ("vtt", "text/vtt", "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nThe <00:00:01.250>river <00:00:02.000>&amp; "),
      ("lyrics.json", "application/json", #"{"language":"en","lines":["#),
    ]
    for (form, type, beginning) in bodies {
      let url = try #require(links[form]?.string)
      let target = "/media/" + url.split(separator: "/media/")[1]
      let file = try site.send("GET", target)
      #expect(file.status == 200 && file.text.contains(beginning), "\(form): \(file.text)")
      #expect(file.response.header("Content-Type") == type + "; charset=utf-8")
      #expect(file.response.header("Content-Disposition")?.contains(".\(form)") == true)
      // A link is for one file.
      #expect(try site.send("GET", target.replacing(".\(form)?", with: ".mid?")).status == 404)
    }
  }

  @Test func timingAgainGivesWhatIsThere() throws {
    let id = try song()
    for path in ["/api/v1/music/\(id)/lrc", "/api/v1/music/jobs/\(id)/lrc"] {
      let reply = try site.call("POST", path).json
      #expect(reply["success"] == true && reply["job_id"]?.int == id)
      #expect(reply["lrc_content"]?.string?.hasPrefix("[00:01.00] The river") == true)
      #expect(reply["lrc_url"]?.string?.contains("/media/\(id)/0.lrc?token=") == true)
    }
    #expect(try site.call("POST", "/api/v1/music/\(id)/lrc", ["x": 1]).status == 200)
  }

  @Test func whatCannotBeTimedSaysWhy() throws {
    #expect(try site.call("POST", "/api/v1/music/999/lrc").status == 404)
    let waiting = try site.createJob(["prompt": "p", "lyrics": "la"])
    let refused = try site.call("POST", "/api/v1/music/\(waiting)/lrc")
    #expect(refused.status == 400 && refused.json["message"] == "Job must be completed")
    try site.finishNextJob(used: ["lyrics": "la"])
    let listening = try site.call("POST", "/api/v1/music/\(waiting)/lrc")
    #expect(listening.status == 503 && listening.response.header("Retry-After") == "5")
    site.recordings.hearing.withLock { $0 = .heard(["lyrics": ["lines": []]]) }
    let unsung = try site.call("POST", "/api/v1/music/\(waiting)/lrc")
    #expect(unsung.status == 200 && unsung.json["success"] == false && unsung.json["lrc_content"] == .null)
    #expect(unsung.json["error"]?.string?.isEmpty == false)
    site.recordings.hearing.withLock {
      $0 = .heard([
        "lyrics": [
          "language": "en",
          "lines": [["start": 1.0, "end": 2.0, "text": "La la", "words": [["start": 1.0, "end": 1.4, "text": "La"], ["start": 1.5, "end": 2.0, "text": "la"]]]],
        ]
      ])
    }
    let heard = try site.call("POST", "/api/v1/music/\(waiting)/lrc").json
    #expect(heard["success"] == true && heard["lrc_content"]?.string == "[00:01.00] La la")
    let kept = try #require(try site.store.outputs(jobID: Int64(waiting)).first?.timedLyrics)
    #expect(kept.lines.first?.words.map(\.isFollowedBySpace) == [true, false])
    let instrumental = try site.createJob(["prompt": "p"])
    try site.finishNextJob()
    let wordless = try site.call("POST", "/api/v1/music/\(instrumental)/lrc")
    #expect(wordless.status == 400 && wordless.json["message"] == "Job has no lyrics")
    #expect(try site.call("GET", "/api/v1/music/jobs/\(instrumental)").json["outputs"]?[0]?["lyrics_urls"] == .null)
  }

  @Test func thePageHasTheTimesOfLinesAndWords() throws {
    let id = try song()
    let html = try page(id)
    #expect(html.contains(#"data-karaoke"#) && html.contains(#"<ol class="lyrics" lang="en">"#))
    #expect(html.contains(#"data-at="1.0" data-to="2.5" data-words="0:1 4:1.25 10:2 12:2.13">"#), "\(html)")
    #expect(html.contains(#"<span class="lyric-text" dir="auto">The river &amp; me</span>"#))
    #expect(html.contains(#"data-at="3.0" data-to="4.0"><span"#))
    for form in LyricsForm.allCases { #expect(html.contains("/media/\(id)/0.\(form.rawValue)?token=")) }
    let plain = try song(lyrics: nil)
    let unsung = try page(plain)
    #expect(!unsung.contains("data-karaoke") && unsung.contains("The river &amp; me"))
  }

  @Test func wordsThatAreNotTheLinesOwnAreNotMarked() {
    let line = TimedLyrics.Line(
      startSeconds: 1, endSeconds: 2, text: "24 hours",
      words: [.init(startSeconds: 1, endSeconds: 2, text: "twenty", isFollowedBySpace: false)])
    #expect(LyricLine(line).wordTimes == nil && LyricLine(line).seconds == 1)
  }
}
