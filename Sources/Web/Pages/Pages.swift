import FastCGI
import Foundation
import Secrets
import Store

/// What the pages keep between requests: the templates, where the static files are, and what was made from rows
/// that have not changed since.
struct Pages: Sendable {
  let templates: Templates
  /// "/static/3f2a90bc": the second part follows from what the files hold, so browsers may keep them for ever.
  let assetBase: String
  let jobs = RowCache<JobDocumentKey, Document>(capacity: 1024)
  /// The leading parts of finished songs, whose notes never change.
  let notations = RowCache<SourceReference, JobNotation>(capacity: 64)
  let siteNames = RowCache<SettingKey, String>(capacity: 1)

  /// Throws for a template that is missing or broken, and when the static files can't be read.
  init(settings: WebSettings) throws {
    templates = try Templates(directory: settings.templateDirectory)
    assetBase = "/static/" + (try Pages.fingerprint(of: settings.publicDirectory))
  }

  /// Eight digits that differ whenever a file below the folder does.
  private static func fingerprint(of directory: String) throws -> String {
    let directory = URL(fileURLWithPath: directory).resolvingSymlinksInPath().path
    var digests = ""
    for name in try FileManager.default.subpathsOfDirectory(atPath: directory).sorted() {
      let file = URL(fileURLWithPath: directory + "/" + name)
      guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
      digests += name + Secrets.hash(try Data(contentsOf: file).base64EncodedString())
    }
    return String(Secrets.hash(digests).prefix(8))
  }
}

/// What a kept job page depends on besides rows.
struct JobDocumentKey: Hashable, Sendable {
  let job: JobTextKey
  /// From 0.
  let variation: Int
  let theme: Theme
}

/// A rendered page without its form tokens, so that it can be kept: each answer gets a token of its own.
struct Document: Sendable {
  private let pieces: [String]
  /// Stands for the token while the page is rendered. Drawn at each start: no text of a user's can be it.
  fileprivate static let placeholder = Secrets.randomToken()

  fileprivate init(html: String) {
    pieces = html.split(separator: Document.placeholder, omittingEmptySubsequences: false).map(String.init)
  }

  func html(formToken: String) -> String { pieces.joined(separator: formToken) }
}

extension Context {
  /// A page as the reader sees it, to be kept as long as the rows it shows.
  func document(_ page: some Page, user: User?) throws -> Document {
    let shell = shell(siteName: try siteName, userName: user?.name, formToken: Document.placeholder)
    return Document(html: studio.pages.templates.render(page, in: shell))
  }

  /// A page as the reader sees it: with the site's name, the chosen theme and a fresh form token.
  func page(_ page: some Page, user: User?, status: Status = .ok) throws -> Response {
    Response(
      html: studio.pages.templates.render(page, in: shell(siteName: try siteName, userName: user?.name)), status: status)
  }

  private var siteName: String {
    get throws {
      try studio.pages.siteNames.value(for: .siteName, generation: store.currentGeneration) {
        try store.setting(.siteName) ?? Shell.defaultSiteName
      } ?? Shell.defaultSiteName
    }
  }

  /// The frame of a page.
  func shell(siteName: String, userName: String?, formToken: String? = nil) -> Shell {
    Shell(
      siteName: siteName, assetBase: studio.pages.assetBase, theme: theme, csrf: formToken ?? csrfToken, userName: userName)
  }

  /// What the reader chose, kept in a cookie so that the first byte already has it.
  var theme: Theme { request.cookie("theme").flatMap(Theme.init(rawValue:)) ?? .system }

  /// The fields of a form of ours.
  /// - Throws: 403 unless the form was made for this session.
  func ownForm() throws -> Form {
    let form = try request.form()
    try requireOwnForm(token: form["csrf"])
    return form
  }
}

extension Studio {
  /// A refusal as a page.
  func errorPage(_ error: HTTPError, _ context: Context) -> Response {
    let page = ErrorPage(
      status: error.status.code, detail: error.code == "internal_error" ? nil : error.message,
      path: context.request.method == "GET" ? context.request.path : "/")
    do {
      // Asked again: an address that leads nowhere is refused before anybody looks who asks.
      return try context.page(page, user: authentication.visitor(context.request)?.user, status: error.status)
    } catch {
      // The store that failed the request fails its error page too: the page needs nothing of it.
      let shell = context.shell(siteName: Shell.defaultSiteName, userName: nil)
      return Response(html: pages.templates.render(page, in: shell), status: Status(page.status))
    }
  }
}
