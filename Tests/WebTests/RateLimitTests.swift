import FastCGI
import Foundation
import Store
import Testing

@testable import Web

struct RateLimitTests {
  @Test func aMinuteHasSoManyCalls() throws {
    let limiter = RateLimiter(try #require(RateLimits("edit=2")))
    let start = Date(timeIntervalSince1970: 1000)
    #expect(try limiter.take(.edit, account: "ana", now: start)?.remaining == 1)
    #expect(try limiter.take(.edit, account: "ana", now: start + 20)?.remaining == 0)
    let refusal = #expect(throws: HTTPError.self) { try limiter.take(.edit, account: "ana", now: start + 20.5) }
    #expect(refusal?.status == .tooManyRequests && refusal?.message.hasPrefix("Rate limit exceeded") == true)
    #expect(refusal?.headers.contains(.init(name: "Retry-After", value: "40")) == true)
    #expect(refusal?.headers.contains(.init(name: "X-RateLimit-Reset", value: "1060")) == true)
    #expect(try limiter.take(.edit, account: "bo", now: start + 21)?.remaining == 1, "another account has its own")
    #expect(try limiter.take(.lrc, account: "ana", now: start + 21)?.limit == 20, "another call has its own")
    #expect(try limiter.take(.edit, account: "ana", now: start + 60)?.remaining == 1, "the next minute")
  }

  @Test func limitsAreReadFromText() {
    #expect(RateLimits("") == .usual && RateLimits("off") == .off)
    #expect(RateLimits("lrc=0, edit=30")?[.edit] == 30)
    #expect(RateLimits("lrc=0")?[.lrc] == nil && RateLimits("lrc=0")?[.repaint] == 3)
    for text in ["edit", "edit=", "edit=-1", "edit=1.5", "sing=3", "edit=3;lrc=2", "off,edit=2"] { #expect(RateLimits(text) == nil, "\(text)") }
  }

  @Test func theAPIRefusesAndSaysWhenToComeBack() throws {
    let site = try StudioForTests(rateLimits: try #require(RateLimits("lrc=1,reads=3,writes=0")))
    #expect(try site.call("POST", "/api/v1/music/5/lrc").status == 404)
    let refused = try site.call("POST", "/api/v1/music/jobs/5/lrc")
    #expect(refused.status == 429 && refused.text.contains("rate_limit_exceeded"))
    #expect(refused.response.headers.contains { $0.name == "Retry-After" })
    for _ in 0..<3 { #expect(try site.call("GET", "/api/v1/music/jobs").status == 200) }
    #expect(try site.call("GET", "/api/v1/music/jobs").status == 429)
    #expect(try site.call("GET", "/api/v1/music/presets").status == 429)
    let stranger = try site.store.createUser(name: "bo", email: "bo@example.org", role: .member, passwordHash: nil)
    let key = try StudioForTests.makeKey(site.store, stranger)
    #expect(try site.call("GET", "/api/v1/music/jobs", headers: ["X-API-Key": key]).status == 200)
  }
}
