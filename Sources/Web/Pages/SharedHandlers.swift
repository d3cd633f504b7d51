import Audio
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
    try context.page(SharedPage(try context.sharedSong(), baseURL: context.baseURL), user: nil).with("X-Robots-Tag", "noindex")
  }

  /// A small player that other sites may show in a frame: the first variation.
  @Sendable static func showEmbed(_ context: Context) throws -> Response {
    let page = SharedPage(try context.sharedSong(), baseURL: context.baseURL)
    guard let first = page.players.first else { throw HTTPError.notFound }
    let embed = EmbedPage(songTitle: page.songTitle, facts: page.facts, audioURL: first.audioURL, pagePath: first.songPath)
    return try context.page(embed, user: nil).with("X-Robots-Tag", "noindex")
      .with("Content-Security-Policy", EmbedPage.contentSecurityPolicy).with("Cross-Origin-Resource-Policy", "cross-origin")
  }

  /// The waveform of the first variation, as other sites show it beside the link.
  @Sendable static func sharedPicture(_ context: Context) throws -> Response {
    let found = try context.sharedSong()
    guard let output = found.outputs.first, let peaks = context.peaks(of: found.job, variation: output.variation) else { throw HTTPError.notFound }
    return Response(body: .bytes(try peaks.picture())).with("Content-Type", "image/png").with("Cache-Control", "private, no-store")
      .with("Cross-Origin-Resource-Policy", "cross-origin")
  }
}

extension SharedPage {
  /// - Parameter baseURL: scheme and host, for the addresses that other sites show.
  init(_ found: JobWithOutputs, baseURL: String) {
    let job = found.job
    let token = job.share?.token ?? ""
    songTitle = job.displayName
    let facts = job.kindLabel + (found.outputs.first.map { ", " + Clock.text($0.durationSeconds) } ?? "")
    self.facts = facts
    let path = Address.shared(token).path
    players = found.outputs.map { output in
      let letter = Character(Unicode.Scalar(UInt8(ascii: "A") + UInt8(output.variation % 26)))
      let isOneOfSome = found.outputs.count > 1
      return SharedPlayer(
        title: isOneOfSome ? "Variation \(letter)" : nil, playerTitle: job.displayName + (isOneOfSome ? ", variation \(letter)" : ""),
        songPath: path, isFirst: output.variation == found.outputs.first?.variation, seconds: output.durationSeconds,
        audioURL: Address.sharedFile(token, .audio(variation: output.variation, format: "mp3")).path,
        downloads: job.share?.allowsDownload != true ? [] : MediaFile.audioFormats.map { format in
          Extra(
            label: format.uppercased(),
            url: Address.sharedFile(token, .audio(variation: output.variation, format: format)).path + (format == "mp3" ? "?download" : ""))
        })
    }
    let used = job.used.flatMap { try? JSON(parsing: $0) } ?? [:]
    let words = Lyrics(job, text: used["lyrics"]?.string ?? job.lyrics ?? "", output: found.outputs.first) { _ in nil }
    lyrics = words
    card = found.outputs.first.map { output in
      let sung = words?.lines.filter { !$0.isHeading }.prefix(4).map(\.text).joined(separator: " / ") ?? ""
      let file = MediaFile.audio(variation: output.variation, format: "mp3")
      return SocialCard(
        title: SocialCard.short(job.displayName, 70), description: SocialCard.short(sung.isEmpty ? facts : "\(facts). \(sung)", 200),
        pageURL: baseURL + path, audioURL: baseURL + Address.sharedFile(token, file).path, seconds: Int(output.durationSeconds.rounded()),
        imageURL: job.thumbnailURL ?? baseURL + Address.sharedPicture(token).path, playerURL: baseURL.hasPrefix("https://") ? baseURL + path + "/embed" : nil)
    }
  }
}

extension JobSharing {
  init(_ job: Job, in context: Context, now: Date) throws {
    jobID = Int(job.id)
    isLiked = job.opinion == .like
    let share = job.share.flatMap { share in share.expiresAt.map { $0 > now } ?? true ? share : nil }
    url = share.map { context.baseURL + Address.shared($0.token).path }
    embedCode = url.map(JobSharing.embedCode) ?? ""
    let end = share?.expiresAt.map { "until \(Moment($0, now: now).words)" } ?? "until you take it back"
    note = "Works \(end), \(share?.allowsDownload == true ? "with" : "without") downloads."
    days = JobSharing.daysField()
    playlists = JobSharing.playlistField(try context.store.playlists(userID: job.userID).map { ($0.id, $0.name) })
  }
}
