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

/// Every route of the site map, asked by everybody: what somebody else may learn of a member's things is nothing.
@Suite struct IsolationTests {
  enum Asker: String, CaseIterable {
    // In this order: whoever may change something comes last.
    case guest, revokedKey, expiredKey, expiredToken, wrongScope, switchedOff, otherMember, owner, admin
  }

  /// One studio with a member who has one of everything, and everybody else.
  final class World {
    let site: StudioForTests
    let owner: User
    let other: User
    let admin: User
    let off: User
    /// Words that stand in what belongs to the owner and nowhere else.
    static let marks = ["Quetzal", "quetzal@example.org"]
    private var ids: [(prefix: String, id: String)] = []
    private var job = 0
    private var playlist: Int64 = 0

    deinit { try? FileManager.default.removeItem(atPath: site.studio.settings.mediaDirectory) }

    init() throws {
      site = try StudioForTests()
      let store = site.store
      admin = site.user
      owner = try store.createUser(name: "Quetzal", email: "quetzal@example.org", role: .member)
      other = try store.createUser(name: "ben", role: .member)
      off = try store.createUser(name: "eve", role: .member)
      try store.setPassword(userID: admin.id, hash: "none that anything matches")
      site.recordings.hearing.withLock { $0 = .heard(["duration_seconds": 1.0]) }
      let key = ["X-API-Key": try StudioForTests.makeKey(store, owner)]
      let song = try site.call("POST", "/api/v1/music/text2music", ["prompt": "Quetzal song", "audio_duration": 10], headers: key)
      let written = try site.call("POST", "/api/v1/music/v3/generate", ["style": "Quetzal folk", "lyrics": "[verse]\nla"], headers: key)
      job = try #require(song.json["id"]?.int)
      let scored = try #require(written.json["job_id"]?.int)
      let address: JSON = ["url": .string("/media/\(job)/0.flac")]
      for _ in [job, scored] { try site.finishNextJob() }
      let taken = try site.call("POST", "/api/v1/stem-extraction/api/extract", address, headers: key)
      let notes = try site.call("POST", "/api/v1/midi/convert", address, headers: key)
      let (stems, midi) = (try #require(taken.json["id"]?.int), try #require(notes.json["id"]?.int))
      try site.finishStems()
      try site.finishNextJob(used: ["stems": [["name": "bass", "parts": ["bass"]]]])
      for id in [job, scored, midi] {
        let folder = "\(site.studio.settings.mediaDirectory)/\(Job.directory(id: Int64(id)))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try NotationSample.score.json().write(to: URL(fileURLWithPath: folder + "/0.score.json"))
      }
      let upload = try store.add(
        Upload(
          id: "upload-of-the-owner", userID: owner.id, recordingID: String(repeating: "a", count: 64), fileName: "Quetzal.wav",
          contentType: "audio/wav", bytes: 1, sampleRate: 48_000, channels: 2, durationSeconds: 1, isCut: false, waveformPath: "M0 0",
          createdAt: Date(), expiresAt: Date(timeIntervalSinceNow: 3600)))
      let spare = try store.createAPIKey(userID: owner.id, secretHash: "spare", prefix: "ap_", name: "Quetzal's key")
      try store.createSession(tokenHash: "quetzal-elsewhere", userID: owner.id, userAgent: "Quetzal", expiresAt: Date(timeIntervalSinceNow: 60))
      try store.createFamily(id: "family", userID: owner.id, refreshHash: "r", userAgent: "Quetzal", expiresAt: Date(timeIntervalSinceNow: 60))
      try store.createLink(.invite(.member), secretHash: Secrets.hash("invitation"), note: "n", expiresAt: Date(timeIntervalSinceNow: 60))
      playlist = try store.createPlaylist(userID: owner.id, name: "Quetzal's list").id
      #expect(try store.add(jobID: Int64(job), toPlaylist: playlist, userID: owner.id))
      try store.set(.webhooks, to: WebhookPolicy.https.rawValue)
      let endpoint = try store.createWebhook(userID: owner.id, url: "https://quetzal.example/Quetzal", events: [.completed], secret: "whsec_Quetzal")
      let delivery = try #require(try store.testWebhook(id: endpoint.id, userID: owner.id))
      let invitation = try #require(try store.invitations().first?.id)
      ids = [
        ("/api/v1/music/uploads/", upload.id), ("/uploads/", upload.id), ("/api/v1/auth/api-keys/", "\(spare.id)"),
        ("/account/keys/", "\(spare.id)"), ("/account/sessions/", "quetzal-elsewher"), ("/account/programs/", "family"),
        ("/api/v1/webhooks/endpoints/", "\(endpoint.id)"), ("/api/v1/webhooks/deliveries/", "\(delivery.id)"),
        ("/account/webhooks/", "\(endpoint.id)"), ("/playlists/", "\(playlist)"), ("/account/deliveries/", "\(delivery.id)"), ("/admin/users/", owner.id), ("/admin/invitations/", "\(invitation)"),
        ("/api/v1/music/v3/", "\(scored)"), ("/api/v1/stem-extraction/", "\(stems)"), ("/api/v1/midi/convert/from-stems/", "\(stems)"),
        ("/api/v1/midi/", "\(midi)"), ("/", "\(job)"),
      ]
    }

    /// A route's address with the owner's things filled in.
    func address(of route: Route) -> String {
      let id = ids.first { route.pattern.hasPrefix($0.prefix) }?.id ?? ""
      let values = [
        "{id}": id, "{variation}": "0", "{file}": "0.flac", "{voice}": "female", "{form}": "lrc", "{name}": "none",
        "{secret}": route.pattern.hasPrefix("/invite") ? "invitation" : "nothing-shared",
      ]
      return values.reduce(route.pattern) { $0.replacing($1.key, with: $1.value) }
    }

    func ask(_ route: Route, as asker: Asker, isProgram: Bool) throws -> StudioForTests.Answer {
      var headers: [String: String] = [:]
      var body = ""
      if isProgram {
        headers = try credentials(of: asker, for: route)
        if route.method != "GET" { (headers["Content-Type"], body) = ("application/json", programBody.text) }
      } else {
        var token = ""
        (headers, token) = try cookie(of: asker, for: route)
        if route.method == "POST" { (headers["Content-Type"], body) = ("application/x-www-form-urlencoded", "csrf=\(PercentCoding.encode(token))&\(formBody)") }
      }
      return try site.send(route.method, address(of: route), headers: headers, body: Array(body.utf8))
    }

    /// What every call needs to do something, with the owner's things wherever one is named; unknown members are ignored.
    private var programBody: JSON {
      [
        "caption": "x", "query": "x", "style": "x", "lyrics": "[verse]\nla", "audio_duration": 10, "original_job_id": .int(job),
        "source_job_id": .int(job), "src_audio_url": .string("/media/\(job)/0.flac"), "audio_url": .string("/media/\(job)/0.flac"),
        "reference_audio_url": .string("/media/\(job)/0.flac"), "track_name": "vocals", "repainting_start": 0, "repainting_end": 5,
        "right_extend_length": 5, "edit_target_prompt": "x", "instruction": "make it faster", "display_name": "mine",
        "service_type": "music_generation", "duration_seconds": 60, "amount_cents": 2500, "full_name": .string(UUID().uuidString), "name": "x",
        "url": "https://example.org/hook",
      ]
    }

    private var formBody: String {
      [
        "quota=2000", "days=300", "playlist=\(playlist)", "song=\(job)", "to=up", "name=mine", "login=\(UUID().uuidString)", "mode=simple", "caption=x", "display_name=mine", "key_name=x", "theme=dark", "registration=invite", "pricing=off", "monthly=5",
        "user=\(owner.id)", "amount=5", "currency=credits", "note=x", "role=member", "active=on", "task=retake", "webhooks=https", "webhook_url=https://example.org/hook", "variation=0",
      ].joined(separator: "&")
    }

    private func user(_ asker: Asker) -> User? {
      switch asker {
      case .guest: nil
      case .otherMember: other
      case .admin: admin
      case .switchedOff: off
      case .owner, .revokedKey, .expiredKey, .expiredToken, .wrongScope: owner
      }
    }

    private func credentials(of asker: Asker, for route: Route) throws -> [String: String] {
      guard let user = user(asker) else { return [:] }
      let store = site.store
      if asker == .expiredToken {
        let token = AccessToken(userID: owner.id, familyID: "family", expiresAt: Date(timeIntervalSinceNow: -1))
        return ["Authorization": "Bearer \(token.text(key: site.studio.authentication.tokenKey))"]
      }
      let secret = KeySecret()
      let scopes = asker == .wrongScope ? Scope.allCases.filter { $0 != route.scope }.map(\.rawValue) : ["*"]
      let key = try store.createAPIKey(
        userID: user.id, secretHash: secret.hash, prefix: "ap_", name: "x", scopes: scopes,
        expiresAt: asker == .expiredKey ? Date(timeIntervalSinceNow: -1) : nil)
      if asker == .revokedKey { _ = try store.revokeAPIKey(id: key.id, userID: nil) }
      if asker == .switchedOff { _ = try store.setActive(userID: user.id, false) }
      return ["X-API-Key": secret.text]
    }

    /// The cookie of somebody who is signed in, and the token of their forms; everybody else has the token that anybody gets. Keys are
    /// of no use on pages; here they are sent all the same.
    private func cookie(of asker: Asker, for route: Route) throws -> ([String: String], String) {
      func formToken(_ hash: String) -> String { "nonce." + site.studio.signingKey.sign("form \(hash) nonce") }
      guard let user = user(asker) else { return ([:], formToken("nobody")) }
      if [.revokedKey, .expiredKey, .wrongScope].contains(asker) { return (try credentials(of: asker, for: route), formToken("nobody")) }
      let token = Secrets.randomToken()
      if asker == .switchedOff { _ = try site.store.setActive(userID: user.id, false) }
      try site.store.createSession(
        tokenHash: Secrets.hash(token), userID: user.id, userAgent: "",
        expiresAt: Date(timeIntervalSinceNow: asker == .expiredToken ? -1 : 60))
      let isLiving = [.owner, .otherMember, .admin].contains(asker)
      return (["Cookie": "sid=\(token)"], formToken(isLiving ? Secrets.hash(token) : "nobody"))
    }
  }

