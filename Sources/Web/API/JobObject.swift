import Foundation
import Generation
import JSON
import Store

/// What is kept of a job, for one reader, depends on this besides the store.
struct JobTextKey: Hashable, Sendable {
  let id: Int64
  let userID: String
  let baseURL: String
  let linkExpiry: Int
}

/// The job object of `api.md` 6.1, with what this studio adds: engine, warnings, stage and queue position.
struct JobObject {
  let job: Job
  let outputs: [Output]
  let queuePosition: QueuePosition?
  let links: MediaLinks
  let baseURL: String
  let linkExpiry: Int

  private var isCompleted: Bool { job.status == .completed && !outputs.isEmpty }

  var json: JSON {
    let request = (try? JSON(parsing: job.request)) ?? [:]
    let used = job.used.flatMap { try? JSON(parsing: $0) } ?? [:]
    let first = outputs.first
    let url = isCompleted ? first.map { JSON.string(address(.audio(variation: $0.variation, format: job.format))) } ?? .null : .null
    /// The value that was really used, else the one that was asked for.
    func chosen(_ name: String) -> JSON {
      if let value = used[name], !value.isNull { return value }
      return request[name] ?? .null
    }
    var members = JSON.Members()
    members.append("id", .int(Int(job.id)))
    members.append("task", .string(job.task))
    members.append("status", .string(job.status.rawValue))
    members.append("progress", progress)
    members.append("output_url", url)
    members.append("output_urls", isCompleted ? first.map(addresses) ?? .null : .null)
    members.append("audio_url", url)
    members.append("display_name", .string(job.displayName))
    members.append("thumbnail_url", .optional(job.thumbnailURL))
    members.append("audio_duration", .optional(isCompleted ? first?.durationSeconds : job.requestedDuration))
    members.append("actual_seeds", isCompleted ? .array(outputs.map { .int(Int($0.seed)) }) : .null)
    members.append("lrc_content", .optional(isCompleted ? first?.lrc : nil))
    members.append("lrc_url", isCompleted && first?.lrc != nil ? .string(address(.lyrics(variation: 0, form: .lrc))) : .null)
    members.append("quality_score", .optional(isCompleted ? first?.qualityScore : nil))
    members.append("error_message", .optional(job.errorMessage))
    members.append("created_at", .string(Timestamp.text(job.createdAt)))
    members.append("completed_at", .optional(job.completedAt.map(Timestamp.text)))
    members.append("updated_at", .string(Timestamp.text(job.updatedAt)))
    members.append("started_at", .optional(job.startedAt.map(Timestamp.text)))
    members.append("user_id", .string(job.userID))
    members.append("input_params", request)
    members.append("output_path", .null)
    members.append("output_paths", .null)
    members.append("timecosts", job.timecosts.flatMap { try? JSON(parsing: $0) } ?? .null)
    members.append("share_token", .optional(job.share?.token))
    members.append("share_url", .optional((job.share?.token).map { baseURL + Address.shared($0).path }))
    members.append("is_shared", .bool(job.share != nil))
    for pair in job.interactions.pairs { members.append(pair.key, pair.value) }
    members.append("model_version", request["model_version"] ?? "audiomusic-v2")
    members.append("format", .string(job.format))
    members.append("batch_size", .int(job.batchSize))
    members.append("outputs", isCompleted ? .array(outputs.map(outputObject)) : .null)
    members.append("caption", .optional(job.caption.isEmpty ? nil : job.caption))
    for name in ["lyrics", "bpm", "keyscale", "timesignature", "vocal_language", "instrumental"] {
      members.append(name, chosen(name))
    }
    members.append("genre", .optional(job.genre))
    members.append("emotion", .optional(job.emotion))
    members.append("occasion", .null)
    members.append("song_type", .string(job.songType))
    members.append("source_job_id", .optional((job.source?.jobID).map { Int($0) }))
    members.append("source_output_index", .optional(job.source?.variation))
    members.append("credits_reserved", .int(job.cost.reserved.credits))
    members.append("credits_charged", .optional(job.cost.charged?.credits))
    members.append("engine", .string(job.engine))
    members.append("warnings", .array(job.warnings.map(JSON.string)))
    members.append("stage", .optional(job.progress?.stage))
    members.append("stage_title", .optional(job.stageTitle))
    members.append("stage_done", .optional(job.progress?.done))
    members.append("stage_total", .optional(job.progress?.total))
    members.append("variation", .optional(job.progress?.variation))
    members.append("queue_position", .optional(queuePosition?.position))
    members.append("queue_ahead", .optional(queuePosition?.ahead))
    members.append("attempts", .int(job.attempts))
    members.append("requeue_note", .optional(job.requeueNote))
    members.append("cancelled", .bool(job.cancelled))
    members.append("used", job.used == nil ? .null : used)
    return .object(members)
  }

