import Foundation
import Testing

@testable import Web

/// Every page, drawn from its samples with the templates and files of the repository.
@Suite struct PagesTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// Every sample's document by a telling name.
  static let documents: [(name: String, html: String)] = {
    guard let templates = try? Templates(directory: root + "/templates") else { return [] }
    func draw(_ name: String, _ page: some Page, signedIn: Bool = true) -> (name: String, html: String) {
      var shell = Shell.sample
      if !signedIn { shell.userName = nil }
      return (name, templates.render(page, in: shell))
    }
    return [
      draw("create", CreatePage.sample), draw("create, first visit", CreatePage.firstVisitSample),
      draw("create, advanced", CreatePage.advancedSample), draw("create, refused", CreatePage.refusedSample),
      draw("library", LibraryPage.sample), draw("playlists", PlaylistsPage.sample), draw("playlist", PlaylistPage.sample), draw("library, empty", LibraryPage.emptySample),
      draw("library, no match", LibraryPage.noMatchSample),
      draw("login", LoginPage.sample, signedIn: false),
      draw("login, refused", LoginPage.refusedSample, signedIn: false),
      draw("setup", SetupPage.sample, signedIn: false),
      draw("setup, refused", SetupPage.refusedSample, signedIn: false),
      draw("login, open", LoginPage.openSample, signedIn: false),
      draw("register", RegisterPage.sample, signedIn: false), draw("register, refused", RegisterPage.refusedSample, signedIn: false),
      draw("shared", SharedPage.sample, signedIn: false), draw("embed", EmbedPage.sample, signedIn: false),
      draw("job, shared", sharedJob),
      draw("reset", ResetPage.sample, signedIn: false),
      draw("admin", AdminPage.sample), draw("admin, new link", AdminPage.newLinkSample), draw("audit log", AuditPage.sample), draw("retention", RetentionPage.sample),
      draw("models", ModelsPage.sample), draw("models, none", ModelsPage.emptySample),
      draw("account", AccountPage.sample), draw("account, new key", AccountPage.newKeySample),
      draw("help", HelpPage.sample), draw("docs", DocsPage.sample),
      draw("uploads", UploadsPage.sample), draw("uploads, refused", UploadsPage.refusedSample),
      draw("use", UsePage.sample), draw("use, reference", UsePage.referenceSample), draw("use, stem", UsePage.extractSample),
      draw("use, stems", UsePage.separationSample), draw("use, notes", UsePage.transcriptionSample),
      draw("change", ChangePage.sample), draw("change, refused", ChangePage.refusedSample),
      draw("score", ScorePage.sample), draw("score, refused", ScorePage.refusedSample), draw("score of a song", ScorePage.songSample),
      draw("change, checkpoint", ChangePage.neuralSample), draw("change, retake", ChangePage.retakeSample), draw("change, words", ChangePage.editSample),
    ] + JobPage.samples.map { draw("job, \($0.key)", $0.value) } + UploadPage.samples.map { draw("upload, \($0.key)", $0.value) }
      + ErrorPage.samples.map { draw("error \($0.status)", $0) }
  }()

  private static var sharedJob: JobPage {
    var page = JobPage.samples["completed"] ?? JobPage.samples.values.first!
    page.sharing = .sample
    return page
  }

  /// What a pattern's only group matches.
  static func matches(_ pattern: String, in text: String) throws -> [String] {
    let expression = try NSRegularExpression(pattern: pattern)
    return expression.matches(in: text, range: NSRange(text.startIndex..., in: text)).compactMap {
      Range($0.range(at: 1), in: text).map { String(text[$0]) }
    }
  }

  static func files(_ folder: String, ending: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root + "/" + folder).filter { $0.hasSuffix(ending) }
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOfFile: root + "/" + path, encoding: .utf8)
  }

  @Test func everyTagOfEveryTemplateIsAFieldOfItsModel() throws {
    _ = try Templates(directory: Self.root + "/templates")
    #expect(Self.documents.count > 20)
  }

  @Test func everyTemplateIsShownSomewhere() throws {
    let pages = Set(Templates.pageTypes.map { $0.name })
    let all = try Self.files("templates", ending: ".mustache").map { String($0.dropLast(9)) }
    let included = try all.flatMap { try Self.matches(#"\{\{> ?([a-z-]+)\}\}"#, in: Self.text("templates/\($0).mustache")) }
    let frames = Set(Templates.pageTypes.map { $0.frame })
    for name in all where !frames.contains(name) {
      #expect(pages.contains(name) || included.contains(name), "\(name).mustache is used by no page")
    }
  }

  @Test(arguments: documents.map(\.name))
  func aPageKeepsToTheContentSecurityPolicy(_ name: String) throws {
    let html = try #require(Self.documents.first { $0.name == name }).html
    #expect(try Self.matches(#"<[^>]*\s(style|on[a-z]+)="#, in: html) == [])
    #expect(try Self.matches(#"(<style|<script(?! type="module" src="/static/)|javascript:)"#, in: html) == [])
    // A canonical address is told, not loaded, and must be whole.
    let loads = html.replacing(/<link rel="canonical"[^>]*>/, with: "")
    #expect(try Self.matches(#"(?:src|href|action)="(https?:)?//"#, in: loads) == [])
  }

  @Test(arguments: documents.map(\.name))
  func aPageIsSoundForEveryReader(_ name: String) throws {
    let html = try #require(Self.documents.first { $0.name == name }).html
    let ids = try Self.matches(#"\sid="([^"]*)""#, in: html)
    #expect(Set(ids).count == ids.count, "an id stands twice")
    for pattern in [#"\sfor="([^"]*)""#, ##"href="#([^"]*)""##, #"aria-labelledby="([^"]*)""#] {
      for id in try Self.matches(pattern, in: html) { #expect(ids.contains(id), "nothing has the id \(id)") }
    }
    for list in try Self.matches(#"aria-describedby="([^"]*)""#, in: html) {
      for id in list.split(separator: " ") { #expect(ids.contains(String(id)), "nothing has the id \(id)") }
    }
    #expect(try Self.matches("(<h1)[ >]", in: html).count == 1)
    #expect(!html.contains("{{") && !html.contains("Optional("))
  }

  @Test(arguments: documents.map(\.name))
  func everyFormThatChangesSomethingCarriesTheToken(_ name: String) throws {
    let html = try #require(Self.documents.first { $0.name == name }).html
    let forms = html.components(separatedBy: "<form ").dropFirst().map {
      $0.components(separatedBy: "</form>")[0]
    }
    for form in forms where form.contains(#"method="post""#) {
      #expect(form.contains(#"name="csrf" value="sample-token""#))
    }
  }

  @Test(arguments: documents.map(\.name))
  func everyFileThatAPageNamesExists(_ name: String) throws {
    let html = try #require(Self.documents.first { $0.name == name }).html
    let icons = try Self.matches(#"<symbol id="([a-z]+)""#, in: Self.text("public/icons.svg"))
    for icon in try Self.matches(#"icons\.svg#([a-z]+)"#, in: html) { #expect(icons.contains(icon)) }
    for file in try Self.matches(##"(?:href|src)="/static/dev/([^"#]+)""##, in: html) where !file.hasPrefix("sample") {
      #expect(FileManager.default.fileExists(atPath: Self.root + "/public/" + file), "public/\(file)")
    }
  }

  @Test func onlyUnfinishedWorkRefreshesByItself() throws {
    for document in Self.documents {
      let refreshes = document.html.contains(#"<noscript><meta http-equiv="refresh""#)
      #expect(refreshes == Self.refreshing.contains(document.name), "\(document.name)")
    }
  }

  private static let refreshing = [
    "job, pending", "job, processing", "job, stems asked for", "job, stems being made", "library", "upload, listening",
    "models",
  ]

  @Test func namesFromPeopleCannotBecomeMarkup() throws {
    var page = try #require(JobPage.samples["completed"])
    page.title = #"</title><script>alert(1)</script>" onload="x"#
    let html = try Templates(directory: Self.root + "/templates").render(page, in: .sample)
    #expect(!html.contains("<script>") && !html.contains(#"" onload"#))
  }

  @Test func theChosenThemeIsOnTheFirstElement() throws {
    let templates = try Templates(directory: Self.root + "/templates")
    var shell = Shell.sample
    #expect(templates.render(HelpPage.sample, in: shell).contains(#"<html lang="en">"#))
    shell.theme = .dark
    #expect(templates.render(HelpPage.sample, in: shell).contains(#"<html lang="en" data-theme="dark">"#))
  }

  @Test func scriptsNeedNoExceptionFromThePolicy() throws {
    for file in try Self.files("public/js", ending: ".js") {
      let script = try Self.text("public/js/" + file)
      #expect(script.hasPrefix("// @ts-check\n"), "\(file)")
      for sink in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "serviceWorker"] {
        #expect(!script.contains(sink), "\(file) uses \(sink)")
      }
    }
  }

  @Test func theStyleSheetHasTheSameColoursForBothWaysIntoTheDark() throws {
    let css = try Self.text("public/cantiga.css")
    let system = try #require(css.components(separatedBy: ":root:not([data-theme=light]) {").last?.components(separatedBy: "}").first)
    let chosen = try #require(css.components(separatedBy: ":root[data-theme=dark] {\n  color-scheme: dark;").last?.components(separatedBy: "}").first)
    func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }
    #expect(words(system) == words(chosen))
  }
}

@Suite struct CoverTests {
  private func drawing(_ cover: Cover) -> String {
    cover.ground + cover.strokes.map { $0.path + $0.colour + $0.width }.joined()
  }

  @Test func aSongKeepsItsCover() {
    #expect(drawing(Cover(id: 7, pitchClass: 3, bpm: 90)) == drawing(Cover(id: 7, pitchClass: 3, bpm: 90)))
  }

  @Test func coversDiffer() {
    #expect(Set((1...100).map { drawing(Cover(id: $0)) }).count == 100)
    #expect(drawing(Cover(id: 7, pitchClass: 3)) != drawing(Cover(id: 7, pitchClass: 4)))
    #expect(drawing(Cover(id: 7, pitchClass: 3)) != drawing(Cover(id: 7, pitchClass: 3, isMinor: true)))
  }

  @Test func strangeFactsStillDraw() {
    for bpm in [-10, 0, 1_000_000, Double.infinity] {
      #expect(!Cover(id: .min, pitchClass: 25, bpm: bpm).strokes.isEmpty)
    }
  }
}