  /// What the owner is answered where it isn't 200 (303 to a form): mostly for want of fields in the empty body.
  static let ownersStatus: [String: Int] = [
    // Their song is finished, and nothing was sung in it.
    "POST /api/v1/music/jobs/{id}/cancel": 400, "POST /api/v1/music/jobs/{id}/retry": 400, "POST /api/v1/music/{id}/lrc": 400,
    "POST /api/v1/music/jobs/{id}/lrc": 400, "GET /uploads/{id}/words/{form}": 404,
    // The sample is still being sung; an upload is no JSON; nobody sells anything here.
    "GET /api/v1/music/voices/{voice}": 202, "POST /api/v1/music/uploads": 415, "POST /api/v1/api-wallet/topup/checkout": 501,
    "POST /api/v1/api-wallet/topup/payment-intent": 501, "POST /api/v1/api-wallet/check-balance": 200,
    "POST /api/v1/auth/api-keys": 201, "POST /api/v1/webhooks/endpoints": 201,
    // No password, no code and no token that is right.
    "POST /api/v1/auth/register": 403, "POST /api/v1/auth/initiate-registration": 403, "POST /api/v1/auth/verify-registration": 403,
    "POST /api/v1/auth/token": 400, "POST /api/v1/auth/login": 400, "POST /api/v1/auth/refresh": 400,
    "POST /api/v1/auth/forgot-password": 400, "POST /api/v1/auth/reset-password": 400, "POST /api/v1/auth/change-password": 400,
    "POST /account/password": 422, "POST /login": 422, "POST /invite/{secret}": 422, "GET /register": 403, "POST /register": 403,
    "GET /reset/{secret}": 404, "POST /reset/{secret}": 404, "GET /account/data": 404, "GET /setup": 404, "POST /setup": 404,
    // The engine of these tests revises no scores.
    "POST /api/v1/music/v3/revise": 422,
    // No checkpoint is installed.
    "POST /api/v1/music/lego": 400, "POST /api/v1/music/complete": 400,
    // Links without their signature.
    "GET /media/{id}/{file}": 404, "GET /media/uploads/{file}": 404,
    "GET /shared/{secret}": 404, "GET /shared/{secret}/embed": 404, "GET /shared/{secret}/{file}": 404, "GET /shared/{secret}/picture.png": 404, "GET /api/v1/music/share/{secret}": 404,
    "GET /api/v1/music/shared/{secret}": 404, "GET /api/v1/music/share/{secret}/stats": 404,
    "GET /api/v1/music/shared/{secret}/download": 404,
    // Forms that need more than this one sends, and those that show a link.
    "POST /scores": 422, "POST /uploads": 422, "POST /admin/users/{id}/reset": 200,
    // A checkpoint that isn't there.
    "POST /admin/models/{name}/verify": 404,
    "GET /admin/retention": 422, "POST /admin/retention": 200, "POST /admin/grants": 200, "POST /admin/invitations": 200, "POST /account/keys": 200,
    "POST /account/webhooks": 200,
  ]

