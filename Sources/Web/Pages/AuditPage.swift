import FastCGI
import Foundation
import Store

/// What happened in the studio: the administrators' log, a page at a time.
struct AuditPage: Page {
  static let name = "audit"
  var section: Section? { .account }

  var entries: [AuditRow]
  var previousHref: String?
  var nextHref: String?
  /// "Page 2 of 5", nil when all fit on one.
  var pageSentence: String?

  var documentTitle: String { "What happened here" }

  static let fields: TemplateFields<Self> = [
    "hasEntries": .flag { !$0.entries.isEmpty }, "entries": .list(\.entries), "previousHref": .optional(\.previousHref),
    "nextHref": .optional(\.nextHref), "pageSentence": .optional(\.pageSentence),
  ]

  static let sample = AuditPage(
    entries: [
      AuditRow(when: "today, 14:02", timestamp: "2027-01-15T14:02:00Z", who: "Martim", what: "Made a key", detail: "ap_3f9c…, *", from: "192.0.2.7"),
      AuditRow(
        when: "1 Feb", timestamp: "2027-02-01T14:02:00Z", who: "", what: "Failed to sign in", detail: "a name that nobody has", from: "192.0.2.9"),
    ], previousHref: nil, nextHref: "/admin/log?page=2", pageSentence: "Page 1 of 2")
}

/// A line of the log.
struct AuditRow: TemplateModel {
  let when: String
  /// ISO 8601.
  let timestamp: String
  /// Empty where nobody is known.
  let who: String
  let what: String
  let detail: String
  let from: String

  static let fields: TemplateFields<Self> = [
    "when": .text(\.when), "timestamp": .text(\.timestamp), "who": .text(\.who), "what": .text(\.what), "detail": .text(\.detail),
    "from": .text(\.from),
  ]
}

extension Routes {
  private static let auditPageSize = 50

  @Sendable static func showAuditLog(_ context: Context, _ user: User) throws -> Response {
    let asked = min(max(context.request.query["page"].flatMap(Int.init) ?? 1, 1), 1_000_000)
    let (entries, total) = try context.store.auditLog(skip: (asked - 1) * auditPageSize, limit: auditPageSize)
    let now = Date()
    let pager = Pager(page: asked, size: auditPageSize, total: total) { "/admin/log" + ($0 > 1 ? "?page=\($0)" : "") }
    let page = AuditPage(
      entries: entries.map { entry in
        let moment = Moment(entry.at, now: now)
        return AuditRow(
          when: moment.words, timestamp: moment.timestamp, who: entry.userName, what: entry.event.words, detail: entry.detail, from: entry.address)
      }, previousHref: pager.previousHref, nextHref: pager.nextHref, pageSentence: pager.sentence)
    return try context.page(page, user: user)
  }
}

extension AuditEvent {
  /// As the page says it.
  fileprivate var words: String {
    switch self {
    case .signedIn: "Signed in"
    case .signInFailed: "Failed to sign in"
    case .signInBlocked: "Was not let try to sign in"
    case .accountMade: "Made an account"
    case .passwordChanged: "Changed the password"
    case .passwordReset: "Set a new password by a link"
    case .resetLinkMade: "Made a link for a new password"
    case .keyMade: "Made a key"
    case .keyRevoked: "Revoked a key"
    case .invited: "Invited"
    case .invitationWithdrawn: "Withdrew an invitation"
    case .roleChanged: "Changed a role"
    case .switchedOff: "Switched an account off"
    case .switchedOn: "Switched an account on"
    case .settingChanged: "Changed a setting"
    case .creditsGranted: "Gave credits"
    case .webhookMade: "Made a webhook"
    case .webhookDeleted: "Deleted a webhook"
    case .songDeleted: "Deleted a song"
    case .uploadDeleted: "Deleted an upload"
    case .dataExported: "Asked for their data"
    }
  }
}
