import FastCGI
import Foundation
import Generation
import JSON
import Secrets
import Store
import Testing

@testable import Web

@Suite struct APITests {
  let site: StudioForTests
  init() throws { site = try StudioForTests() }

  @Test func aCreatedJobIsWhereEveryClientLooks() throws {
    let answer = try site.call("POST", "/api/v1/music/simple", [
      "query": "q", "instrumental": false, "vocal_language": "unknown", "audio_duration": -1, "format": "flac",
    ])
    #expect(answer.status == 200)
    #expect(answer.response.header("Content-Type") == "application/json; charset=utf-8")
    let id = try #require(answer.json["id"]?.int)
    #expect(id >= 1)
    #expect(answer.json["job_id"]?.int == id)
    #expect(answer.json["job"]?["id"]?.int == id)
    #expect(answer.json["job"]?["status"] == "PENDING")
    #expect(answer.json["message"] == "Simple mode generation started")
    let status = try site.call("GET", "/api/v1/music/jobs/\(id)/status/")
    #expect(status.json["id"]?.int == id)
    #expect(status.json["progress"] == .null)
    #expect(status.json["queue_position"] == 1)
    #expect(status.json["input_params"]?["query"] == "q")
    #expect(try site.call("GET", "/api/v1/jobs/\(id)").json["id"]?.int == id)
  }

