import Foundation
import Generation
import JSON
import Music
import Store

/// What is known of a job's music: as used once it is finished, before that as asked.
struct SongFacts {
  let request: JSON
  let used: JSON
  let genre: String?
  let key: String?
  let bpm: Double?
  let meter: String?

  /// - Parameter output: the variation to tell of; nil for the job's first.
  /// - Throws: `JSONError` for a row whose JSON is broken.
  init(_ job: Job, output: Output? = nil) throws {
    request = try JSON(parsing: job.request)
    let own = try output.map { try JSON(parsing: $0.used) }
    used = try own?.members?.pairs.isEmpty == false ? own ?? [:] : job.used.map { try JSON(parsing: $0) } ?? [:]
    genre = job.genre ?? used["genre"]?.string
    key = used["keyscale"]?.string ?? request["keyscale"]?.string
    bpm = used["bpm"]?.double ?? request["bpm"]?.double
    meter = used["timesignature"]?.string ?? request["timesignature"]?.string
  }

  /// "Folk · 84 BPM · D Major"
  var meta: String {
    [genre, bpm.map { "\(Int($0.rounded())) BPM" }, key].compactMap { $0 }.joined(separator: " · ")
  }

  func cover(id: Int64) -> Cover {
    let mode = key.flatMap(Key.init(parsing:))?.mode
    return Cover(
      id: Int(id), pitchClass: key.flatMap(SongFacts.pitchClass), isMinor: mode == .minor || mode == .harmonicMinor, bpm: bpm)
  }

  /// The tonic of a canonical key name, "F# Minor", as semitones above C.
  static func pitchClass(ofKey name: String) -> Int? {
    Key(parsing: name)?.tonic.rawValue
  }
}

extension JobState {
  init(_ job: Job) {
    self = switch job.status {
    case .pending: .pending
    case .processing: .processing
    case .completed: .completed
    case .failed: job.cancelled ? .cancelled : .failed
    }
  }
}

/// How far a job has got, in a sentence: "Variation 2 of 3: Play the instruments, 12 of 32".
struct ProgressSentence {
  let text: String

  init(_ progress: JobProgress, of job: Job) {
    let (title, batchSize) = (job.stageTitle ?? progress.stage, job.batchSize)
    let steps = progress.total > 1 ? "\(title), \(progress.done) of \(progress.total)" : title
    text = batchSize > 1 ? "Variation \(progress.variation + 1) of \(batchSize): \(steps)" : steps
  }
}

extension SongRow {
  init(_ job: Job, in context: Context, now: Date) throws {
    let facts = try SongFacts(job)
    let outputs = job.status == .completed ? try context.store.outputs(jobID: job.id) : []
    let first = outputs.first
    let moment = Moment(job.createdAt, now: now)
    let expiry = context.studio.links.expiry(now: now)
    func link(_ format: String) -> String? {
      first.map { PlayerLink(jobID: job.id, variation: $0.variation, format: format, links: context.studio.links, expiry: expiry).path }
    }
    self.init(
      id: Int(job.id), title: job.displayName, meta: facts.meta, status: JobState(job),
      length: first.map { Clock.text($0.durationSeconds) },
      variations: outputs.count > 1 ? "\(outputs.count) variations" : nil,
      when: moment.words, timestamp: moment.timestamp, cover: facts.cover(id: job.id), batchSize: job.batchSize,
      audioURL: link("ogg"), fallbackURL: link("mp3"),
      detail: try SongRow.detail(job, in: context), percent: job.status == .processing ? job.progress?.percent ?? 0 : nil)
  }

  private static func detail(_ job: Job, in context: Context) throws -> String? {
    switch job.status {
    case .pending: try context.store.queuePosition(jobID: job.id).map { "\(Ordinal.text($0.position)) in the queue" } ?? "Queued"
    case .processing: job.progress.map { ProgressSentence($0, of: job).text } ?? "Starting"
    case .failed: job.errorMessage
    case .completed: nil
    }
  }
}

/// Where the player gets a variation: a signed link that plays in the page instead of being saved.
struct PlayerLink {
  let path: String

  init(jobID: Int64, variation: Int, format: String, links: MediaLinks, expiry: Int) {
    path = links.path(jobID: jobID, file: .audio(variation: variation, format: format), expiry: expiry) + "&inline=1"
  }
}

enum Ordinal {
  /// 2 as "2nd".
  static func text(_ number: Int) -> String {
    let ending = switch (number % 100, number % 10) {
    case (11...13, _): "th"
    case (_, 1): "st"
    case (_, 2): "nd"
    case (_, 3): "rd"
    default: "th"
    }
    return "\(number)\(ending)"
  }
}
