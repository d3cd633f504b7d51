/// The reader's account: API keys, looks, signing out.
struct AccountPage: Page {
  static let name = "account"
  var section: Section? { .account }

  var accountName: String
  var email: String
  var keys: [KeyRow]
  /// A key just made: the only time that it is shown.
  var newKey: String?
  var keyName: FormField
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
    "keyName": .part(\.keyName),
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
  let isRevoked: Bool

  static let fields: TemplateFields<Self> = [
    "keyID": .text { String($0.id) },
    "name": .text(\.name),
    "prefix": .text(\.prefix),
    "created": .text(\.created),
    "lastUsed": .text(\.lastUsed),
    "isRevoked": .flag(\.isRevoked),
  ]
}

extension AccountPage {
  static let sample = AccountPage(
    accountName: "Martim", email: "martim@example.org",
    keys: [
      KeyRow(id: 1, name: "Laptop", prefix: "ap_3f9c…", created: "1 Feb", lastUsed: "yesterday", isRevoked: false),
      KeyRow(id: 2, name: "Old phone", prefix: "ap_77b0…", created: "3 Jan", lastUsed: "never", isRevoked: true),
    ], newKey: nil, keyName: nameField(error: nil), themes: themes(chosen: .system),
    baseURL: "http://127.0.0.1:8123")
  static let newKeySample: AccountPage = {
    var page = AccountPage.sample
    page.newKey = "ap_Zk3vN0Tq9sWbYcX1fLrJm5uHd8gPa2eQ7iKo4nB6"
    return page
  }()

  static func nameField(value: String = "", error: String?) -> FormField {
    FormField(
      name: "key_name", label: "Name of the key", help: "Where you will use it: “laptop”, “radio script”.",
      value: value, control: .line(maxLength: 60), isRequired: true, error: error)
  }

  static func themes(chosen: Theme) -> [Choice] {
    Theme.allCases.map {
      Choice(value: $0.rawValue, label: $0.word, isChosen: $0 == chosen)
    }
  }
}
