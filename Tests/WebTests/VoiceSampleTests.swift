import FastCGI
import Generation
import Music
import Testing

@testable import Web

struct VoiceSampleTests {
  @Test func aVoiceIsServedOnceItIsSung() throws {
    let studio = try StudioForTests(voiceSamples: [.female: .ready(path: "voices/female.mp3"), .deep: .unavailable("No singer.")])
    let ready = try studio.call("GET", "/api/v1/music/voices/female")
    #expect(ready.status == 200)
    #expect(ready.response.headers.contains(.init(name: "X-Accel-Redirect", value: "/_protected/voices/female.mp3")))
    let waiting = try studio.call("GET", "/api/v1/music/voices/male")
    #expect(waiting.status == 202)
    #expect(waiting.response.headers.contains(.init(name: "Retry-After", value: "1")))
    let failed = try studio.call("GET", "/api/v1/music/voices/deep")
    #expect(failed.status == 503 && failed.text.contains("No singer."))
    for other in ["auto", "Female", "..", "female.mp3"] { #expect(try studio.call("GET", "/api/v1/music/voices/" + other).status == 404, "\(other)") }
    #expect(try studio.send("GET", "/api/v1/music/voices/female").status == 401)
  }
}
