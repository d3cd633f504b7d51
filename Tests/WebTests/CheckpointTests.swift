import Foundation
import Generation
import JSON
import Store
import Testing

@testable import Web

/// The choice of an engine and a checkpoint, by the API and in the form.
@Suite struct CheckpointTests {
  let site: StudioForTests
  let cookie: String

  init() throws {
    site = try StudioForTests()
    cookie = try StudioForTests.session(site)
  }

  private func order(_ members: JSON.Members, task: String = "text2music") throws -> StudioForTests.Answer {
    var body: JSON.Members = ["caption": "pop", "audio_duration": 20]
    for pair in members.pairs { body[pair.key] = pair.value }
    return try site.call("POST", "/api/v1/music/\(task)", .object(body))
  }

  private func fault(_ answer: StudioForTests.Answer) -> String {
    let error = answer.json["errors"]?.array?.first
    return "\(answer.status) \(error?["field"]?.string ?? "") \(error?["message"]?.string ?? "")"
  }

  @Test func withoutACheckpointTheScoreEngineIsTheOnlyOne() throws {
    #expect(try fault(order(["engine": "acestep"])) == "400 engine must be score: no checkpoint is installed; an administrator adds one with `cantiga models add`")
    #expect(try fault(order(["engine": "suno"])) == "400 engine must be one of score, acestep")
    #expect(try fault(order(["checkpoint": "turbo"])).contains("checkpoint is for engine acestep alone"))
    #expect(try order([:]).json["job"]?["engine"] == "score")
    let status = try site.call("GET", "/api/v1/music/model/status").json
    #expect(status["engines"]?.array?.compactMap { $0["name"]?.string } == ["score"])
  }

  @Test func theCheckpointIsNamedAndGivesItsOwnSteps() throws {
    site.shelf.put([.sample(name: "turbo"), .sample(name: "other")])
    let job = try #require(order(["engine": "acestep"]).json["job"])
    #expect(job["engine"] == "acestep")
    let request = job["input_params"]
    #expect(request?["checkpoint"] == "turbo")
    #expect(request?["inference_steps"] == 8)
    #expect(request?["shift"]?.double == 3)
    let asked = try #require(order(["engine": "acestep", "checkpoint": "other", "infer_step": 64, "shift": 3]).json["job"]?["input_params"])
    #expect(asked["checkpoint"] == "other")
    #expect(asked["inference_steps"] == 64)
    #expect(try fault(order(["engine": "acestep", "checkpoint": "none"])) == "400 checkpoint must be one of turbo, other")
    #expect(try fault(order(["engine": "acestep", "sample_type": "loop"], task: "text2samples")).hasPrefix("400 checkpoint can't do text2samples as turbo"))
    site.shelf.put([.sample(name: "turbo", longest: 32)])
    #expect(try fault(order(["engine": "acestep", "audio_duration": 40])) == "400 audio_duration makes a song of 40 seconds; turbo makes songs of up to 32")
  }

  @Test func statusTellsOfTheCheckpoints() throws {
    site.shelf.put([.sample(name: "turbo", isLoaded: true), InstalledCheckpoint(name: "old", path: "/old", state: .broken("It is gone."))])
    let engine = try #require(site.call("GET", "/api/v1/music/model/status").json["engines"]?.array?.last)
    #expect(engine["name"] == "acestep")
    #expect(engine["checkpoints"]?.array?.compactMap { $0["name"]?.string } == ["turbo"])
    #expect(engine["checkpoints"]?.array?.first?["loaded"] == true)
  }

  @Test func theFormOffersEnginesOnlyWhereThereAreSeveral() throws {
    func page(_ target: String = "/?mode=advanced") throws -> String { try site.send("GET", target, headers: ["Cookie": cookie]).text }
    #expect(try !page().contains(#"name="engine""#))
    #expect(try page().contains("/help#engines"))
    site.shelf.put([.sample(name: "turbo", longest: 32)])
    #expect(try page().contains(#"<option value="acestep:turbo">acestep: turbo, turbo 2B</option>"#))
    let job = try #require(order(["engine": "acestep"]).json["id"]?.int)
    let again = try page("/?from=\(job)")
    #expect(again.contains(#"<option value="acestep:turbo" selected>"#))
    #expect(again.contains("Songs of up to 32 seconds"))
    #expect(again.contains("of memory for this length"))
  }

  @Test func choosingAnEngineShowsItsSettingsAndOrdersNothing() throws {
    site.shelf.put([.sample(name: "turbo")])
    let page = try site.send("GET", "/", headers: ["Cookie": cookie])
    let token = try #require(page.text.components(separatedBy: #"name="csrf" value=""#).dropFirst().first?.prefix { $0 != "\"" })
    let answer = try site.send(
      "POST", "/", headers: ["Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"],
      body: Array("csrf=\(token)&mode=simple&caption=kept&engine=acestep%3Aturbo&switch=engine".utf8))
    #expect(answer.status == 200)
    #expect(answer.text.contains("kept</textarea>"))
    #expect(answer.text.contains("Of itself 8 steps, shift 3, no guidance."))
    #expect(try site.store.jobs(userID: site.user.id).total == 0)
  }

  @Test func administratorsVerifyAndUnload() throws {
    site.shelf.put([.sample(name: "turbo", isLoaded: true)])
    let page = try site.send("GET", "/admin/models", headers: ["Cookie": cookie])
    #expect(page.text.contains("/models/turbo"))
    func press(_ action: String) throws -> Int {
      let token = try #require(page.text.components(separatedBy: #"name="csrf" value=""#).dropFirst().first?.prefix { $0 != "\"" })
      let body = Array("csrf=\(token)".utf8)
      return try site.send(
        "POST", action, headers: ["Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"], body: body).status
    }
    #expect(try press("/admin/models/turbo/verify") == 303)
    #expect(try press("/admin/models/none/verify") == 404)
    #expect(try press("/admin/models/unload") == 303)
    #expect(site.shelf.verified == ["turbo"])
    #expect(site.shelf.unloads == 1)
  }
}
