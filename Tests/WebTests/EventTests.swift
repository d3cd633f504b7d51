import FastCGI
import Generation
import JSON
import Store
import Testing

@testable import Web

@Suite struct EventTests {
  private func names(_ step: EventStep) -> [String] {
    switch step {
    case .idle: []
    case .events(let events), .end(let events): events.map(\.name)
    }
  }

  @Test func aStreamTellsTheWholeLifeOfAJob() throws {
    let site = try StudioForTests()
    let first = try site.createJob()
    let answer = try site.call("GET", "/api/v1/events")
    guard case .events(let feed) = answer.response.body else { Issue.record("no stream"); return }
    #expect(answer.response.header("X-Accel-Buffering") == "no")
    #expect(names(feed.next()) == ["snapshot"])
    #expect(names(feed.next()) == [])
    let second = try site.createJob()
    #expect(names(feed.next()) == ["queue"])
    let job = try #require(try site.store.claimNextJob())
    #expect(job.id == Int64(first))
    #expect(Set(names(feed.next())) == ["progress", "queue"])
    _ = try site.store.updateProgress(
      jobID: job.id, attempt: job.attempts, JobProgress(stage: "render", done: 1, total: 4, variation: 0, percent: 30))
    #expect(names(feed.next()) == ["progress"])
    try site.finish(job)
    #expect(names(feed.next()).contains("completed"))
    _ = try site.store.deleteJob(id: Int64(second), userID: site.user.id)
    #expect(names(feed.next()) == ["removed"])
  }

  @Test func aJobThatBeginsAndEndsBetweenTwoLooksIsToldOf() throws {
    let site = try StudioForTests()
    guard case .events(let feed) = try site.call("GET", "/api/v1/events").response.body else { Issue.record("no stream"); return }
    #expect(names(feed.next()) == ["snapshot"])
    let id = try site.createJob()
    try site.finishNextJob()
    guard case .events(let events) = feed.next() else { Issue.record("nothing told"); return }
    #expect(events.map(\.name) == ["completed"])
    #expect(try JSON(parsing: events[0].data)["job"]?.int == id)
    #expect(try JSON(parsing: events[0].data)["object"]?["status"] == "COMPLETED")
  }

  @Test func aJobsOwnStreamEndsWithIt() throws {
    let site = try StudioForTests()
    let id = try site.createJob()
    guard case .events(let feed) = try site.call("GET", "/api/v1/music/jobs/\(id)/events").response.body else {
      Issue.record("no stream")
      return
    }
    #expect(names(feed.next()) == ["snapshot"])
    _ = try site.store.requestCancel(jobID: Int64(id), userID: site.user.id)
    let step = feed.next()
    #expect(names(step) == ["cancelled"])
    guard case .end = step else { Issue.record("the stream goes on"); return }
    guard case .events(let late) = try site.call("GET", "/api/v1/music/jobs/\(id)/events").response.body else {
      Issue.record("no stream")
      return
    }
    #expect(names(late.next()) == ["snapshot", "cancelled"])
    let again = try site.call("GET", "/api/v1/music/jobs/\(id)/events", headers: ["Last-Event-ID": "2"])
    #expect(again.status == 204)
  }
}
