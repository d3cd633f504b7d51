import Store

/// What an administrator looks after: who may come, who is here.
struct AdminPage: Page {
  static let name = "admin"
  var section: Section? { .account }

  var registrations: [Choice]
  var invitations: [InvitationRow]
  var inviteEntries: [FormField]
  var users: [UserRow]
  var creditEntries: [FormField]
  var grantEntries: [FormField]
  var webhookChoices: [Choice]
  var quotaEntry: FormField
  var retentionEntry: FormField
  /// "Songs stay until somebody deletes them."
  var retentionSentence: String
  /// What has just been done, in a sentence.
  var notice: String?
  /// A link just made: the only time that it is shown.
  var newLink: NewLink?

  var documentTitle: String { "Studio" }

  static let fields: TemplateFields<Self> = [
    "registrations": .list(\.registrations), "hasInvitations": .flag { !$0.invitations.isEmpty },
    "invitations": .list(\.invitations), "inviteEntries": .list(\.inviteEntries), "users": .list(\.users),
    "creditEntries": .list(\.creditEntries), "grantEntries": .list(\.grantEntries), "webhookChoices": .list(\.webhookChoices), "quotaEntry": .part(\.quotaEntry), "retentionEntry": .part(\.retentionEntry),
    "retentionSentence": .text(\.retentionSentence), "notice": .optional(\.notice),
    "newLink": .part(\.newLink),
  ]
}

/// A link to give to somebody.
struct NewLink: TemplateModel {
  /// "Invitation for Ben"
  let title: String
  let url: String
  /// "Works once, until 3 Mar."
  let note: String

  static let fields: TemplateFields<Self> = ["linkTitle": .text(\.title), "linkURL": .text(\.url), "linkNote": .text(\.note)]
}

/// An invitation that nobody has used.
struct InvitationRow: TemplateModel {
  let id: Int
  let note: String
  let role: String
  let expires: String

  static let fields: TemplateFields<Self> = [
    "invitationID": .text { String($0.id) }, "note": .text(\.note), "role": .text(\.role), "expires": .text(\.expires),
  ]
}

/// Somebody with an account.
struct UserRow: TemplateModel {
  let id: String
  let name: String
  let email: String
  let isAdmin: Bool
  let isActive: Bool
  /// Whether it is who looks at the page.
  let isReader: Bool
  let since: String
  /// When they asked for a new password.
  let askedForReset: String?

  static let fields: TemplateFields<Self> = [
    "userID": .text(\.id), "name": .text(\.name), "email": .text(\.email), "isAdmin": .flag(\.isAdmin),
    "isActive": .flag(\.isActive), "isReader": .flag(\.isReader), "since": .text(\.since),
    "askedForReset": .optional(\.askedForReset),
  ]
}

extension AdminPage {
  static let sample = AdminPage(
    registrations: registrations(chosen: .invite),
    invitations: [InvitationRow(id: 3, note: "Ben", role: "member", expires: "27 Feb")], inviteEntries: entries(),
    users: [
      UserRow(
        id: "a", name: "Martim", email: "martim@example.org", isAdmin: true, isActive: true, isReader: true, since: "1 Feb",
        askedForReset: nil),
      UserRow(
        id: "b", name: "Inês", email: "ines@example.org", isAdmin: false, isActive: true, isReader: false, since: "3 Feb",
        askedForReset: "yesterday, 10:00"),
      UserRow(
        id: "c", name: "Old <friend>", email: "", isAdmin: false, isActive: false, isReader: false, since: "3 Jan", askedForReset: nil),
    ], creditEntries: creditEntries(pricing: .tiers, monthly: "10000"), grantEntries: grantEntries(users: [("a", "Martim")]),
    webhookChoices: webhooks(chosen: .off), quotaEntry: quotaEntry(mebibytes: "2000"), retentionEntry: retentionEntry(days: ""),
    retentionSentence: RetentionPage.sentence(days: nil),
    notice: "Inês has 500 credits more.", newLink: nil)
  static let newLinkSample: AdminPage = {
    var page = AdminPage.sample
    page.newLink = NewLink(title: "Invitation for Ben", url: "http://127.0.0.1:8123/invite/abc", note: "Works once, until 27 Feb.")
    return page
  }()

  static func entries(note: String = "", error: String? = nil) -> [FormField] {
    [
      FormField(
        name: "note", label: "For whom", help: "Only you see it.", value: note, control: .line(maxLength: 60), isRequired: true,
        error: error),
      FormField(
        name: "role", label: "As",
        control: .choice([
          Choice(value: "member", label: "Member: makes songs", isChosen: true),
          Choice(value: "admin", label: "Administrator: looks after the studio too", isChosen: false),
        ])),
    ]
  }

  static func creditEntries(pricing: Pricing, monthly: String, error: String? = nil) -> [FormField] {
    [
      FormField(
        name: "pricing", label: "What songs cost",
        control: .choice(Pricing.allCases.map { Choice(value: $0.rawValue, label: $0.words, isChosen: $0 == pricing) })),
      FormField(
        name: "monthly", label: "Credits a month", help: "Everybody is filled up to this when a month begins.", value: monthly,
        control: .number(min: "0", max: String(Store.maximumGrant), step: "1"), isRequired: true, error: error),
    ]
  }

  static func grantEntries(users: [(id: String, name: String)], amount: String = "", error: String? = nil) -> [FormField] {
    [
      FormField(
        name: "user", label: "Give to", control: .choice(users.map { Choice(value: $0.id, label: $0.name, isChosen: false) })),
      FormField(
        name: "amount", label: "How many", value: amount,
        control: .number(min: "1", max: String(Store.maximumGrant), step: "1"), isRequired: true, error: error),
      FormField(
        name: "currency", label: "Of what",
        control: .choice([
          Choice(value: Currency.credits.rawValue, label: "credits", isChosen: true),
          Choice(value: Currency.cents.rawValue, label: "cents in the wallet for keys", isChosen: false),
        ])),
    ]
  }
}

extension Pricing {
  /// As the page says it.
  var words: String {
    switch self {
    case .off: "Nothing: billing is off"
    case .tiers: "5 to 40 credits by length"
    case .perMinute: "990 credits a minute"
    case .perMinuteOld: "1,320 credits a minute"
    }
  }
}
