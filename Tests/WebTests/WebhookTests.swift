import FastCGI
import JSON
import Store
import Testing

@testable import Web

/// Webhooks over HTTP (`api.md` 18).
@Suite struct WebhookTests {
  let site: StudioForTests
  init() throws {
    site = try StudioForTests()
    try site.store.set(.webhooks, to: WebhookPolicy.https.rawValue)
  }

  private static let path = "/api/v1/webhooks/endpoints"

  @Test func anEndpointIsMadeChangedTestedAndDeleted() throws {
    let made = try site.call("POST", Self.path, ["url": "https://example.org/hook?x=1", "events": ["job.failed"], "description": "radio"])
    #expect(made.status == 201 && made.json["secret"]?.string?.hasPrefix("whsec_") == true)
    #expect(made.json["events"] == ["job.failed"] && made.json["active"] == true && made.json["description"] == "radio")
    let id = try #require(made.json["id"]?.int)
    for text in [try site.call("GET", Self.path).text, try site.call("GET", "\(Self.path)/\(id)").text] {
      #expect(text.contains("https://example.org/hook?x=1") && !text.contains("whsec_"))
    }
    let changed = try site.call("PATCH", "\(Self.path)/\(id)", ["events": ["job.completed", "job.failed"], "active": false]).json
    #expect(changed["events"] == ["job.completed", "job.failed"] && changed["active"] == false && changed["url"] == "https://example.org/hook?x=1")
    #expect(try site.call("POST", "\(Self.path)/\(id)/test").status == 400)
    _ = try site.call("PATCH", "\(Self.path)/\(id)", ["active": true])
    let test = try site.call("POST", "\(Self.path)/\(id)/test").json
    #expect(test["event_type"] == "webhook.test" && test["status"] == "pending" && test["attempts"] == 0)
    let again = try site.call("POST", "/api/v1/webhooks/deliveries/\(test["id"]?.int ?? 0)/redeliver").json
    #expect(again["event_id"] == test["event_id"])
    #expect(try site.call("GET", "\(Self.path)/\(id)/deliveries").json.array?.count == 2)
    #expect(try site.call("DELETE", "\(Self.path)/\(id)").status == 200)
    #expect(try site.call("GET", "\(Self.path)/\(id)").status == 404)
    #expect(try site.call("POST", "/api/v1/webhooks/deliveries/99/redeliver").status == 404)
  }

  @Test(arguments: [
    #"{}"#, #"{"url": null}"#, #"{"url": 7}"#, #"{"url": "http://example.org/"}"#, #"{"url": "ftp://example.org/"}"#,
    #"{"url": "https://u:p@example.org/"}"#, #"{"url": "https://example.org/", "events": []}"#,
    #"{"url": "https://example.org/", "events": ["webhook.test"]}"#, #"{"url": "https://example.org/", "events": "nonsense"}"#,
    #"{"url": "https://example.org/", "active": "perhaps"}"#, #"{"url": "https://example.org:22/"}"#,
    #"{"url": "https://192.168.1.5/"}"#, #"{"url": "https://[::1]/"}"#, #"{"url": "https://169.254.169.254/latest"}"#,
    #"{"url": "https://[::ffff:10.0.0.1]/"}"#, #"{"url": "https://2130706433/"}"#,
  ])
  func whatCantBeAnEndpointIsRefusedByField(_ body: String) throws {
    let answer = try site.call("POST", Self.path, try JSON(parsing: body))
    #expect(answer.status == 400 && answer.json["errors"]?[0]?["field"] != nil, "\(answer.text)")
  }

  @Test func nothingIsMadeWhileWebhooksAreOff() throws {
    try site.store.set(.webhooks, to: nil)
    let answer = try site.call("POST", Self.path, ["url": "https://example.org/"])
    #expect(answer.status == 403 && answer.json["error"] == "webhooks_off")
    #expect(try site.call("GET", Self.path).json == [])
  }

  @Test func httpIsTakenWhereTheAdministratorAllowsIt() throws {
    try site.store.set(.webhooks, to: WebhookPolicy.http.rawValue)
    #expect(try site.call("POST", Self.path, ["url": "http://example.org/"]).status == 201)
  }
}
