import FastCGI
import Foundation
import Generation
import JSON
import Secrets
import Store

/// Likes and public links (`api.md` 14.1, 14.2).
extension Routes {
  static func setOpinion(_ opinion: Opinion?, message: String) -> @Sendable (Context, User) throws -> Response {
    { context, user in
      let id = try context.jobID()
      guard let job = try context.store.setOpinion(jobID: id, userID: user.id, opinion) else { throw HTTPError.jobNotFound }
      var members: JSON.Members = [
        "success": true, "message": .string(message),
        "interaction_type": opinion.map { $0 == .like ? "like" : "dislike" } ?? .null,
      ]
      for pair in job.interactions.pairs { members[pair.key] = pair.value }
      return Response(json: .object(members))
    }
  }

  @Sendable static func interactionStatus(_ context: Context, _ user: User) throws -> Response {
    let job = try context.ownJob(of: user)
    return Response(json: [
      "job_id": .int(Int(job.id)), "user_has_liked": .bool(job.opinion == .like), "user_has_disliked": .bool(job.opinion == .dislike),
      "can_interact": true,
    ])
  }

  @Sendable static func jobStatistics(_ context: Context, _ user: User) throws -> Response {
    Response(json: try context.ownJob(of: user).statistics)
  }

  @Sendable static func likedJobs(_ context: Context, _ user: User) throws -> Response {
    var filter = try JobFilter(query: context.request.query)
    filter.without = tasksApart.map(\.rawValue)
    filter.liked = true
    let (jobs, total) = try context.store.jobs(filter, userID: user.id)
    let objects = try jobs.map { job in
      try context.object(job, outputs: job.status == .completed ? context.store.outputs(jobID: job.id) : [])
    }
    return Response(json: .array(objects)).with("X-Total-Count", String(total))
  }

  @Sendable static func filterStatistics(_ context: Context, _ user: User) throws -> Response {
    let counts = try context.store.jobCounts(userID: user.id, without: Set(tasksApart.map(\.rawValue)))
    let tags = try context.store.jobTags(userID: user.id)
    func list(_ words: [String]) -> JSON { .array(words.map(JSON.string)) }
    return Response(json: [
      "total_tracks": .int(counts.total), "liked_count": .int(counts.liked), "song_types": bySongType(counts),
      "available_filters": [
        "song_types": ["songs", "rap", "instrumental", "edits"], "interactions": ["liked"],
        "statuses": list(JobStatus.allCases.map { $0.rawValue.lowercased() }), "languages": list(tags.languages),
        "genres": list(tags.genres), "emotions": list(tags.emotions), "occasions": [],
      ],
    ])
  }

  // MARK: - Sharing

  @Sendable static func shareJob(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    let (members, _, _) = try context.bodyMembers()
    var faults: [InvalidParameters.Fault] = []
    let days = members["expires_in_days"].flatMap { $0.isNull ? nil : $0.int ?? $0.string.flatMap { Int($0) } ?? 0 }
    if let days, !(1...36_500).contains(days) {
      faults.append(.init(field: "expires_in_days", message: "must be an integer from 1 to 36500, or null"))
    }
    let words = ["true": true, "false": false]
    let given = members["allow_download"]
    let allows = given.map { $0.bool ?? $0.string.flatMap { words[$0.lowercased()] } }
    if let given, !given.isNull, allows == .some(nil) { faults.append(.init(field: "allow_download", message: "must be true or false")) }
    let platform = members["platform"]?.string ?? "link"
    if platform.count > 40 { faults.append(.init(field: "platform", message: "must have at most 40 characters")) }
    guard faults.isEmpty else { throw InvalidParameters(faults: faults) }
    guard let job = try context.share(id, of: user, days: days, allowsDownload: (allows ?? true) ?? true), let share = job.share else {
      throw HTTPError.jobNotFound
    }
    return Response(json: [
      "success": true, "message": "Track shared successfully", "share_token": .string(share.token),
      "share_url": .string(context.baseURL + Address.shared(share.token).path), "platform": .string(platform),
      "share_count": .int(job.shareCount), "expires_at": .optional(share.expiresAt.map(Timestamp.text)),
      "can_download": .bool(share.allowsDownload),
    ])
  }

  @Sendable static func unshareJob(_ context: Context, _ user: User) throws -> Response {
    guard try context.store.unshare(jobID: try context.jobID(), userID: user.id) else { throw HTTPError.jobNotFound }
    return Response(json: ["success": true, "message": "The link no longer works"])
  }