  @Test func everyFieldOfTheSpecificationIsThereWhenNothingIsKnown() throws {
    let job = try site.call("GET", "/api/v1/music/jobs/\(try site.createJob())").json
    for field in [
      "task", "output_url", "output_urls", "audio_url", "display_name", "thumbnail_url", "audio_duration", "actual_seeds",
      "lrc_content", "lrc_url", "quality_score", "error_message", "created_at", "completed_at", "updated_at", "user_id",
      "output_path", "output_paths", "timecosts", "share_token", "share_url", "is_shared", "model_version", "format",
      "batch_size", "outputs", "caption", "lyrics", "bpm", "keyscale", "timesignature", "vocal_language", "instrumental",
      "genre", "emotion", "occasion", "song_type", "source_job_id", "credits_reserved", "credits_charged", "engine", "warnings",
    ] { #expect(job[field] != nil, "\(field)") }
  }

  @Test func aFinishedJobHasLinksThatOpenWithoutAKey() throws {
    let id = try site.createJob(["prompt": "p", "batch_size": 2, "seed": 4_294_967_295, "format": "mp3"])
    try site.finishNextJob()
    let job = try site.call("GET", "/api/v1/music/jobs/\(id)/status", headers: ["Host": "box:8123"]).json
    #expect(job["status"] == "COMPLETED")
    #expect(job["progress"] == 100)
    #expect(job["actual_seeds"] == [4_294_967_295, 0])
    #expect(job["outputs"]?.array?.count == 2)
    #expect(job["bpm"]?.double == 90)
    let url = try #require(job["output_url"]?.string)
    #expect(url.hasPrefix("http://box:8123/media/\(id)/0.mp3?token="))
    let target = String(url.dropFirst("http://box:8123".count))
    let media = try site.send("GET", target)
    #expect(media.status == 200)
    #expect(media.response.header("X-Accel-Redirect") == "/_protected/\(Job.directory(id: Int64(id)))/0.mp3")
    #expect(media.response.header("Content-Type") == "audio/mpeg")
    #expect(media.response.header("Content-Disposition")?.hasPrefix("attachment; filename=") == true)
    #expect(try site.send("GET", target.replacing("0.mp3", with: "1.mp3")).status == 404)
    #expect(try site.send("GET", target.replacing("0.mp3", with: "0.flac")).status == 404)
    #expect(try site.send("GET", target + "x").status == 404)
    #expect(try site.send("GET", "/media/\(id)/0.mp3").status == 404)
  }

  @Test func linksExpire() {
    let links = MediaLinks(key: SigningKey(), lifetimeSeconds: 3600)
    let now = Date()
    let file = MediaFile.audio(variation: 0, format: "flac")
    let token = String(links.path(jobID: 1, file: file, expiry: links.expiry(now: now)).split(separator: "=")[1])
    #expect(links.opens(token, jobID: 1, file: file, now: now))
    #expect(!links.opens(token, jobID: 2, file: file, now: now))
    #expect(!links.opens(token, jobID: 1, file: file, now: now + 7300))
  }

  @Test func credentialsAreJudgedInTheOrderOfTheSpecification() throws {
    func status(_ headers: [String: String]) throws -> Int {
      try site.send("GET", "/api/v1/auth/me", headers: headers).status
    }
    #expect(try status([:]) == 401)
    #expect(try status(["X-API-Key": site.key]) == 200)
    #expect(try status(["Authorization": "Bearer \(site.key)"]) == 200)
    #expect(try status(["X-API-Key": site.key, "Authorization": "Bearer \(site.key)"]) == 200)
    #expect(try status(["X-API-Key": "ap_wrong", "Authorization": "Bearer \(site.key)"]) == 401)
    #expect(try status(["Authorization": "Bearer eyJhbGciOi"]) == 401)
    #expect(try status(["Authorization": "Basic abc"]) == 401)
    let refused = try site.send("GET", "/api/v1/auth/me")
    #expect(refused.response.header("WWW-Authenticate") == "Bearer")
    #expect(refused.detail == "Authentication required")
  }

  @Test func aRevokedKeyIsRefusedAtOnce() throws {
    #expect(try site.call("GET", "/api/v1/auth/me").status == 200)
    let key = try #require(try site.store.apiKeys(userID: site.user.id).first)
    #expect(try site.store.revokeAPIKey(id: key.id, userID: nil))
    let answer = try site.call("GET", "/api/v1/auth/me")
    #expect(answer.status == 403)
    #expect(answer.detail == "API key has been revoked")
  }

  @Test func nobodySeesAnothersJob() throws {
    let id = try site.createJob()
    let other = try site.store.createUser(name: "ben", email: nil, role: .member, passwordHash: nil)
    let key = try StudioForTests.makeKey(site.store, other)
    for (method, path) in [
      ("GET", "/status"), ("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("POST", "/retry"), ("PATCH", ""), ("GET", "/events"),
    ] {
      let answer = try site.call(method, "/api/v1/music/jobs/\(id)\(path)", ["display_name": "x"], headers: ["X-API-Key": key])
      #expect(answer.status == 404, "\(method) \(path)")
      #expect(answer.detail == "Music job not found")
    }
    #expect(try site.call("GET", "/api/v1/music/jobs", headers: ["X-API-Key": key]).json == [])
    #expect(try site.call("GET", "/api/v1/music/jobs/\(id)").status == 200)
  }

  @Test func everyBadFieldIsNamed() throws {
    let answer = try site.call("POST", "/api/v1/music/text2music", ["prompt": "p", "audio_duration": 601, "bpm": 10])
    #expect(answer.status == 400)
    #expect(answer.detail == "audio_duration must be -1 or between 1 and 600 seconds; bpm must be an integer between 30 and 300")
    #expect(answer.json["message"]?.string == answer.detail)
    #expect(answer.json["error"] == "invalid_parameters")
    #expect(answer.json["errors"]?[1]?["field"] == "bpm")
    #expect(try site.call("GET", "/api/v1/music/jobs").json == [])
  }

  @Test(arguments: [("{", 400), ("[]", 400), ("\"a\"", 400), ("{\"prompt\": \"a\", \"prompt\": \"b\"}", 400), ("", 400), (" \n", 400)])
  func aBodyThatIsNoObjectIsRefused(_ body: String, _ status: Int) throws {
    let answer = try site.send(
      "POST", "/api/v1/music/text2music", headers: ["X-API-Key": site.key, "Content-Type": "application/json"], body: Array(body.utf8))
    #expect(answer.status == status)
    #expect(!answer.detail.isEmpty)
  }

  @Test func anOversizedBodyIs413() throws {
    let body = [UInt8](repeating: 0x20, count: (1 << 20) + 1)
    let answer = try site.send("POST", "/api/v1/music/simple", headers: ["X-API-Key": site.key], body: body)
    #expect(answer.status == 413)
    #expect(answer.json["error"] == "payload_too_large")
  }

  @Test func formsAreAcceptedLikeJSON() throws {
    let answer = try site.send(
      "POST", "/api/v1/music/text2music",
      headers: ["X-API-Key": site.key, "Content-Type": "application/x-www-form-urlencoded"],
      body: Array("prompt=a+b&bpm=120&instrumental=true&seeds=1,2&batch_size=2".utf8))
    #expect(answer.status == 200)
    #expect(answer.json["job"]?["input_params"]?["bpm"] == 120)
    #expect(answer.json["job"]?["song_type"] == "instrumental")
  }

  @Test func theSameIdempotencyKeyIsTheSameJob() throws {
    let headers = ["Idempotency-Key": "k1"]
    let first = try site.call("POST", "/api/v1/music/simple", ["query": "a"], headers: headers)
    let again = try site.call("POST", "/api/v1/music/simple", ["query": "a"], headers: headers)
    #expect(again.json["id"] == first.json["id"])
    #expect(again.response.header("Idempotent-Replayed") == "true")
    let other = try site.call("POST", "/api/v1/music/simple", ["query": "b"], headers: headers)
    #expect(other.status == 422)
    #expect(other.json["error"] == "IDEMPOTENCY_KEY_REUSED")
    #expect(try site.call("GET", "/api/v1/music/jobs").json.array?.count == 1)
  }

  @Test func jobsAreListedFilteredAndPaged() throws {
    for number in 1...5 { _ = try site.createJob(["prompt": .string("song \(number)")]) }
    try site.finishNextJob()
    let page = try site.call("GET", "/api/v1/music/jobs?skip=1&limit=2")
    #expect(page.response.header("X-Total-Count") == "5")
    #expect(page.json.array?.map { $0["display_name"]?.string } == ["Song 4", "Song 3"])
    #expect(try site.call("GET", "/api/v1/music/jobs?status=completed").json.array?.count == 1)
    #expect(try site.call("GET", "/api/v1/music/jobs?search=ONG+2").json.array?.count == 1)
    #expect(try site.call("GET", "/api/v1/music/jobs?task=nonsense").json == [])
    #expect(try site.call("GET", "/api/v1/music/jobs?sort_by=display_name&sort_order=asc").json[0]?["display_name"] == "Song 1")
    for bad in ["limit=0", "limit=x", "skip=-1", "sort_by=size", "status=DONE", "sort_order=up"] {
      #expect(try site.call("GET", "/api/v1/music/jobs?\(bad)").status == 400, "\(bad)")
    }
    #expect(try site.call("GET", "/api/v1/music/jobs?limit=1000").status == 200)
    #expect(try site.call("GET", "/api/v1/music/jobs/counts").json["total"] == 5)
  }

  @Test func aJobIsDeletedOnce() throws {
    let id = try site.createJob()
    let answer = try site.call("DELETE", "/api/v1/music/jobs/\(id)")
    #expect(answer.status == 200)
    #expect(answer.json["message"] == "Job deleted successfully")
    #expect(try site.call("DELETE", "/api/v1/music/jobs/\(id)").status == 404)
    #expect(try site.call("GET", "/api/v1/music/jobs/\(id)/status").status == 404)
  }

  @Test func aFailedJobIsRetriedAndAnotherIsNot() throws {
    let id = try site.createJob(["prompt": "p", "seed": 5])
    #expect(try site.call("POST", "/api/v1/music/jobs/\(id)/retry").detail == "Only failed jobs can be retried")
    #expect(try site.call("POST", "/api/v1/music/jobs/\(id)/cancel").json["cancelled"] == true)
    let cancelled = try site.call("GET", "/api/v1/music/jobs/\(id)").json
    #expect(cancelled["status"] == "FAILED")
    #expect(cancelled["error_message"] == "Cancelled by user")
    #expect(try site.call("POST", "/api/v1/music/jobs/\(id)/cancel").status == 400)
    let again = try site.call("POST", "/api/v1/music/jobs/\(id)/retry")
    #expect(again.json["job"]?["status"] == "PENDING")
    #expect(again.json["id"]?.int == id)
    #expect(try site.store.job(id: Int64(id), userID: site.user.id)?.seeds == [5])
  }

  @Test func aTitleIsChangedAndNothingElse() throws {
    let id = try site.createJob()
    #expect(try site.call("PATCH", "/api/v1/music/jobs/\(id)", ["display_name": "Dusk"]).json["display_name"] == "Dusk")
    #expect(try site.call("PATCH", "/api/v1/music/jobs/\(id)", [:]).status == 400)
    #expect(try site.call("PATCH", "/api/v1/music/jobs/\(id)", ["display_name": "  "]).status == 400)
    #expect(try site.call("PATCH", "/api/v1/music/jobs/\(id)", ["thumbnail_url": "ftp://x/y"]).status == 400)
  }

  @Test(arguments: ["0", "-1", "abc", "None", "99999999999999999999", "12"])
  func anUnknownIDIs404(_ id: String) throws {
    let answer = try site.call("GET", "/api/v1/music/jobs/\(id)/status")
    #expect(answer.status == 404)
    #expect(answer.detail == "Music job not found")
  }

  @Test func unknownAddressesAndMethodsAreToldApart() throws {
    #expect(try site.call("GET", "/api/v1/nothing").status == 404)
    #expect(try site.call("POST", "/api/v1/music/stem-extraction").json["error"] == "not_found")
    let answer = try site.call("GET", "/api/v1/music/text2music")
    #expect(answer.status == 405)
    #expect(answer.response.header("Allow") == "POST")
  }

  @Test func healthTellsWhetherSongsCanBeMade() throws {
    #expect(try site.send("GET", "/health").json["status"] == "ok")
    let starting = try StudioForTests(health: .starting).send("GET", "/health")
    #expect(starting.status == 503)
    let broken = try StudioForTests(health: .unavailable("No SoundFont.")).send("GET", "/api/v1/health")
    #expect(broken.status == 503)
    #expect(broken.detail == "No SoundFont.")
  }

  @Test func presetsAreTheFourteen() throws {
    let presets = try #require(try site.call("GET", "/api/v1/music/presets").json["genre_presets"]?.members)
    #expect(presets.pairs.map(\.key) == GenrePreset.all.map(\.name))
    #expect(presets.pairs.count == 14)
    #expect(presets["Rock"]?["bpm"] == 130)
  }

  @Test func theCatalogueAnswers() throws {
    #expect(try site.call("GET", "/api/v1/music/model/status").json["status"] == "healthy")
    #expect(try site.call("GET", "/api/v1/music/v3/availability").json == ["available": true, "revise": true])
    let samples = try #require(try site.call("GET", "/api/v1/music/sample-data").json["samples"]?.members)
    for sample in samples.pairs { #expect(try site.call("POST", "/api/v1/music/\(sample.key)", sample.value).status == 200, "\(sample.key)") }
    #expect(try site.call("GET", "/api/v1/auth/me").json["email"] == "ana@example.org")
  }

  @Test func theDocumentDescribesEveryRouteOfTheAPI() throws {
    let document = try site.send("GET", "/api/v1/openapi.json").json
    #expect(document["openapi"] == "3.1.0")
    let described = Set(OpenAPI.operations.map { "\($0.method.uppercased()) \($0.path)" })
    let undescribed: Set = ["GET /api/v1/openapi.json", "GET /api/v1/health", "GET /api/v1/jobs/{id}"]
    let routes = Set((Routes.api + Routes.machine.filter { $0.pattern == "/health" }).map { "\($0.method) \($0.pattern)" })
    #expect(routes.subtracting(undescribed) == described)
    let body = document["paths"]?["/api/v1/music/text2music"]?["post"]?["requestBody"]?["content"]?["application/json"]?["schema"]
    for parameter in ParameterSchema.base { #expect(body?["properties"]?[parameter.name] != nil, "\(parameter.name)") }
  }

  @Test func theDocumentSaysWhatEveryCallAnswers() throws {
    let document = try site.send("GET", "/api/v1/openapi.json").json
    let shapes = try #require(document["components"]?["schemas"]?.members)
    let names = OpenAPI.operations.map(\.id)
    #expect(Set(names).count == names.count)
    for operation in OpenAPI.operations {
      #expect((OpenAPI.answers[operation.id] == nil) != (OpenAPI.mediaAnswers[operation.id] == nil), "\(operation.id)")
    }
    #expect(Set(OpenAPI.answers.keys).union(OpenAPI.mediaAnswers.keys) == Set(names))
    // Every reference leads somewhere.
    let text = document.text
    for part in text.components(separatedBy: "#/components/schemas/").dropFirst() {
      #expect(shapes[String(part.prefix { $0.isLetter })] != nil, "\(part.prefix(20))")
    }
  }

  /// The page's examples are no decoration: none is refused for what it says.
  @Test func theExamplesAreValid() throws {
    for operation in OpenAPI.operations where OpenAPI.examples[operation.id] != nil {
      let body = try #require(OpenAPI.examples[operation.id])
      let answer = try site.call(operation.method.uppercased(), operation.path.replacing("{id}", with: "1"), body)
      let isRefused = [400, 422].contains(answer.status) && answer.json["errors"] != nil
      #expect(!isRefused, "\(operation.id): \(answer.json)")
    }
    #expect(Set(OpenAPI.examples.pairs.map(\.key)).isSubset(of: OpenAPI.operations.map(\.id)))
  }

  @Test func aRequestThatCannotBeReadIsRefusedInTheWayOfItsAddress() throws {
    let error = RequestError.malformed("a field is not valid percent-encoded UTF-8")
    #expect(site.studio.refuse(error, target: "/api/v1/music/jobs?%C3").headers.contains { $0.value.hasPrefix("application/json") })
    #expect(site.studio.refuse(error, target: "/library?%C3").headers.contains { $0.value.hasPrefix("text/plain") })
  }

  @Test func aHostileHostDoesNotGetIntoLinks() throws {
    let id = try site.createJob()
    try site.finishNextJob()
    let job = try site.call("GET", "/api/v1/music/jobs/\(id)", headers: ["Host": "evil.example/\"><script>"]).json
    #expect(job["output_url"]?.string?.hasPrefix("http://localhost/media/") == true)
  }
}