  private var progress: JSON {
    switch job.status {
    case .pending: .null
    case .processing: .int(job.progress?.percent ?? 0)
    case .completed: 100
    case .failed: .optional(job.progress?.percent)
    }
  }

  private func outputObject(_ output: Output) -> JSON {
    [
      "index": .int(output.variation), "seed": .int(Int(output.seed)),
      "output_url": .string(address(.audio(variation: output.variation, format: job.format))),
      "output_urls": addresses(output), "audio_duration": .double(output.durationSeconds),
      "quality_score": .optional(output.qualityScore), "lrc_content": .optional(output.lrc),
      "lrc_url": output.lrc == nil ? .null : .string(address(.lyrics(variation: output.variation, form: .lrc))),
      "lyrics_urls": output.lrc == nil ? .null : lyricsAddresses(output),
      "midi_url": output.hasScore ? .string(address(.midi(variation: output.variation))) : .null,
      "abc_url": output.hasScore ? .string(address(.abc(variation: output.variation))) : .null,
      "musicxml_url": output.hasScore ? .string(address(.musicXML(variation: output.variation))) : .null,
      "score_url": output.hasScore ? .string(address(.score(variation: output.variation))) : .null,
      "used": (try? JSON(parsing: output.used)) ?? .null,
      "loudness_lufs": .optional(output.loudnessLUFS), "true_peak_dbtp": .optional(output.truePeakDBTP),
    ]
  }

  private func addresses(_ output: Output) -> JSON {
    .object(
      .init(
        ["flac", "mp3", "wav", "ogg"].map { format in
          (format, JSON.string(address(.audio(variation: output.variation, format: format))))
        }))
  }

  /// By the ending of a file's name: lrc, words.lrc, srt, vtt, lyrics.json.
  private func lyricsAddresses(_ output: Output) -> JSON {
    .object(
      .init(
        LyricsForm.allCases.map { ($0.rawValue, JSON.string(address(.lyrics(variation: output.variation, form: $0)))) }))
  }

  private func address(_ file: MediaFile) -> String {
    baseURL + links.path(jobID: job.id, file: file, expiry: linkExpiry)
  }
}

/// ISO 8601 in UTC with milliseconds, as every source's clients parse it (`api.md` 1.5).
enum Timestamp {
  static func text(_ date: Date) -> String {
    let milliseconds = Int((date.timeIntervalSince1970 * 1000).rounded())
    let seconds = milliseconds / 1000
    let (year, month, day) = civil(daysSince1970: seconds / 86_400)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let fraction = String(milliseconds % 1000 + 1000).dropFirst()
    return "\(year)-\(two(month))-\(two(day))T"
      + "\(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60)).\(fraction)Z"
  }

  /// The Gregorian date of a day on or after 1 January 1970, counted in eras of 400 years that begin in March.
  private static func civil(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
    let days = daysSince1970 + 719_468
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + days / 146_097 * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}

extension Job {
  /// The stage that it is in as shown to people; nil for one that this version doesn't know, and before the first.
  var stageTitle: String? {
    progress.flatMap { Stage(rawValue: $0.stage) }?.title(in: MusicTask(rawValue: task), by: EngineName(rawValue: engine))
  }
}

extension Context {
  /// Under what to keep what is made of a job for this client.
  func textKey(_ id: Int64, of user: User) -> JobTextKey {
    JobTextKey(id: id, userID: user.id, baseURL: baseURL, linkExpiry: studio.links.expiry())
  }

  /// The object of one job, as this client may see it.
  func object(_ job: Job, outputs: [Output]) throws -> JSON {
    try JobObject(
      job: job, outputs: outputs, queuePosition: job.status == .pending ? store.queuePosition(jobID: job.id) : nil,
      links: studio.links, baseURL: baseURL, linkExpiry: studio.links.expiry()
    ).json
  }
}