  /// Names nothing of the owner.
  @Sendable static func sharedTrack(_ context: Context) throws -> Response {
    let found = try context.sharedSong()
    let job = found.job
    let used = job.used.flatMap { try? JSON(parsing: $0) } ?? [:]
    let token = job.share?.token ?? ""
    func link(_ variation: Int) -> JSON {
      .string(context.baseURL + Address.sharedFile(token, .audio(variation: variation, format: "mp3")).path)
    }
    var track: JSON.Members = [
      "id": .int(Int(job.id)), "display_name": .string(job.displayName), "task": .string(job.task), "status": .string(job.status.rawValue),
      "song_type": .string(job.songType), "prompt": .optional(job.caption.isEmpty ? nil : job.caption),
      "lyrics": .optional(used["lyrics"]?.string ?? job.lyrics), "lrc_content": .optional(found.outputs.first?.lrc),
      "audio_duration": .optional(found.outputs.first?.durationSeconds), "audio_url": found.outputs.first.map { link($0.variation) } ?? .null,
      "outputs": .array(found.outputs.map { ["index": .int($0.variation), "audio_url": link($0.variation), "audio_duration": .double($0.durationSeconds)] }),
      "genre": .optional(job.genre), "language": .optional(job.language), "thumbnail_url": .optional(job.thumbnailURL),
      "share_token": .string(token), "share_url": .string(context.baseURL + Address.shared(token).path), "is_shared": true,
      "created_at": .string(Timestamp.text(job.createdAt)),
    ]
    for pair in job.counts.pairs { track[pair.key] = pair.value }
    return Response(json: [
      "track": .object(track), "can_download": .bool(job.share?.allowsDownload == true), "can_comment": false, "can_interact": false,
    ])
  }

  @Sendable static func sharedStatistics(_ context: Context) throws -> Response {
    Response(json: try context.sharedSong().job.statistics)
  }

  @Sendable static func sharedDownload(_ context: Context) throws -> Response {
    let found = try context.sharedSong()
    let format = context.request.query["format"].flatMap { $0.isEmpty ? nil : $0.lowercased() } ?? "wav"
    guard MediaFile.audioFormats.contains(format) else {
      throw InvalidParameters(faults: [.init(field: "format", message: "must be one of \(MediaFile.audioFormats.joined(separator: ", "))")])
    }
    guard let share = found.job.share, share.allowsDownload else { throw HTTPError.noDownload }
    let file = MediaFile.audio(variation: found.outputs.first?.variation ?? 0, format: format)
    return Response(json: [
      "download_url": .string(context.baseURL + Address.sharedFile(share.token, file).path), "format": .string(format),
      "filename": .string(FileName(title: found.job.displayName, jobID: found.job.id, fileExtension: format).text),
      "expires_at": .optional(share.expiresAt.map(Timestamp.text)),
    ])
  }

  /// A song's file by its public link: MP3 to be heard, and the rest where downloads are allowed.
  @Sendable static func sharedMedia(_ context: Context) throws -> Response {
    let found = try context.sharedSong()
    guard let file = context.parameters["file"].flatMap(MediaFile.init(name:)), case .audio(_, let format) = file else {
      throw HTTPError.notFound
    }
    let allowsDownload = found.job.share?.allowsDownload == true
    guard allowsDownload || format == "mp3" else { throw HTTPError.noDownload }
    let isToBeKept = format != "mp3" || context.request.query["download"] != nil
    guard allowsDownload || !isToBeKept else { throw HTTPError.noDownload }
    return try context.send(file, of: found, asAttachment: isToBeKept).with("Cache-Control", "private, no-store")
      .with("Cross-Origin-Resource-Policy", "cross-origin")
  }
}

extension HTTPError {
  static let noDownload = HTTPError(.forbidden, "forbidden", "This song is shared to be heard, not to be kept.")
}

extension Context {
  fileprivate func ownJob(of user: User) throws -> Job {
    guard let job = try store.job(id: try jobID(), userID: user.id) else { throw HTTPError.jobNotFound }
    return job
  }

  /// The song of the link in the address.
  func sharedSong() throws -> JobWithOutputs {
    guard let token = parameters["secret"], token.utf8.count < 100, let found = try store.sharedJob(token: token) else {
      throw HTTPError(.notFound, "not_found", "This link is not valid or has expired.")
    }
    return found
  }

  /// Makes the public link of a song, or changes what it allows.
  func share(_ id: Int64, of user: User, days: Int?, allowsDownload: Bool) throws -> Job? {
    try store.share(
      jobID: id, userID: user.id, token: Secrets.randomToken(bytes: 18),
      expiresAt: days.map { Date(timeIntervalSinceNow: Double($0) * 86_400) }, allowsDownload: allowsDownload)
  }
}

extension Job {
  /// Only the owner can think something of a song, so each count is 0 or 1.
  fileprivate var counts: JSON.Members {
    [
      "like_count": .int(opinion == .like ? 1 : 0), "dislike_count": .int(opinion == .dislike ? 1 : 0),
      "share_count": .int(shareCount), "comment_count": 0,
    ]
  }

  /// As its owner's programs see it.
  var interactions: JSON.Members {
    var members = counts
    members["user_has_liked"] = .bool(opinion == .like)
    members["user_has_disliked"] = .bool(opinion == .dislike)
    return members
  }

  fileprivate var statistics: JSON {
    var members = counts
    members["total_interactions"] = .int((opinion == nil ? 0 : 1) + shareCount)
    members["like_percentage"] = .double(opinion == .like ? 100 : 0)
    members["dislike_percentage"] = .double(opinion == .dislike ? 100 : 0)
    return .object(members)
  }
}
