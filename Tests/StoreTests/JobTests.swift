import Foundation
import Store
import Testing

@Suite struct JobTests {
  let store: Store
  let ana: User
  let eve: User
  init() throws {
    store = try Store.inMemory()
    ana = try store.member("Ana")
    eve = try store.member("Eve")
  }

  @Test func aJobIsKeptAsItWasAsked() throws {
    var draft = JobDraft.sample(ana.id, name: "Mañana", seeds: [0, 4_294_967_295])
    draft.lyrics = "la la\nla"
    draft.genre = "Pop"
    draft.language = "es"
    draft.thumbnailURL = "https://example.com/a.png"
    draft.format = "mp3"
    draft.warnings = ["One thing.", "Another\nthing."]
    let job = try store.createJob(draft, now: at(5)).job
    #expect(try store.job(id: job.id, userID: ana.id) == job)
    #expect(job.id >= 1 && job.status == .pending && job.attempts == 0 && job.progress == nil)
    #expect(job.seeds == [0, 4_294_967_295] && job.batchSize == 2)
    #expect(job.displayName == "Mañana" && job.lyrics == "la la\nla" && job.format == "mp3")
    #expect(job.warnings == ["One thing.", "Another thing."])
    #expect(job.request == #"{"prompt":"upbeat"}"#)
    #expect(job.createdAt == at(5) && job.updatedAt == at(5) && job.completedAt == nil)
  }

  @Test func anotherUsersJobIsNoJob() throws {
    let job = try store.enqueue(ana)
    #expect(try store.job(id: job.id, userID: eve.id) == nil)
    #expect(try store.jobWithOutputs(id: job.id, userID: eve.id) == nil)
    #expect(try !store.deleteJob(id: job.id, userID: eve.id))
    #expect(try store.requestCancel(jobID: job.id, userID: eve.id) == nil)
    #expect(try store.retry(jobID: job.id, userID: eve.id) == nil)
    #expect(try store.relabel(jobID: job.id, userID: eve.id, displayName: "mine now") == nil)
    #expect(try store.jobs(userID: eve.id).total == 0)
    #expect(try store.activeJobs(userID: eve.id).isEmpty)
    #expect(try store.job(id: job.id, userID: ana.id) == job)
  }

  @Test func anIdIsNeverGivenTwice() throws {
    let first = try store.enqueue(ana)
    #expect(try store.deleteJob(id: first.id, userID: ana.id))
    #expect(try !store.deleteJob(id: first.id, userID: ana.id))
    #expect(try store.enqueue(ana).id > first.id)
    #expect(try store.statuses(of: [first.id, first.id + 1]).map(\.status) == [nil, .pending])
    #expect(try store.deletions() == [first.id])
    try store.forgetDeletion(of: first.id)
    #expect(try store.deletions().isEmpty)
  }

  @Test func directoriesSpreadOver256Folders() {
    #expect(Job.directory(id: 1) == "01/1")
    #expect(Job.directory(id: 255) == "ff/255")
    #expect(Job.directory(id: 256) == "00/256")
  }

  @Test func theSameKeyWithinTenMinutesGivesTheSameJob() throws {
    var draft = JobDraft.sample(ana.id)
    draft.idempotency = IdempotencyKey(key: "k", bodyHash: "one")
    let first = try store.createJob(draft, now: at(0))
    #expect(!first.replayed)
    let again = try store.createJob(draft, now: at(599))
    #expect(again.replayed && again.job == first.job)
    #expect(try store.jobs(userID: ana.id).total == 1)

    var other = draft
    other.idempotency?.bodyHash = "two"
    #expect(throws: StoreError.idempotencyKeyReused) { _ = try store.createJob(other, now: at(599)) }
    var evesDraft = draft
    evesDraft.userID = eve.id
    #expect(try !store.createJob(evesDraft, now: at(599)).replayed)

    let later = try store.createJob(draft, now: at(600))
    #expect(!later.replayed && later.job.id != first.job.id)
  }

  @Test func aRefusedReuseLeavesNoJobBehind() throws {
    var draft = JobDraft.sample(ana.id)
    draft.idempotency = IdempotencyKey(key: "k", bodyHash: "one")
    _ = try store.createJob(draft, now: at(0))
    draft.idempotency?.bodyHash = "two"
    #expect(throws: StoreError.self) { _ = try store.createJob(draft, now: at(1)) }
    #expect(try store.jobs(userID: ana.id).total == 1)
  }

  @Test func searchTakesEveryCharacterForItself() throws {
    for name in ["100% pure", "100x pure", "under_score", "underXscore", "Café Ünder", #"back\slash"#, "it's"] {
      try store.enqueue(ana, name: name)
    }
    func found(_ text: String) throws -> [String] {
      var filter = JobFilter()
      filter.search = text
      filter.sortBy = .displayName
      filter.ascending = true
      return try store.jobs(filter, userID: ana.id).jobs.map(\.displayName)
    }
    #expect(try found("100%") == ["100% pure"])
    #expect(try found("under_s") == ["under_score"])
    #expect(try found("CAFE") == ["Café Ünder"])
    #expect(try found("ünder").count == 3)
    #expect(try found(#"\"#) == [#"back\slash"#])
    #expect(try found("'") == ["it's"])
    #expect(try found("synth").count == 7, "captions are searched")
    #expect(try found("nothing like it").isEmpty)
  }

