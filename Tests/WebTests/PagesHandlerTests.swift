import FastCGI
import Foundation
import Generation
import JSON
import Secrets
import Store
import Testing

@testable import Web

/// The pages as a browser meets them: cookies, forms with their tokens, redirects.
@Suite struct PagesHandlerTests {
  let site: StudioForTests
  /// The signed-in browser's cookie header.
  let cookie: String

  init() throws {
    site = try StudioForTests()
    let token = Secrets.randomToken()
    try site.store.createSession(
      tokenHash: Secrets.hash(token), userID: site.user.id, userAgent: "test", expiresAt: Date(timeIntervalSinceNow: 3600))
    cookie = "sid=\(token)"
  }

  private func get(_ target: String, cookie: String? = nil) throws -> StudioForTests.Answer {
    try site.send("GET", target, headers: ["Cookie": cookie ?? self.cookie])
  }

  /// Sends a form with the token of the page at `page`.
  private func post(
    _ target: String, from page: String = "/", _ fields: [String: String] = [:], cookie: String? = nil
  ) throws -> StudioForTests.Answer {
    let html = try get(page, cookie: cookie).text
    let token = try #require(try PagesTests.matches(#"name="csrf" value="([^"]+)""#, in: html).first)
    return try send(target, fields.merging(["csrf": token]) { given, _ in given }, cookie: cookie)
  }

  private func send(_ target: String, _ fields: [String: String], cookie: String? = nil) throws -> StudioForTests.Answer {
    let body = fields.map { "\(PercentCoding.encode($0.key))=\(PercentCoding.encode($0.value))" }.joined(separator: "&")
    return try site.send(
      "POST", target, headers: ["Cookie": cookie ?? self.cookie, "Content-Type": "application/x-www-form-urlencoded"],
      body: Array(body.utf8))
  }

  private func lastRequest() throws -> JSON {
    let job = try #require(try site.store.jobs(userID: site.user.id).jobs.first)
    return try JSON(parsing: job.request)
  }

  @Test(arguments: ["-9223372036854775808", "9223372036854775807", "0", "99999999999999999999", "x"])
  func aVariationThatThereIsNotShowsTheFirst(_ number: String) throws {
    let id = try site.createJob()
    try site.finishNextJob()
    #expect(try get("/jobs/\(id)?v=\(number)").status == 200)
  }

  // MARK: Creating

  @Test func theSimpleFormQueuesASongAndShowsIt() throws {
    let answer = try post("/", ["mode": "simple", "caption": "slow folk about a river", "length": "60", "batch_size": "2", "instrumental": "off"])
    #expect(answer.status == 303)
    let location = try #require(answer.response.header("Location"))
    let request = try lastRequest()
    #expect(request["query"]?.string == "slow folk about a river")
    #expect(request["audio_duration"]?.double == 60)
    #expect(request["batch_size"]?.int == 2)
    let page = try get(location)
    #expect(page.status == 200)
    #expect(page.text.contains("Slow folk about a river"))
    #expect(page.text.contains("1st in the queue"))
    #expect(page.text.contains(#"<noscript><meta http-equiv="refresh" content="10"></noscript>"#))
  }

  @Test func theAdvancedFormSetsWhatItShows() throws {
    let answer = try post("/", from: "/?mode=advanced", [
      "mode": "advanced", "task": "text2samples:one-shot", "caption": "snare", "length": "custom", "length_custom": "2.5",
      "bpm": "92", "keyscale": "d minor", "timesignature": "3/4", "seed": "7", "thinking": "off", "use_adg": "on",
      "lyrics": "[Verse]\r\nOne\r\nTwo", "genre_preset": "Hip Hop",
    ])
    #expect(answer.status == 303)
    let request = try lastRequest()
    #expect(request["audio_duration"]?.double == 2.5)
    #expect(request["sample_type"] == "one-shot")
    #expect(request["bpm"] == 92)
    #expect(request["keyscale"] == "D Minor")
    #expect(request["timesignature"] == "3/4")
    #expect(request["seed"] == 7)
    #expect(request["thinking"] == false)
    #expect(request["use_adg"] == true)
    #expect(request["lyrics"] == "[Verse]\nOne\nTwo")
    #expect(request["genre_preset"] == "Hip Hop")
  }

