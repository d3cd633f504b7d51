import FastCGI
import Foundation
import JSON
import Music
import Store
import Testing

@testable import Web

/// The score of a finished song in other formats, and drawn on its page.
@Suite(.serialized) struct NotationTests {
  /// A site with a finished song of which only the score's JSON lies on the disk, as with songs of an older version.
  private func site(_ body: (StudioForTests, Int) throws -> Void) throws {
    let site = try StudioForTests()
    let id = try site.createJob()
    let job = try #require(try site.finishNextJob())
    let folder = "\(site.studio.settings.mediaDirectory)/\(job.directory)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try NotationSample.score.json().write(to: URL(fileURLWithPath: folder + "/0.score.json"))
    try body(site, id)
  }

  @Test func abcAndMusicXMLAreWrittenWhenAskedFor() throws {
    try site { site, id in
      let output = try #require(try site.call("GET", "/api/v1/music/jobs/\(id)/status").json["outputs"]?.array?.first)
      for (member, type, beginning) in [
        ("abc_url", "text/vnd.abc; charset=utf-8", "%abc-2.1"),
        ("musicxml_url", "application/vnd.recordare.musicxml+xml; charset=utf-8", "<?xml"),
      ] {
        let link = try #require(output[member]?.string)
        let path = try #require(link.range(of: "/media/")).lowerBound
        let answer = try site.send("GET", String(link[path...]))
        #expect(answer.status == 200)
        #expect(answer.text.hasPrefix(beginning))
        #expect(answer.response.headers.first { $0.name == "Content-Type" }?.value == type)
        #expect(try site.send("GET", String(link[path...].dropLast(3))).status == 404)
      }
    }
  }

  @Test func aSongWithoutItsScoreFileHasNeither() throws {
    try site { site, id in
      let output = try #require(try site.call("GET", "/api/v1/music/jobs/\(id)/status").json["outputs"]?.array?.first)
      let link = try #require(output["abc_url"]?.string)
      let path = String(link[try #require(link.range(of: "/media/")).lowerBound...])
      try FileManager.default.removeItem(atPath: site.studio.settings.mediaDirectory + "/" + Job.directory(id: Int64(id)))
      #expect(try site.send("GET", path).status == 404)
    }
  }

  @Test func thePartToDrawCanBeChosen() throws {
    let lead = try #require(JobNotation(NotationSample.score, jobID: 7, variation: 1, wish: nil))
    #expect(lead.bars.count == 4)
    #expect(lead.parts.map(\.name) == ["Vocal melody", "Piano", "Full score"])
    #expect(lead.parts.map(\.isShown) == [true, false, false])
    #expect(lead.parts[1].href == "/jobs/7?v=2&part=piano#notation")
    let all = try #require(JobNotation(NotationSample.score, jobID: 7, variation: 0, wish: "all"))
    #expect(all.parts.map(\.isShown) == [false, false, true])
    #expect(all.bars[0].bar.height > lead.bars[0].bar.height)
    #expect(JobNotation(NotationSample.score, jobID: 7, variation: 0, wish: "kazoo")?.parts.map(\.isShown) == [true, false, false])
  }
}
