/// The reader's account: password, where it is signed in, API keys, looks, signing out.
struct AccountPage: Page {
  static let name = "account"
  var section: Section? { .account }

  var accountName: String
  var email: String
  var keys: [KeyRow]
  /// A key just made: the only time that it is shown.
  var newKey: String?
  var keyEntries: [FormField]
  var passwordEntries: [FormField]
  /// What has just been done, in a sentence.
  var notice: String?
  var places: [PlaceRow]
  var isAdmin: Bool
  /// Nil where nothing costs anything.
  var credits: CreditsSection?
  /// Nil where there are none, and none are sent.
  var webhooks: WebhooksSection?
  var data: DataSection
  var themes: [Choice]
  /// "http://127.0.0.1:8123", for the example call.
  var baseURL: String

  var documentTitle: String { "Account" }

  static let fields: TemplateFields<Self> = [
    "accountName": .text(\.accountName),
    "email": .text(\.email),
    "hasKeys": .flag { !$0.keys.isEmpty },
    "keys": .list(\.keys),
    "newKey": .optional(\.newKey),
    "keyEntries": .list(\.keyEntries),
    "passwordEntries": .list(\.passwordEntries),
    "notice": .optional(\.notice),
    "places": .list(\.places),
    "isAdmin": .flag(\.isAdmin),
    "credits": .part(\.credits),
    "webhookSection": .part(\.webhooks),
    "data": .part(\.data),
    "themes": .list(\.themes),
    "baseURL": .text(\.baseURL),
  ]
}

struct KeyRow: TemplateModel {
  let id: Int
  let name: String
  /// "ap_3f9c…".
  let prefix: String
  let created: String
  /// "yesterday", "never".
  let lastUsed: String
  /// "Everything", "Songs".
  let scopes: String
  /// "never", "27 Feb".
  let expires: String
  /// "revoked" or "expired"; nil while it works.
  let end: String?

  static let fields: TemplateFields<Self> = [
    "keyID": .text { String($0.id) },
    "name": .text(\.name),
    "prefix": .text(\.prefix),
    "created": .text(\.created),
    "lastUsed": .text(\.lastUsed),
    "scopes": .text(\.scopes),
    "expires": .text(\.expires),
    "end": .optional(\.end),
  ]
}

/// A browser or a program that is signed in.
struct PlaceRow: TemplateModel {
  /// Where the form goes that signs it out.
  let action: String
  /// "Firefox on Linux", or what else it calls itself.
  let name: String
  let since: String
  let lastSeen: String
  let isThis: Bool

  static let fields: TemplateFields<Self> = [
    "action": .text(\.action), "name": .text(\.name), "since": .text(\.since), "lastSeen": .text(\.lastSeen), "isThis": .flag(\.isThis),
  ]
}

/// What the reader has, and what became of it.
struct CreditsSection: TemplateModel {
  let available: String
  /// Nil when nothing is reserved.
  let held: String?
  /// Nil when the wallet is empty.
  let wallet: String?
  let renewal: String
  let entries: [CreditRow]

  static let fields: TemplateFields<Self> = [
    "available": .text(\.available), "held": .optional(\.held), "wallet": .optional(\.wallet), "renewal": .text(\.renewal),
    "hasEntries": .flag { !$0.entries.isEmpty }, "entries": .list(\.entries),
  ]
}

/// One transfer of the ledger.
struct CreditRow: TemplateModel {
  let when: String
  let what: String
  let amount: String

  static let fields: TemplateFields<Self> = ["when": .text(\.when), "what": .text(\.what), "amount": .text(\.amount)]
}

extension AccountPage {
  static let sample = AccountPage(
    accountName: "Martim", email: "martim@example.org",
    keys: [
      KeyRow(
        id: 1, name: "Laptop", prefix: "ap_3f9c…", created: "1 Feb", lastUsed: "yesterday", scopes: "Everything", expires: "never",
        end: nil),
      KeyRow(
        id: 2, name: "Old phone", prefix: "ap_77b0…", created: "3 Jan", lastUsed: "never", scopes: "Songs", expires: "2 Feb",
        end: "revoked"),
    ], newKey: nil, keyEntries: keyEntries(), passwordEntries: passwordEntries(),
    places: [
      PlaceRow(action: "/account/sessions/1/end", name: "Firefox on Linux", since: "1 Feb", lastSeen: "today, 14:02", isThis: true),
      PlaceRow(action: "/account/programs/2/end", name: "curl/7.88", since: "1 Feb", lastSeen: "yesterday", isThis: false),
    ], isAdmin: true,
    credits: CreditsSection(
      available: "9,975", held: "25", wallet: "$1.00", renewal: "1 Mar",
      entries: [
        CreditRow(when: "today, 14:02", what: "Reserved for song 7", amount: "25 credits"),
        CreditRow(when: "1 Feb", what: "The month's credits", amount: "10,000 credits"),
      ]), webhooks: .sample, data: .sample, themes: themes(chosen: .system),
    baseURL: "http://127.0.0.1:8123")
  static let newKeySample: AccountPage = {
    var page = AccountPage.sample
    page.webhooks?.newSecret = "whsec_Zk3vN0Tq9sWbYcX1fLrJm5uHd8gPa2eQ"
    page.newKey = "ap_Zk3vN0Tq9sWbYcX1fLrJm5uHd8gPa2eQ7iKo4nB6"
    return page
  }()

  /// - Parameter error: what is wrong with the name.
  static func keyEntries(name: String = "", use: KeyUse = .everything, days: String = "", error: String? = nil) -> [FormField] {
    let spans = [("", "Until I revoke it"), ("30", "30 days"), ("90", "90 days"), ("365", "A year")]
    return [
      FormField(
        name: "key_name", label: "Name of the key", help: "Where you will use it: “laptop”, “radio script”.",
        value: name, control: .line(maxLength: 60), isRequired: true, error: error),
      FormField(
        name: "key_use", label: "What it may do",
        control: .choice(KeyUse.allCases.map { Choice(value: $0.rawValue, label: $0.words, isChosen: $0 == use) })),
      FormField(
        name: "key_days", label: "How long it works",
        control: .choice(spans.map { Choice(value: $0.0, label: $0.1, isChosen: $0.0 == days) })),
    ]
  }

  static func passwordEntries(current: String? = nil, new: String? = nil) -> [FormField] {
    [
      FormField(
        name: "current_password", label: "Password now",
        control: .credential(type: "password", autocomplete: "current-password"), isRequired: true, error: current),
      NewAccount.newPasswordField(name: "new_password", label: "New password", error: new),
    ]
  }

  static func themes(chosen: Theme) -> [Choice] {
    Theme.allCases.map {
      Choice(value: $0.rawValue, label: $0.word, isChosen: $0 == chosen)
    }
  }
}

/// The sets of scopes that the page offers; programs can choose any.
enum KeyUse: String, CaseIterable {
  case everything, songs, reading

  var words: String {
    switch self {
    case .everything: "Everything"
    case .songs: "Make and change songs"
    case .reading: "Only read songs"
    }
  }

  var scopes: [String] {
    switch self {
    case .everything: [Scope.all]
    case .songs: [Scope.readMusic, .makeMusic, .readAccount, .readCredits].map(\.rawValue)
    case .reading: [Scope.readMusic.rawValue]
    }
  }
}