  @Test func theAdvancedFormHasAControlForEveryParameter() throws {
    site.shelf.put([.sample(name: "turbo")])
    let html = try get("/?mode=advanced").text
    let names = Set(try PagesTests.matches(#"\sname="([a-z_]+)""#, in: html))
    for parameter in ParameterSchema.base where !["audio_duration", "checkpoint"].contains(parameter.name) {
      #expect(names.contains(parameter.name), "\(parameter.name) has no control")
    }
    #expect(names.isSuperset(of: ["length", "length_custom", "task"]))
  }

  @Test func whatTheEngineDoesNotUseIsMarked() throws {
    let html = try get("/?mode=advanced").text
    let field = try #require(html.components(separatedBy: #"for="shift""#).last?.components(separatedBy: #"<label"#).first)
    #expect(field.contains("Not used by the score engine."))
    #expect(html.components(separatedBy: "Not used by the score engine.").count == 2)
    let form = try CreateForm(CreateInput(query: Form()), in: StudioForTests(unused: Set(ParameterSchema.base.map(\.name))).studio)
    #expect(form.language.unusedNote != nil)
  }

  @Test func aRefusedFormComesBackFilledIn() throws {
    let answer = try post("/", ["mode": "advanced", "caption": "kept <words>", "bpm": "999", "length": "custom", "length_custom": "0", "keyscale": "H"])
    #expect(answer.status == 422)
    #expect(answer.text.contains("kept &lt;words&gt;</textarea>"))
    #expect(answer.text.contains(##"<a href="#bpm">Tempo in beats a minute must be an integer between 30 and 300.</a>"##))
    #expect(answer.text.contains(##"<a href="#length_custom">"##))
    #expect(answer.text.contains(##"<a href="#keyscale">"##))
    #expect(answer.text.contains(#"value="999""#))
    #expect(answer.text.contains("<title>Please check the form"))
    #expect(try site.store.jobs(userID: site.user.id).total == 0)
  }

  @Test func anEmptyFormSaysWhatIsMissing() throws {
    let answer = try post("/", ["mode": "simple", "caption": " "])
    #expect(answer.status == 422)
    #expect(answer.text.contains("Describe the song first, or choose a style."))
    #expect(try post("/", ["mode": "simple", "caption": "", "genre_preset": "Jazz"]).status == 303)
    #expect(try lastRequest()["genre_preset"] == "Jazz")
  }

  @Test func theModeSwitchKeepsWhatWasTyped() throws {
    let typed = ["caption": "my words", "bpm": "92", "lyrics": "la la", "batch_size": "3", "length": "30"]
    let simple = try post("/", typed.merging(["mode": "advanced", "switch": "simple"]) { $1 })
    #expect(simple.status == 200)
    #expect(simple.text.contains("my words</textarea>"))
    #expect(simple.text.contains(#"<input type="hidden" name="bpm" value="92">"#))
    #expect(simple.text.contains("Also set in the advanced form: Lyrics la la, Tempo in beats a minute 92."))
    #expect(simple.text.contains(#"name="batch_size" value="3" checked"#))
    let advanced = try post("/", typed.merging(["mode": "simple", "switch": "advanced"]) { $1 })
    #expect(advanced.text.contains(#"name="bpm" value="92""#))
    #expect(advanced.text.contains("la la</textarea>"))
    let cleared = try post("/", typed.merging(["mode": "simple", "switch": "clear"]) { $1 })
    #expect(!cleared.text.contains(#"value="92""#) && cleared.text.contains("my words</textarea>"))
    #expect(try site.store.jobs(userID: site.user.id).total == 0)
  }

  @Test func anEarlierSongFillsInTheForm() throws {
    let id = try site.createJob(["prompt": "calm piano", "bpm": 77, "audio_duration": 45, "use_cot_metas": false])
    let html = try get("/?from=\(id)").text
    #expect(html.contains("calm piano</textarea>"))
    #expect(html.contains(#"name="bpm" value="77""#))
    #expect(html.contains(#"name="length_custom" value="45""#))
    #expect(!html.contains(#"name="use_cot_metas" value="on" checked"#))
    #expect(try get("/?from=999").status == 404)
  }

  // MARK: A job

  @Test func aFinishedJobCanBeHeardAndKept() throws {
    let id = try site.createJob(["prompt": "p", "batch_size": 2, "lyrics": "[verse]\nla", "shift": 4, "seed": 5])
    let job = try #require(try site.finishNextJob(used: ["bpm": 90.0, "keyscale": "Eb Minor", "instruments": ["Harp"]]))
    let html = try get("/jobs/\(id)").text
    for format in ["flac", "wav", "mp3", "ogg"] { #expect(html.contains("/media/\(id)/0.\(format)?token=")) }
    #expect(html.contains("<dt>Tempo</dt><dd>90 BPM</dd>"))
    #expect(html.contains("<dt>Key</dt><dd>Eb Minor</dd>"))
    #expect(html.contains("Variation A") && html.contains(#"href="/jobs/\#(id)?v=2""#))
    #expect(html.contains("not used by the score engine"))
    #expect(html.contains("Harp"))
    #expect(!html.contains("http-equiv"))
    #expect(html.contains("<title>\(job.displayName) – Cantiga</title>"))
    let second = try get("/jobs/\(id)?v=2").text
    #expect(second.contains("seed \(job.seeds[1])"))
    #expect(second.contains("/media/\(id)/1.ogg?token="))
    #expect(try get("/jobs/\(id)?v=9").status == 200)
  }

  @Test func theCurlCommandMakesTheSameSong() throws {
    _ = try site.createJob(["prompt": "it's calm", "bpm": 77, "batch_size": 2])
    let job = try #require(try site.finishNextJob())
    let call = CurlCall(job, request: try JSON(parsing: job.request), baseURL: "http://box")
    #expect(call.text.contains(#"'http://box/api/v1/music/text2music'"#))
    #expect(call.text.contains(#"it'\''s calm"#))
    #expect(call.text.contains(#""bpm":77"#))
    let finished = try #require(try site.store.job(id: job.id, userID: site.user.id))
    let again = CurlCall(finished, request: try JSON(parsing: job.request), baseURL: "http://box")
    #expect(again.text.contains("\"manual_seeds\":[\(job.seeds[0]),\(job.seeds[1])]") || again.text.contains("\"seed\":\(job.seeds[0])"))
  }

  @Test func whatHasFailedSaysWhyAndCanBeTriedAgain() throws {
    let id = try site.createJob()
    let job = try #require(try site.store.claimNextJob())
    _ = try site.store.fail(jobID: job.id, attempt: job.attempts, message: "The SoundFont is missing.")
    let html = try get("/jobs/\(id)").text
    #expect(html.contains("The SoundFont is missing."))
    #expect(html.contains(#"href="/?from=\#(id)""#))
    let answer = try post("/jobs/\(id)/retry", from: "/jobs/\(id)")
    #expect(answer.status == 303)
    #expect(answer.response.header("Location") == "/jobs/\(id)")
    #expect(try site.store.job(id: Int64(id), userID: site.user.id)?.status == .pending)
    #expect(try post("/jobs/\(id)/retry", from: "/jobs/\(id)").status == 303)
  }

  @Test func aWaitingJobCanBeCancelled() throws {
    let id = try site.createJob()
    #expect(try post("/jobs/\(id)/cancel", from: "/jobs/\(id)").status == 303)
    let html = try get("/jobs/\(id)").text
    #expect(html.contains("This song was cancelled") && html.contains("<title>Cancelled"))
  }

  @Test func aRunningJobShowsItsTrueSteps() throws {
    let id = try site.createJob()
    let job = try #require(try site.store.claimNextJob())
    _ = try site.store.updateProgress(
      jobID: job.id, attempt: job.attempts, JobProgress(stage: "render", done: 12, total: 32, variation: 0, percent: 46))
    let html = try get("/jobs/\(id)").text
    #expect(html.contains("Play the instruments, 12 of 32"))
    #expect(html.contains(#"<progress max="100" value="46""#))
    #expect(html.contains("<title>46 % – "))
    #expect(html.contains(#"<li class="stage stage-done" data-stage="compose">"#))
    #expect(html.contains(#"<li class="stage stage-current" data-stage="render" aria-current="step">"#))
    #expect(try post("/jobs/\(id)/cancel", from: "/jobs/\(id)").status == 303)
    #expect(try get("/jobs/\(id)").text.contains("it stops at the engine’s next step"))
  }

  @Test func aSongCanBeRenamedAndDeleted() throws {
    let id = try site.createJob()
    try site.finishNextJob()
    #expect(try post("/jobs/\(id)/rename", from: "/jobs/\(id)", ["display_name": "A & B"]).status == 303)
    #expect(try get("/jobs/\(id)").text.contains("A &amp; B</h1>"))
    #expect(try post("/jobs/\(id)/rename", from: "/jobs/\(id)", ["display_name": "  "]).status == 400)
    #expect(try post("/jobs/\(id)/delete", from: "/jobs/\(id)").response.header("Location") == "/library")
    #expect(try get("/jobs/\(id)").status == 404)
  }

  @Test func anotherPersonsSongIsNotThere() throws {
    let id = try site.createJob()
    let other = try site.store.createUser(name: "ben", role: .member)
    let token = Secrets.randomToken()
    try site.store.createSession(
      tokenHash: Secrets.hash(token), userID: other.id, userAgent: "", expiresAt: Date(timeIntervalSinceNow: 60))
    let ben = "sid=\(token)"
    #expect(try get("/jobs/\(id)", cookie: ben).status == 404)
    #expect(try get("/?from=\(id)", cookie: ben).status == 404)
    for action in ["cancel", "retry", "delete", "rename"] {
      #expect(try post("/jobs/\(id)/\(action)", ["display_name": "x"], cookie: ben).status == 404)
    }
    #expect(try site.store.job(id: Int64(id), userID: site.user.id)?.status == .pending)
  }

  // MARK: The library

  @Test func theLibraryFindsFiltersAndTurnsPages() throws {
    for index in 1...30 { _ = try site.createJob(["prompt": "song", "title": .string("Song \(index)")]) }
    try site.finishNextJob(used: ["genre": "Folk", "bpm": 84.0])
    #expect(try get("/library").text.contains("Page 1 of 2"))
    #expect(try get("/library?page=2").text.contains("30 songs"))
    let found = try get("/library?q=song+17").text
    #expect(found.contains("1 song</p>") && found.contains("Song 17"))
    #expect(try get("/library?status=completed").text.contains("84 BPM"))
    let active = try get("/library?status=active").text
    #expect(active.contains("29 songs") && active.contains("<h1>In progress</h1>"))
    let none = try get("/library?q=%22tuba%22&status=failed").text
    #expect(none.contains("No song matches") && none.contains("“&quot;tuba&quot;”") && none.contains("/library?status=failed"))
    #expect(try get("/library?sort=bogus&page=-3&status=what").status == 200)
  }

  @Test func anEmptyLibraryInvitesToMakeASong() throws {
    #expect(try get("/library").text.contains("Nothing recorded yet"))
    #expect(try get("/").text.contains("Or start from one of these"))
  }

  // MARK: Who is there

  @Test func strangersAreSentToSignInAndBack() throws {
    try site.store.setPassword(userID: site.user.id, hash: PasswordHash.make("a long password"))
    let answer = try get("/library", cookie: "")
    #expect(answer.status == 303)
    #expect(answer.response.header("Location") == "/login?next=%2Flibrary")
    let page = "/login?next=%2Flibrary"
    let wrong = try post("/login", from: page, ["login": "ana", "password": "not it", "next": "/library"], cookie: "")
    #expect(wrong.status == 422)
    let unknown = try post("/login", from: page, ["login": "nobody", "password": "not it"], cookie: "")
    #expect(unknown.text.contains("The name or the password is wrong.") && wrong.text.contains("The name or the password is wrong."))
    let right = try post("/login", from: page, ["login": "ANA@example.org", "password": "a long password", "next": "/library"], cookie: "")
    #expect(right.status == 303)
    #expect(right.response.header("Location") == "/library")
    let set = try #require(right.response.header("Set-Cookie"))
    #expect(set.contains("HttpOnly") && set.contains("SameSite=Lax"))
    let signedIn = String(set.prefix { $0 != ";" })
    #expect(try get("/library", cookie: signedIn).status == 200)
    #expect(try post("/logout", from: "/account", cookie: signedIn).status == 303)
    #expect(try get("/library", cookie: signedIn).status == 303)
  }

  @Test func signingInLeadsToPathsOfOursOnly() {
    for address in ["//evil.example", "https://evil.example", "/\\evil.example", "/a b", "javascript:x", "/\n/x"] {
      #expect(LocalPath(address).path == "/")
    }
    #expect(LocalPath("/library?q=a%20b").path == "/library?q=a%20b")
  }

  @Test func setupNeedsTheCodeFromTheLogAndHappensOnce() throws {
    try site.store.set(.setupCodeHash, to: Secrets.hash("code"))
    #expect(try get("/login", cookie: "").response.header("Location") == "/setup")
    let fields = ["site_name": "Our <studio>", "name": "Maria", "email": "maria@example.org", "password": "long enough 1"]
    let refused = try post("/setup", from: "/setup", fields.merging(["code": "guess"]) { $1 }, cookie: "")
    #expect(refused.status == 422)
    #expect(refused.text.contains("The setup code is not the one in the log.") && refused.text.contains(#"value="Maria""#))
    #expect(!refused.text.contains("long enough 1"))
    let done = try post("/setup", from: "/setup", fields.merging(["code": "code"]) { $1 }, cookie: "")
    #expect(done.status == 303)
    let signedIn = try #require(done.response.header("Set-Cookie")).prefix { $0 != ";" }
    #expect(try get("/", cookie: String(signedIn)).text.contains("Our &lt;studio&gt;"))
    #expect(try get("/setup", cookie: "").status == 404)
    #expect(try site.store.setting(.setupCodeHash) == nil)
  }

  @Test func setupRefusesWhatWouldNotWork() throws {
    try site.store.set(.setupCodeHash, to: Secrets.hash("code"))
    let answer = try post("/setup", from: "/setup", ["code": "code", "site_name": "", "name": "", "email": "x", "password": "short"], cookie: "")
    #expect(answer.status == 422)
    for id in ["site_name", "name", "email", "password"] { #expect(answer.text.contains(##"<a href="#\##(id)">"##)) }
  }

  @Test func aFormFromElsewhereChangesNothing() throws {
    let id = try site.createJob()
    let targets = ["/", "/jobs/\(id)/cancel", "/jobs/\(id)/delete", "/jobs/\(id)/rename", "/account/keys", "/theme", "/logout"]
    for target in targets {
      #expect(try send(target, ["caption": "x", "key_name": "x", "theme": "dark", "display_name": "x"]).status == 403, "\(target)")
      #expect(try send(target, ["csrf": "abc.def", "caption": "x"]).status == 403, "\(target)")
    }
    #expect(try site.store.jobs(userID: site.user.id).jobs.map(\.status) == [.pending])
    #expect(try get("/").status == 200)
  }

  // MARK: The account

  @Test func aKeyIsShownOnceAndCanBeRevoked() throws {
    let made = try post("/account/keys", from: "/account", ["key_name": "laptop"])
    let key = try #require(try PagesTests.matches("<code>(ap_[A-Za-z0-9_-]+)</code>", in: made.text).first)
    #expect(try site.call("GET", "/api/v1/auth/me", headers: ["X-API-Key": key]).status == 200)
    let later = try get("/account").text
    #expect(!later.contains(key) && later.contains("laptop"))
    let id = try #require(try site.store.apiKeys(userID: site.user.id).last?.id)
    #expect(try post("/account/keys/\(id)/revoke", from: "/account").status == 303)
    #expect(try site.call("GET", "/api/v1/auth/me", headers: ["X-API-Key": key]).status == 403)
    #expect(try post("/account/keys", from: "/account", ["key_name": ""]).status == 422)
    #expect(try post("/account/keys/9999/revoke", from: "/account").status == 404)
  }

  @Test func aPasswordIsChangedAndOtherBrowsersAreSignedOut() throws {
    try site.store.setPassword(userID: site.user.id, hash: AccountAPITests.passwordHash, keepingSession: try ownSession())
    try site.store.createSession(tokenHash: "other browser's hash", userID: site.user.id, userAgent: "Mozilla/5.0 (X11; Linux) Firefox/140.0",
      expiresAt: Date(timeIntervalSinceNow: 3600))
    #expect(try get("/account").text.contains("Firefox on Linux"))
    let fields = ["current_password": AccountAPITests.password, "new_password": "another password 2"]
    #expect(try post("/account/password", from: "/account", fields.merging(["current_password": "x"]) { $1 }).status == 422)
    #expect(try post("/account/password", from: "/account", fields.merging(["new_password": "x"]) { $1 }).status == 422)
    let done = try post("/account/password", from: "/account", fields)
    #expect(done.status == 200 && done.text.contains("Your password is changed."))
    #expect(try site.store.sessions(userID: site.user.id).map(\.tokenHash) == [try ownSession()])
    for _ in 1...5 { _ = try post("/account/password", from: "/account", fields) }
    #expect(try post("/account/password", from: "/account", fields.merging(["current_password": "another password 2"]) { $1 }).status == 429)
  }

  private func ownSession() throws -> String { Secrets.hash(String(cookie.dropFirst(4))) }

  @Test func asBrowserIsSignedOutFromElsewhere() throws {
    try site.store.createSession(tokenHash: "0123456789abcdef-rest", userID: site.user.id, userAgent: "", expiresAt: Date(timeIntervalSinceNow: 60))
    #expect(try post("/account/sessions/0123456789abcdef/end", from: "/account").status == 303)
    #expect(try post("/account/sessions/0123456789abcdef/end", from: "/account").status == 404)
    try site.store.createFamily(id: "f", userID: site.user.id, refreshHash: "r", userAgent: "", expiresAt: Date(timeIntervalSinceNow: 60))
    #expect(try post("/account/programs/f/end", from: "/account").status == 303)
    #expect(try site.store.families(userID: site.user.id).isEmpty)
  }

  @Test func aKeyFromThePageHasItsLimits() throws {
    let made = try post("/account/keys", from: "/account", ["key_name": "radio", "key_use": "reading", "key_days": "30"])
    let text = try #require(try PagesTests.matches("<code>(ap_[A-Za-z0-9_-]+)</code>", in: made.text).first)
    let key = try #require(try site.store.apiKey(hash: Secrets.hash(text))?.key)
    #expect(key.scopes == ["music:read"] && key.expiresAt.map { $0.timeIntervalSinceNow > 29 * 86_400 } == true)
    #expect(try post("/account/keys", from: "/account", ["key_name": "x", "key_use": "all"]).status == 400)
    #expect(try post("/account/keys", from: "/account", ["key_name": "x", "key_days": "-1"]).status == 400)
  }

  // MARK: The administrator

  @Test func anInvitationMakesAnAccount() throws {
    let made = try post("/admin/invitations", from: "/admin", ["note": "Ben", "role": "member"])
    let path = try #require(try PagesTests.matches("<code>http://127.0.0.1(/invite/[A-Za-z0-9_-]+)</code>", in: made.text).first)
    #expect(try !get("/admin").text.contains(path))
    #expect(try get(path, cookie: "").text.contains("Make an account"))
    #expect(try post(path, from: path, ["name": "ana", "email": "b@example.org", "password": "long enough 1"], cookie: "").text.contains("already taken"))
    let done = try post(path, from: path, ["name": "ben", "email": "b@example.org", "password": "long enough 1"], cookie: "")
    #expect(done.status == 303)
    let ben = String(try #require(done.response.header("Set-Cookie")).prefix { $0 != ";" })
    #expect(try get("/", cookie: ben).status == 200)
    #expect(try get("/admin", cookie: ben).status == 403)
    #expect(try post("/admin/registration", from: "/account", ["registration": "open"], cookie: ben).status == 403)
    let used = try get(path, cookie: "")
    #expect(used.status == 404 && used.text.contains("This link has been used"))
    #expect(try post("/admin/invitations", from: "/admin", ["note": "", "role": "member"]).status == 422)
    #expect(try post("/admin/invitations", from: "/admin", ["note": "x", "role": "king"]).status == 400)
  }

  @Test func anInvitationCanBeWithdrawn() throws {
    _ = try post("/admin/invitations", from: "/admin", ["note": "Ben", "role": "admin"])
    let id = try #require(try site.store.invitations().first?.id)
    #expect(try post("/admin/invitations/\(id)/withdraw", from: "/admin").status == 303)
    #expect(try site.store.invitations().isEmpty)
    #expect(try post("/admin/invitations/\(id)/withdraw", from: "/admin").status == 404)
  }

  @Test func theAdministratorDecidesWhoMayCome() throws {
    #expect(try get("/register", cookie: "").status == 403)
    #expect(try post("/admin/registration", from: "/admin", ["registration": "open"]).status == 303)
    #expect(try get("/register", cookie: "").status == 200)
    try site.store.setPassword(userID: site.user.id, hash: "h", keepingSession: try ownSession())
    #expect(try get("/login", cookie: "").text.contains("/register"))
    let refused = try post("/register", from: "/register", ["name": "", "email": "x", "password": "x"], cookie: "")
    #expect(refused.status == 422 && refused.text.contains(##"<a href="#password">"##))
    #expect(try post("/register", from: "/register", ["name": "eve", "email": "e@example.org", "password": "long enough 1"], cookie: "").status == 303)
    #expect(try site.store.user(named: "eve")?.role == .member)
    #expect(try post("/admin/registration", from: "/admin", ["registration": "x"]).status == 400)
  }

  @Test func theAdministratorLooksAfterAccounts() throws {
    let ben = try site.store.createUser(name: "ben", email: "b@example.org", role: .member)
    #expect(try post("/admin/users/\(ben.id)/role", from: "/admin", ["role": "admin"]).status == 303)
    #expect(try site.store.user(id: ben.id)?.role == .admin)
    #expect(try post("/admin/users/\(ben.id)/role", from: "/admin", ["role": "member"]).status == 303)
    let last = try post("/admin/users/\(site.user.id)/role", from: "/admin", ["role": "member"])
    #expect(last.status == 409 && last.text.contains("last administrator"))
    #expect(try post("/admin/users/\(ben.id)/active", from: "/admin", ["active": "off"]).status == 303)
    #expect(try site.store.user(id: ben.id)?.isActive == false)
    #expect(try post("/admin/users/\(ben.id)/active", from: "/admin", ["active": "on"]).status == 303)
    for target in ["role", "active", "reset"] {
      #expect(try post("/admin/users/nobody/\(target)", from: "/admin", ["role": "member", "active": "off"]).status == 404, "\(target)")
    }
    let made = try post("/admin/users/\(ben.id)/reset", from: "/admin")
    let path = try #require(try PagesTests.matches("<code>http://127.0.0.1(/reset/[A-Za-z0-9_-]+)</code>", in: made.text).first)
    #expect(try get(path, cookie: "").text.contains("ben"))
    #expect(try post(path, from: path, ["password": "x"], cookie: "").status == 422)
    #expect(try post(path, from: path, ["password": "long enough 1"], cookie: "").status == 303)
    #expect(try get(path, cookie: "").status == 404)
    #expect(try #require(try site.store.user(id: ben.id)?.passwordHash).hasPrefix("$argon2id$"))
  }

  @Test func theAdministratorChoosesPricesAndGives() throws {
    #expect(try !get("/account").text.contains("credits-title"))
    #expect(try post("/admin/credits", from: "/admin", ["pricing": "tiers", "monthly": "50"]).status == 303)
    #expect(try post("/admin/credits", from: "/admin", ["pricing": "tiers", "monthly": "-1"]).status == 422)
    #expect(try post("/admin/credits", from: "/admin", ["pricing": "gold", "monthly": "5"]).status == 400)
    #expect(try post("/", ["mode": "simple", "caption": "x", "length": "60"]).status == 303)
    let account = try get("/account").text
    #expect(account.contains("40 to spend, 10 reserved") && account.contains("Reserved for song 1"))
    let refused = try post("/", ["mode": "simple", "caption": "x", "length": "60", "batch_size": "8"])
    #expect(refused.status == 402 && refused.text.contains("Insufficient credits. Required: 80, Available: 40"))
    let given = try post("/admin/grants", from: "/admin", ["user": site.user.id, "amount": "40", "currency": "credits"])
    #expect(given.text.contains("ana has 40 credits more."))
    #expect(try post("/", ["mode": "simple", "caption": "x", "length": "60", "batch_size": "8"]).status == 303)
    #expect(try post("/admin/grants", from: "/admin", ["user": site.user.id, "amount": "x", "currency": "credits"]).status == 422)
    #expect(try post("/admin/grants", from: "/admin", ["user": "nobody", "amount": "1", "currency": "credits"]).status == 404)
    #expect(try post("/admin/grants", from: "/admin", ["user": site.user.id, "amount": "1", "currency": "gold"]).status == 400)
  }

  @Test func theThemeStaysWithTheBrowser() throws {
    let answer = try post("/theme", from: "/account", ["theme": "dark", "next": "/account"])
    #expect(answer.status == 303)
    let theme = try #require(answer.response.header("Set-Cookie")).prefix { $0 != ";" }
    #expect(try get("/help", cookie: "\(cookie); \(theme)").text.contains(#"data-theme="dark""#))
    #expect(try get("/help", cookie: "\(cookie); theme=%22x").text.contains(#"<html lang="en">"#))
    #expect(try post("/theme", from: "/account", ["theme": "purple"]).status == 400)
  }

  // MARK: Everything else

  @Test func helpExplainsEveryParameter() throws {
    let html = try get("/help").text
    for parameter in ParameterSchema.base { #expect(html.contains(#"id="\#(parameter.name)""#)) }
    #expect(html.components(separatedBy: "Not used by the score engine.").count == 2)
  }

  @Test func whatIsNotThereIsAPageToo() throws {
    let answer = try get("/nowhere")
    #expect(answer.status == 404)
    #expect(answer.response.header("Content-Type") == "text/html; charset=utf-8")
    #expect(answer.text.contains("Not found") && answer.text.contains("ana"))
    #expect(try get("/jobs/abc").status == 404)
    #expect(try site.send("DELETE", "/library", headers: ["Cookie": cookie]).status == 405)
  }

  @Test func anEngineThatIsNotReadyIsSaidAndTheFormStillQueues() throws {
    let broken = try StudioForTests(health: .unavailable("No SoundFont was found."))
    let form = try CreateForm(CreateInput(), in: broken.studio)
    #expect(form.engineProblem == "No SoundFont was found.")
  }
}

@Suite struct PagesWordsTests {
  @Test func momentsAreSaidAsPeopleSayThem() throws {
    let utc = try #require(TimeZone(secondsFromGMT: 0))
    let now = Date(timeIntervalSince1970: 1_772_373_720)  // 2026-03-01 14:02 UTC
    func words(_ secondsAgo: Double, _ zone: TimeZone) -> String {
      Moment(now.addingTimeInterval(-secondsAgo), now: now, timeZone: zone).words
    }
    #expect(words(60, utc) == "today, 14:01")
    #expect(words(86_400, utc) == "yesterday, 14:02")
    #expect(words(3 * 86_400, utc) == "26 Feb")
    #expect(words(400 * 86_400, utc) == "25 Jan 2025")
    #expect(words(60, try #require(TimeZone(secondsFromGMT: 3600))) == "today, 15:01")
    #expect(Moment(now, now: now, timeZone: utc).timestamp == "2026-03-01T14:02:00.000Z")
  }

  @Test func timesSizesAndNumbersReadWell() {
    #expect(Clock.text(91.6) == "1:32")
    #expect(Clock.spoken(61) == "1 minute 1 second")
    #expect(Clock.spoken(0.2) == "0 seconds")
    #expect(ByteCount.text(12_400_000) == "12.4 MB")
    #expect(ByteCount.text(999) == "1 kB")
    #expect(Tenths.text(-14) == "−14.0")
    #expect(Tenths.text(-0.01) == "0.0")
    #expect([1, 2, 3, 4, 11, 12, 13, 21, 111].map(Ordinal.text) == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "111th"])
    #expect(VariationCard.letter(7) == "H")
  }

  @Test func keysHaveAPitchForTheirCover() {
    #expect(SongFacts.pitchClass(ofKey: "C Major") == 0)
    #expect(SongFacts.pitchClass(ofKey: "F# Minor") == 6)
    #expect(SongFacts.pitchClass(ofKey: "Cb Major") == 11)
    #expect(SongFacts.pitchClass(ofKey: "?") == nil)
  }

  @Test func aThinnedWaveformStaysClosed() {
    let path = "M" + (0..<800).map { "\($0) 5" }.joined(separator: "L") + "Z"
    let thin = VariationCard.thinned(path)
    #expect(thin.hasPrefix("M0 5L4 5") && thin.hasSuffix("Z") && thin.count < path.count / 3)
    #expect(VariationCard.thinned("M0 0L1 1Z") == "M0 0L1 1Z")
  }
}