  @Test func relabellingChangesWhatSearchFinds() throws {
    let job = try store.enqueue(ana, name: "Old")
    let changed = try store.relabel(
      jobID: job.id, userID: ana.id, displayName: "New", thumbnailURL: .some("https://example.com/t"), now: at(9))
    #expect(changed?.displayName == "New" && changed?.thumbnailURL == "https://example.com/t")
    #expect(try store.job(id: job.id, userID: ana.id) == changed)
    #expect(try store.relabel(jobID: job.id, userID: ana.id, thumbnailURL: .some(nil))?.thumbnailURL == nil)
    var filter = JobFilter()
    filter.search = "old"
    #expect(try store.jobs(filter, userID: ana.id).total == 0)
    filter.search = "new"
    #expect(try store.jobs(filter, userID: ana.id).total == 1)
  }

  @Test func aListIsFilteredSortedAndPaged() throws {
    for index in 0..<5 {
      var draft = JobDraft.sample(ana.id, name: "song \(4 - index)")
      draft.task = index.isMultiple(of: 2) ? "text2music" : "simple"
      draft.genre = "Jazz"
      draft.requestedDuration = Double(100 + index)
      // The same moment for all: ties go by id.
      _ = try store.createJob(draft, now: at(1))
    }
    var filter = JobFilter()
    filter.limit = 2
    var page = try store.jobs(filter, userID: ana.id)
    #expect(page.total == 5 && page.jobs.map(\.id) == [5, 4])
    filter.skip = 4
    #expect(try store.jobs(filter, userID: ana.id).jobs.map(\.id) == [1])
    filter.skip = 0
    filter.ascending = true
    #expect(try store.jobs(filter, userID: ana.id).jobs.map(\.id) == [1, 2])
    filter.sortBy = .displayName
    #expect(try store.jobs(filter, userID: ana.id).jobs.map(\.id) == [5, 4])
    filter.sortBy = .audioDuration
    #expect(try store.jobs(filter, userID: ana.id).jobs.map(\.id) == [1, 2])
    filter.task = "simple"
    filter.genre = "jazz"
    page = try store.jobs(filter, userID: ana.id)
    #expect(page.total == 2 && page.jobs.map(\.id) == [2, 4])
    filter.status = .completed
    #expect(try store.jobs(filter, userID: ana.id).total == 0)
  }

  @Test func countsTellTasksTypesAndStates() throws {
    try store.enqueue(ana)
    try store.enqueue(ana)
    var draft = JobDraft.sample(ana.id)
    draft.task = "prompt2instrumental"
    draft.songType = "instrumental"
    _ = try store.createJob(draft)
    try store.enqueue(eve)
    let counts = try store.jobCounts(userID: ana.id)
    #expect(counts.total == 3)
    #expect(counts.byTask == ["text2music": 2, "prompt2instrumental": 1])
    #expect(counts.bySongType == ["song": 2, "instrumental": 1])
    #expect(counts.byStatus == [.pending: 3])
    #expect(try store.jobCounts(userID: ana.id, status: .failed).total == 0)
    #expect(try store.jobCounts(userID: ana.id, songType: "song").total == 2)
  }

  @Test func aJobComesWithItsSongsInOrder() throws {
    var draft = JobDraft.sample(ana.id, seeds: [7, 8, 9])
    draft.warnings = ["Known before."]
    let job = try store.createJob(draft).job
    #expect(try store.jobWithOutputs(id: job.id, userID: ana.id)?.outputs == [])
    _ = try store.claimNextJob()
    var result = JobResult.sample([.sample(2, seed: 9), .sample(0, seed: 7)])
    result.warnings = ["Variation 2 could not be made."]
    result.genre = "Pop"
    result.timecosts = #"{"generation":1.5}"#
    #expect(try store.finish(jobID: job.id, attempt: 1, result, now: at(60)))
    let found = try #require(try store.jobWithOutputs(id: job.id, userID: ana.id))
    #expect(found.outputs == [.sample(0, seed: 7), .sample(2, seed: 9)])
    #expect(found.job.status == .completed && found.job.completedAt == at(60))
    #expect(found.job.warnings == ["Known before.", "Variation 2 could not be made."])
    #expect(found.job.genre == "Pop" && found.job.used == #"{"bpm":120}"#)
    #expect(try store.outputs(jobID: job.id) == found.outputs)
    #expect(try store.jobTags(userID: ana.id).genres == ["Pop"])
    #expect(try store.deleteJob(id: job.id, userID: ana.id))
    #expect(try store.outputs(jobID: job.id).isEmpty)
  }

  @Test func estimatesNeedARunAndFollowTheLatest() throws {
    #expect(try store.stageRate(engine: "score", stage: "render") == nil)
    for seconds in 1...10 {
      try store.recordTiming(engine: "score", stage: "render", units: 10, seconds: Double(seconds))
    }
    try store.recordTiming(engine: "score", stage: "mix", units: 1, seconds: 99)
    let estimate = try #require(try store.estimatedSeconds(engine: "score", units: 30))
    #expect(estimate == (15 + 2970, 27 + 2970))
    #expect(try store.estimatedSeconds(engine: "acestep", units: 30) == nil)
    let rate = try #require(try store.stageRate(engine: "score", stage: "render"))
    #expect(rate.median == 0.5 && rate.p90 == 0.9 && rate.runs == 10)
    for _ in 0..<100 { try store.recordTiming(engine: "score", stage: "render", units: 1, seconds: 2) }
    let later = try #require(try store.stageRate(engine: "score", stage: "render"))
    #expect(later.median == 2 && later.runs == 100)
    #expect(try store.stageRate(engine: "score", stage: "mix")?.runs == 1)
  }
}
