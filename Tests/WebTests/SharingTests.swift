import FastCGI
import Foundation
import JSON
import Music
import Store
import Testing

@testable import Web

/// Likes and public links (`api.md` 14.1, 14.2).
@Suite struct SharingTests {
  let site: StudioForTests
  let id: Int
  init() throws {
    site = try StudioForTests()
    id = try site.createJob(["prompt": "calm piano", "lyrics": "[verse]\nla la", "batch_size": 2, "display_name": "Harbour"])
    try site.finishNextJob()
  }

  private var path: String { "/api/v1/music/jobs/\(id)" }

  @Test func aSongIsLikedDislikedAndNeither() throws {
    let liked = try site.call("POST", path + "/like").json
    #expect(liked["interaction_type"] == "like" && liked["like_count"] == 1 && liked["user_has_liked"] == true && liked["success"] == true)
    #expect(try site.call("POST", path + "/like").json["like_count"] == 1)
    #expect(try site.call("GET", "/api/v1/music/liked").json.array?.count == 1)
    #expect(try site.call("GET", "/api/v1/music/liked").response.header("X-Total-Count") == "1")
    #expect(try site.call("GET", "/api/v1/music/jobs?liked=true").json.array?.count == 1)
    #expect(try site.call("GET", "/api/v1/music/jobs?liked=False").json.array?.count == 0)
    #expect(try site.call("GET", "/api/v1/music/jobs?liked=maybe").status == 400)
    #expect(try site.call("GET", "/api/v1/music/filters/stats").json["liked_count"] == 1)
    let disliked = try site.call("POST", path + "/dislike").json
    #expect(disliked["like_count"] == 0 && disliked["dislike_count"] == 1 && disliked["user_has_disliked"] == true)
    #expect(try site.call("GET", path + "/stats").json["dislike_percentage"]?.double == 100)
    #expect(try site.call("DELETE", path + "/dislike").json["interaction_type"] == .null)
    #expect(try site.call("GET", path + "/interaction-status").json
      == ["job_id": .int(id), "user_has_liked": false, "user_has_disliked": false, "can_interact": true])
    #expect(try site.call("POST", "/api/v1/music/jobs/99/like").status == 404)
  }

  private func share(_ body: JSON = [:]) throws -> JSON { try site.call("POST", path + "/share", body).json }

  @Test func whoeverHasTheLinkHearsTheSongAndLearnsNothingElse() throws {
    let shared = try share(["platform": "twitter"])
    let token = try #require(shared["share_token"]?.string)
    #expect(token.utf8.count >= 24 && shared["share_url"]?.string == "http://127.0.0.1/shared/\(token)" && shared["platform"] == "twitter")
    #expect(try share()["share_token"]?.string == token, "the same link")
    #expect(try site.call("GET", path).json["is_shared"] == true)
    for address in ["/api/v1/music/share/\(token)", "/api/v1/music/shared/\(token)"] {
      let answer = try site.send("GET", address)
      #expect(answer.json["track"]?["display_name"] == "Harbour" && answer.json["can_download"] == true)
      #expect(answer.json["track"]?["share_count"] == 2 && answer.json["track"]?["lyrics"] != nil)
      #expect(!answer.text.contains("ana") && !answer.text.contains(site.user.id))
    }
    let page = try site.send("GET", "/shared/\(token)")
    #expect(page.status == 200 && page.text.contains("Harbour") && page.text.contains("la la") && !page.text.contains("example.org"))
    #expect(page.text.contains("Variation B") && page.text.contains("/shared/\(token)/1.flac"))
    let heard = try site.send("GET", "/shared/\(token)/0.mp3")
    #expect(heard.response.header("X-Accel-Redirect")?.hasSuffix("/0.mp3") == true)
    #expect(heard.response.header("Content-Disposition")?.hasPrefix("inline") == true)
    let download = try site.send("GET", "/api/v1/music/shared/\(token)/download?format=flac").json
    #expect(download["filename"] == .string("Harbour [\(id)].flac") && download["download_url"]?.string == "http://127.0.0.1/shared/\(token)/0.flac")
    #expect(try site.send("GET", "/api/v1/music/shared/\(token)/download?format=exe").status == 400)
    for file in ["0.score.json", "0.mid", "2.mp3", "../0.mp3", "0.stems.zip", "x"] {
      #expect(try site.send("GET", "/shared/\(token)/\(file)").status == 404, "\(file)")
    }
    #expect(try site.send("GET", "/api/v1/music/share/\(token)/stats").json["share_count"] == 2)
  }

  @Test func aLinkIsShownOnOtherSitesByItsCard() throws {
    let token = try #require(try share()["share_token"]?.string)
    let page = try site.send("GET", "/shared/\(token)")
    #expect(page.response.header("X-Robots-Tag") == "noindex" && page.response.header("Content-Security-Policy") == nil)
    for tag in [
      #"<link rel="canonical" href="http://127.0.0.1/shared/\#(token)">"#, #"<meta name="robots" content="noindex">"#,
      #"<meta property="og:title" content="Harbour">"#, #"<meta property="og:url" content="http://127.0.0.1/shared/\#(token)">"#,
      #"<meta property="og:audio" content="http://127.0.0.1/shared/\#(token)/0.mp3">"#, #"<meta property="music:duration" content="10">"#,
      #"<meta property="og:description" content="Song, 0:10. la la">"#, #"<meta name="twitter:card" content="summary_large_image">"#,
      #"<meta property="og:image" content="http://127.0.0.1/shared/\#(token)/picture.png">"#,
    ] { #expect(page.text.contains(tag), "\(tag)") }
    _ = try site.store.relabel(
      jobID: Int64(id), userID: site.user.id, displayName: String(repeating: "x\"><", count: 40), thumbnailURL: "https://example.org/a.png")
    let renamed = try site.send("GET", "/shared/\(token)").text
    #expect(renamed.contains(#"<meta property="og:image" content="https://example.org/a.png">"#))
    #expect(renamed.contains("og:title\" content=\"x&quot;&gt;&lt;x") && !renamed.contains("x\"><x"))
  }

  @Test func onlyTheEmbeddedPlayerMayBeFramed() throws {
    let token = try #require(try share()["share_token"]?.string)
    let embed = try site.send("GET", "/shared/\(token)/embed")
    #expect(embed.status == 200 && embed.text.contains("Harbour") && embed.text.contains("src=\"/shared/\(token)/0.mp3\""))
    let policy = try #require(embed.response.header("Content-Security-Policy"))
    #expect(policy.contains("default-src 'none'") && policy.hasSuffix("frame-ancestors *") && !policy.contains("script-src"))
    #expect(!embed.text.contains("<script") && !embed.text.contains("csrf") && !embed.text.contains("example.org"))
    #expect(embed.response.header("X-Robots-Tag") == "noindex")
    #expect(try site.send("GET", "/shared/\(token)/0.mp3").response.header("Cross-Origin-Resource-Policy") == "cross-origin")
    #expect(try site.call("DELETE", path + "/share").status == 200)
    let gone = try site.send("GET", "/shared/\(token)/embed")
    #expect(gone.status == 404 && gone.response.header("Content-Security-Policy") == nil)
  }

  @Test func theWordsOfASharedSongFollowIt() throws {
    let words = [
      TimedLyrics.Word(startSeconds: 1, endSeconds: 1.5, text: "la", isFollowedBySpace: true),
      TimedLyrics.Word(startSeconds: 1.5, endSeconds: 2, text: "la", isFollowedBySpace: false),
    ]
    let timed = TimedLyrics(lines: [.init(startSeconds: 1, endSeconds: 2, text: "la la", words: words)], language: "en")
    let other = try site.createJob(["prompt": "calm piano", "lyrics": "[verse]\nla la", "display_name": "Timed"])
    try site.finishNextJob(lyrics: timed)
    let token = try #require(try site.call("POST", "/api/v1/music/jobs/\(other)/share").json["share_token"]?.string)
    let page = try site.send("GET", "/shared/\(token)").text
    #expect(page.contains("data-karaoke") && page.contains(#"data-words="0:1 3:1.5""#) && page.contains(#"id="audio""#))
    #expect(page.contains(#"data-play="/shared/\#(token)/0.mp3""#) && page.contains("data-follow") && !page.contains("/media/"))
  }

  @Test func aSongCanBeSharedToBeHeardOnly() throws {
    let token = try #require(try share(["allow_download": false])["share_token"]?.string)
    #expect(try site.send("GET", "/shared/\(token)/0.mp3").status == 200)
    #expect(try site.send("GET", "/shared/\(token)/0.mp3?download").status == 403)
    #expect(try site.send("GET", "/shared/\(token)/0.flac").status == 403)
    #expect(try site.send("GET", "/api/v1/music/shared/\(token)/download").status == 403)
    #expect(try !site.send("GET", "/shared/\(token)").text.contains("download>"))
  }

  @Test func aLinkEndsWhenItIsTakenBackExpiresOrTheAccountEnds() throws {
    let first = try #require(try share()["share_token"]?.string)
    #expect(try site.call("DELETE", path + "/share").status == 200)
    for address in ["/shared/\(first)", "/shared/\(first)/0.mp3", "/api/v1/music/share/\(first)"] { #expect(try site.send("GET", address).status == 404) }
    let second = try #require(try share(["expires_in_days": 1])["share_token"]?.string)
    #expect(second != first)
    #expect(try site.store.sharedJob(token: second, now: Date(timeIntervalSinceNow: 86_390)) != nil)
    #expect(try site.store.sharedJob(token: second, now: Date(timeIntervalSinceNow: 86_410)) == nil)
    try site.store.createUser(name: "ben", role: .admin)
    #expect(try site.store.setActive(userID: site.user.id, false))
    #expect(try site.send("GET", "/shared/\(second)").status == 404)
  }

  @Test func onlyAFinishedSongOfOnesOwnIsShared() throws {
    let waiting = try site.createJob()
    let answer = try site.call("POST", "/api/v1/music/jobs/\(waiting)/share")
    #expect(answer.status == 400 && answer.detail == "Job must be completed")
    #expect(try site.call("POST", "/api/v1/music/jobs/99/share").status == 404)
    for body: JSON in [["expires_in_days": 0], ["expires_in_days": "x"], ["allow_download": "perhaps"], ["platform": .string(String(repeating: "x", count: 50))]] {
      #expect(try site.call("POST", path + "/share", body).status == 400, "\(body.text)")
    }
    #expect(try site.send("GET", "/shared/\(String(repeating: "x", count: 5000))").status == 404)
  }
}
