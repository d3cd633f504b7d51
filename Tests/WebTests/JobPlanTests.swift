import Generation
import JSON
import Store
import Testing

@testable import Web

/// "Asked / used" on a finished song's page.
@Suite struct JobPlanTests {
  let site: StudioForTests
  init() throws { site = try StudioForTests() }

  private func plan(_ body: JSON, used: JSON, outputUsed: JSON? = nil) throws -> JobPlan? {
    let id = try site.createJob(body)
    let job = try #require(try site.store.claimNextJob())
    #expect(Int(job.id) == id)
    let request = try JSON(parsing: job.request)
    let output = Output(
      variation: 0, seed: 1, durationSeconds: 62, frames: 2_976_000, bytes: .init(flac: 4, wav: 3, mp3: 2, ogg: 1),
      used: used.text, waveformPath: "M0 0")
    return JobPlan(job, request: request, output: output)
  }

  private static let used: JSON = [
    "genre": "Jazz", "style": "Bossa Nova", "mood": "dark", "bpm": 84.0, "keyscale": "D Minor", "timesignature": "4/4",
    "vocal_language": "pt", "feel": "half-time", "form": "song", "instruments": ["Nylon guitar", "Double bass"],
    "sections": [
      ["kind": "intro", "label": "Intro", "bars": 4, "start": 0.0, "end": 11.4, "energy": 0.3],
      ["kind": "verse", "label": "Verse 1", "bars": 8, "start": 11.4, "end": 62.0, "energy": 0.6],
    ],
    "understood": ["genre": ["Bossa Nova"], "mood": ["dark"], "tempo": ["slow"], "without": ["drums", "piano"]],
  ]

  @Test func everyLineTellsWhereItsWishCameFrom() throws {
    let plan = try #require(try plan(["prompt": "x", "bpm": 84, "audio_duration": 62], used: Self.used))
    let rows = Dictionary(uniqueKeysWithValues: plan.rows.map { ($0.topic, $0) })
    #expect(rows["Style"]?.used == "Bossa Nova (Jazz)")
    #expect(rows["Style"]?.asked.map(\.source) == [.words])
    #expect(rows["Tempo"]?.asked.map(\.text) == ["84 BPM", "slow"])
    #expect(rows["Tempo"]?.asked.map(\.source) == [.setting, .words])
    #expect(rows["Tempo"]?.used == "84 BPM, half-time feel")
    #expect(rows["Key"]?.asked.isEmpty == true)
    #expect(rows["Instruments"]?.asked.map(\.text) == ["no drums, no piano"])
    #expect(rows["Instruments"]?.used == "Nylon guitar, Double bass")
    #expect(rows["Language"]?.used == "Portuguese")
    #expect(rows["Length"]?.asked.map(\.text) == ["1 minute 2 seconds"])
    #expect(rows["Form"]?.used == "Intro (4), Verse 1 (8); 12 bars")
    #expect(rows["Voice"] == nil)
  }

  @Test func theTagsOfLyricsAreAWishForTheForm() throws {
    let plan = try #require(try plan(["prompt": "x", "lyrics": "[Verse]\nla\n[Chorus]\nlo"], used: Self.used))
    let form = try #require(plan.rows.first { $0.topic == "Form" })
    #expect(form.asked.map(\.text) == ["Verse, Chorus"])
    #expect(plan.rows.first { $0.topic == "Voice" }?.used == "instrumental")
  }

  @Test func aSongWithoutAPlanShowsNone() throws {
    #expect(try plan(["prompt": "x"], used: ["bpm": 90.0]) == nil)
  }

  @Test func sectionsLieOverTheWholeWaveform() throws {
    let output = Output(
      variation: 0, seed: 1, durationSeconds: 62, frames: 2_976_000, bytes: .init(flac: 4, wav: 3, mp3: 2, ogg: 1),
      used: Self.used.text, waveformPath: "M0 0")
    let bands = try #require(JobSections(output)).bands
    let drawn = bands.map { band in
      ["sectionLabel", "sectionTime", "bandX", "bandWidth"].map { band.child(named: $0) as? String ?? "" }
    }
    #expect(drawn == [["Intro", "0:00", "0", "183.9"], ["Verse 1", "0:11", "183.9", "816.1"]])
    var other = output
    for used in ["{}", #"{"sections":[]}"#, #"{"sections":[{"kind":1}]}"#, "no JSON"] {
      other.used = used
      #expect(JobSections(other) == nil, "\(used)")
    }
  }

  @Test func theJobObjectHasEachVariationsPlan() throws {
    let id = try site.createJob(["prompt": "x"])
    try site.finishNextJob(used: Self.used)
    let job = try site.call("GET", "/api/v1/music/jobs/\(id)").json
    #expect(job["used"]?["understood"]?["tempo"]?[0]?.string == "slow")
    #expect(job["used"]?["sections"]?[1]?["label"]?.string == "Verse 1")
    #expect(job["outputs"]?[0]?["used"]?.members != nil)
  }
}
