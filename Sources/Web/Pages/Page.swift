/// A page of the site: its model, the template that shows it, and where it stands in the navigation.
protocol Page: TemplateModel {
  /// The template's file name without its extension; scripts and styles know the page by it too.
  static var name: String { get }
  var section: Section? { get }
  /// What the browser's tab says, most telling part first; the site's name is added.
  var documentTitle: String { get }
  /// The template around it.
  static var frame: String { get }
  /// What other sites show of a link to it.
  var card: SocialCard? { get }
  /// Whether something can be heard on it though nobody is signed in.
  var isHeardByAll: Bool { get }
  /// Whether a browser without scripts should ask again by itself: only while a job is unfinished.
  var isUnfinished: Bool { get }
}

extension Page {
  var section: Section? { nil }
  var isUnfinished: Bool { false }
  static var frame: String { "layout" }
  var card: SocialCard? { nil }
  var isHeardByAll: Bool { false }
}

/// The entries of the navigation.
enum Section: Sendable {
  case create, library, queue, uploads, help, account
}

/// How the pages look, as the reader chose it.
enum Theme: String, Sendable, CaseIterable {
  case system, light, dark

  var word: String {
    switch self {
    case .system: "As the system"
    case .light: "Light"
    case .dark: "Dark"
    }
  }
}

/// What every page needs of the request that asked for it.
struct Shell: Sendable {
  /// Until somebody has named the studio.
  static let defaultSiteName = "Cantiga"

  var siteName: String
  /// Where the static files are: "/static/3f2a". The second part changes with the files.
  var assetBase: String
  var theme: Theme
  /// The token that every form sends back as `csrf`.
  var csrf: String
  /// nil when nobody is signed in.
  var userName: String?

  init(
    siteName: String, assetBase: String, theme: Theme = .system, csrf: String,
    userName: String? = nil
  ) {
    self.siteName = siteName
    self.assetBase = assetBase
    self.theme = theme
    self.csrf = csrf
    self.userName = userName
  }

  static let sample = Shell(
    siteName: "Cantiga", assetBase: "/static/dev", csrf: "sample-token", userName: "Martim")
}

/// The frame around every page. A page's template sees these fields too.
struct Layout: TemplateModel {
  let title: String
  let pageName: String
  let siteName: String
  let assetBase: String
  /// nil follows the system.
  let theme: String?
  let csrf: String
  let userName: String?
  let refreshes: Bool
  let card: SocialCard?
  let hasPlayer: Bool
  let inCreate: Bool
  let inLibrary: Bool
  let inQueue: Bool
  let inUploads: Bool
  let inHelp: Bool
  let inAccount: Bool

  init<P: Page>(_ page: P, in shell: Shell) {
    title = page.documentTitle + " – " + shell.siteName
    pageName = P.name
    siteName = shell.siteName
    assetBase = shell.assetBase
    theme = shell.theme == .system ? nil : shell.theme.rawValue
    csrf = shell.csrf
    userName = shell.userName
    refreshes = page.isUnfinished
    card = page.card
    hasPlayer = shell.userName != nil || page.isHeardByAll
    inCreate = page.section == .create
    inLibrary = page.section == .library
    inQueue = page.section == .queue
    inUploads = page.section == .uploads
    inHelp = page.section == .help
    inAccount = page.section == .account
  }

  static let fields: TemplateFields<Self> = [
    "title": .text(\.title),
    "pageName": .text(\.pageName),
    "siteName": .text(\.siteName),
    "assetBase": .text(\.assetBase),
    "theme": .optional(\.theme),
    "csrf": .text(\.csrf),
    "userName": .optional(\.userName),
    "refreshes": .flag(\.refreshes),
    "card": .part(\.card),
    "hasPlayer": .flag(\.hasPlayer),
    "inCreate": .flag(\.inCreate),
    "inLibrary": .flag(\.inLibrary),
    "inQueue": .flag(\.inQueue),
    "inUploads": .flag(\.inUploads),
    "inHelp": .flag(\.inHelp),
    "inAccount": .flag(\.inAccount),
  ]
}
