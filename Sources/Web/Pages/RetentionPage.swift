import FastCGI
import Foundation
import Store

/// What a retention would remove, before it does.
struct RetentionPage: Page {
  static let name = "retention"
  var section: Section? { .account }

  var days: Int
  /// "12 songs of 340 MB would go now."
  var summary: String
  var songs: [OldSongRow]
  /// How many more there are than are listed; nil for none.
  var more: String?
  /// Whether these days are in force.
  var isChosen: Bool

  var documentTitle: String { "Old songs" }

  static let fields: TemplateFields<Self> = [
    "days": .text { String($0.days) }, "summary": .text(\.summary), "hasSongs": .flag { !$0.songs.isEmpty }, "songs": .list(\.songs),
    "more": .optional(\.more), "isChosen": .flag(\.isChosen),
  ]

  static func sentence(days: Int?) -> String {
    days.map { "Songs that their owner neither likes nor shares nor has in a playlist are removed \($0) days after they were finished." }
      ?? "Songs stay until their owner deletes them."
  }

  static let sample = RetentionPage(
    days: 90, summary: "61 songs of 1,240.0 MB would go now.",
    songs: [OldSongRow(id: 7, title: "Harbour <lights>", owner: "Inês", finished: "3 Jan", size: "12.4 MB")], more: "and 60 more", isChosen: false)
}

struct OldSongRow: TemplateModel {
  let id: Int
  let title: String
  let owner: String
  let finished: String
  let size: String

  static let fields: TemplateFields<Self> = [
    "songID": .text { String($0.id) }, "title": .text(\.title), "owner": .text(\.owner), "finished": .text(\.finished), "size": .text(\.size),
  ]
}

extension AdminPage {
  static func quotaEntry(mebibytes: String, error: String? = nil) -> FormField {
    FormField(
      name: "quota", label: "MiB that everybody may keep", help: "Empty for no limit. Who has as much can make and upload nothing more.",
      value: mebibytes, control: .number(min: "1", max: String(Store.maximumQuota), step: "1"), error: error)
  }

  static func retentionEntry(days: String, error: String? = nil) -> FormField {
    FormField(
      name: "days", label: "Remove songs older than so many days", help: "Nothing is removed before you have seen what.", value: days,
      control: .number(min: "1", max: "36500", step: "1"), isRequired: true, error: error)
  }
}

extension Routes {
  private static let listedSongs = 100

  @Sendable static func chooseQuota(_ context: Context, _ user: User) throws -> Response {
    let text = try context.ownForm()["quota"]?.trimmingCharacters(in: .whitespaces) ?? ""
    guard text.isEmpty || Int(text).map((1...Store.maximumQuota).contains) == true else {
      var page = try AdminPage(for: user, in: context)
      page.quotaEntry = AdminPage.quotaEntry(mebibytes: text, error: "A number from 1 to \(Store.maximumQuota), or nothing.")
      return try context.page(page, user: user, status: .unprocessable)
    }
    try context.store.set(.storageQuota, to: text.isEmpty ? nil : text)
    context.note(.settingChanged, by: user, "storage: \(text.isEmpty ? "no limit" : text + " MiB each")")
    return .redirect(to: Address.admin.path)
  }

  @Sendable static func showRetention(_ context: Context, _ user: User) throws -> Response {
    let text = context.request.query["days"] ?? ""
    guard let days = try Int(text) ?? context.store.retentionDays(), (1...36_500).contains(days) else {
      var page = try AdminPage(for: user, in: context)
      page.retentionEntry = AdminPage.retentionEntry(days: text, error: "A number from 1 to 36500.")
      return try context.page(page, user: user, status: .unprocessable)
    }
    let now = Date()
    let (songs, count, bytes) = try context.store.oldSongs(olderThan: days, limit: listedSongs, now: now)
    let page = RetentionPage(
      days: days,
      summary: count == 0 ? "Nothing would go now." : "\(count == 1 ? "1 song" : "\(Amount.text(count)) songs") of \(ByteCount.text(bytes)) would go now.",
      songs: songs.map { song in
        OldSongRow(
          id: Int(song.id), title: song.title, owner: song.userName, finished: Moment(song.completedAt, now: now).words, size: ByteCount.text(song.bytes))
      }, more: count > songs.count ? "and \(Amount.text(count - songs.count)) more" : nil, isChosen: try context.store.retentionDays() == days)
    return try context.page(page, user: user)
  }

  @Sendable static func chooseRetention(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    let text = form["days"] ?? ""
    guard text.isEmpty || Int(text).map((1...36_500).contains) == true else { throw HTTPError.badRequest("days must be from 1 to 36500, or empty.") }
    try context.store.set(.retentionDays, to: text.isEmpty ? nil : text)
    context.note(.settingChanged, by: user, text.isEmpty ? "songs stay" : "songs go after \(text) days")
    let count = try context.store.deleteOldSongs()
    if count > 0 { context.note(.songDeleted, by: user, "\(count) songs older than \(text) days") }
    context.studio.wakeWorker()
    var page = try AdminPage(for: user, in: context)
    page.notice = text.isEmpty ? "Songs stay." : "\(count == 1 ? "1 song was" : "\(Amount.text(count)) songs were") removed."
    return try context.page(page, user: user)
  }
}