  /// Calls that name what they start from in their body.
  static let namesSource: Set = [
    "music/retake", "music/repaint", "music/extend", "music/edit", "music/cover", "music/reference", "music/extract-stem",
    "music/extract", "music/lego", "music/complete", "music/analyze", "music/v3/revise", "music/v3/edit", "stem-extraction/api/extract", "stem-extraction/extract",
    "stem-extraction/extract/advanced", "midi/convert",
  ]

  private static func isProgram(_ route: Route) -> Bool { route.pattern.hasPrefix("/api/") || route.pattern.hasPrefix("/media/") || route.pattern == "/health" }

  private static func isOpen(_ route: Route) -> Bool { if case .open = route.handler { true } else { false } }

  /// Whether the address or the body names something of the owner's.
  private static func isOwned(_ route: Route) -> Bool {
    route.pattern.contains("{id}") && !route.isForAdmins
      || route.method == "POST" && namesSource.contains(String(route.pattern.dropFirst("/api/v1/".count)))
  }

  /// The status that the site map demands.
  static func expected(_ route: Route, _ asker: Asker) -> Int {
    let own = ownersStatus["\(route.method) \(route.pattern)"] ?? (isProgram(route) || route.method == "GET" ? 200 : 303)
    // Who is signed in has no use for the form.
    if route.method == "GET", route.pattern == "/login", [.owner, .otherMember, .admin].contains(asker) { return 303 }
    if isOpen(route) { return own }
    let program = isProgram(route)
    switch asker {
    case .guest: return program ? 401 : 303
    case .expiredToken: return program ? 401 : 303
    case .revokedKey, .expiredKey, .wrongScope, .switchedOff: return program ? 403 : 303
    case .otherMember: return route.isForAdmins ? 403 : isOwned(route) ? 404 : own
    case .owner: return route.isForAdmins ? 403 : own
    case .admin: return isOwned(route) ? 404 : own
    }
  }

