import FastCGI
import Foundation
import JSON
import Store

/// Likes and public links on pages.
extension Routes {
  @Sendable static func likeFromPage(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    let opinion: Opinion? = try context.ownForm()["like"] == "on" ? .like : nil
    guard try context.store.setOpinion(jobID: id, userID: user.id, opinion) != nil else { throw HTTPError.notFound }
    return .redirect(to: Address.job(id).path + "#share")
  }

  @Sendable static func shareFromPage(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    let form = try context.ownForm()
    let text = form["days"] ?? ""
    let days = Int(text)
    guard text.isEmpty || days.map((1...36_500).contains) == true else { throw HTTPError.badRequest("days must be from 1 to 36500, or empty.") }
    guard try context.share(id, of: user, days: days, allowsDownload: form["download"] == "on") != nil else { throw HTTPError.notFound }
    return .redirect(to: Address.job(id).path + "#share")
  }

  @Sendable static func unshareFromPage(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    _ = try context.ownForm()
    guard try context.store.unshare(jobID: id, userID: user.id) else { throw HTTPError.notFound }
    return .redirect(to: Address.job(id).path + "#share")
  }

  @Sendable static func showShared(_ context: Context) throws -> Response {
    try context.page(SharedPage(try context.sharedSong()), user: nil).with("X-Robots-Tag", "noindex")
  }
}

extension SharedPage {
  init(_ found: JobWithOutputs) {
    let job = found.job
    let token = job.share?.token ?? ""
    songTitle = job.displayName
    let kind = job.songType == "instrumental" ? "Instrumental" : job.songType == "samples" ? "Loop or sample" : "Song"
    facts = kind + (found.outputs.first.map { ", " + Clock.text($0.durationSeconds) } ?? "")
    players = found.outputs.map { output in
      let letter = Unicode.Scalar(UInt8(ascii: "A") + UInt8(output.variation % 26))
      return SharedPlayer(
        title: found.outputs.count > 1 ? "Variation \(Character(letter))" : nil,
        audioURL: Address.sharedFile(token, .audio(variation: output.variation, format: "mp3")).path,
        downloads: job.share?.allowsDownload != true ? [] : MediaFile.audioFormats.map { format in
          Extra(
            label: format.uppercased(),
            url: Address.sharedFile(token, .audio(variation: output.variation, format: format)).path + (format == "mp3" ? "?download" : ""))
        })
    }
    let used = job.used.flatMap { try? JSON(parsing: $0) } ?? [:]
    lyrics = (used["lyrics"]?.string ?? job.lyrics ?? "").split(whereSeparator: \.isNewline).map(String.init)
  }
}

extension JobSharing {
  init(_ job: Job, in context: Context, now: Date) {
    jobID = Int(job.id)
    isLiked = job.opinion == .like
    let share = job.share.flatMap { share in share.expiresAt.map { $0 > now } ?? true ? share : nil }
    url = share.map { context.baseURL + Address.shared($0.token).path }
    let end = share?.expiresAt.map { "until \(Moment($0, now: now).words)" } ?? "until you take it back"
    note = "Works \(end), \(share?.allowsDownload == true ? "with" : "without") downloads."
    days = JobSharing.daysField()
  }
}