  @Test func everyProgramRouteThatKnowsItsCallerNamesAScope() {
    for route in Routes.all where Self.isProgram(route) && !Self.isOpen(route) {
      #expect(route.scope != nil, "\(route.method) \(route.pattern)")
    }
    for route in Routes.pages { #expect(route.scope == nil) }
    for route in Routes.all { #expect(route.isForAdmins == route.pattern.hasPrefix("/admin")) }
  }

  @Test(arguments: Routes.all.map { "\($0.method) \($0.pattern)" })
  func everybodyIsAnsweredAsTheyMayBe(_ name: String) throws {
    let route = try #require(Routes.all.first { "\($0.method) \($0.pattern)" == name })
    let world = try World()
    for asker in Asker.allCases {
      let answer = try world.ask(route, as: asker, isProgram: Self.isProgram(route))
      #expect(answer.status == Self.expected(route, asker), "\(name) by \(asker.rawValue): \(answer.text.prefix(200))")
      let mayKnow = asker == .owner || route.isForAdmins && asker == .admin
      if !mayKnow { for mark in World.marks { #expect(!answer.text.contains(mark), "\(name) tells \(asker.rawValue) of \(mark)") } }
      if !Self.isOpen(route), !Self.isProgram(route), answer.status == 303, Self.expected(route, asker) == 303, asker != .owner, asker != .otherMember, asker != .admin {
        #expect(answer.response.header("Location")?.hasPrefix("/login") == true)
      }
    }
  }
}
