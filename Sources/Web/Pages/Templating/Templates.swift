import Foundation
import Mustache

/// Every page's template, read and checked once at start.
public struct Templates: Sendable {
  private let library: MustacheLibrary

  /// The pages of the site.
  static let pageTypes: [any Page.Type] = [
    CreatePage.self, JobPage.self, ChangePage.self, ScorePage.self, LibraryPage.self, PlaylistsPage.self, PlaylistPage.self, UploadsPage.self, UploadPage.self, UsePage.self,
    LoginPage.self, SetupPage.self, RegisterPage.self, ResetPage.self, SharedPage.self, EmbedPage.self, AccountPage.self, AdminPage.self, AuditPage.self, RetentionPage.self, ModelsPage.self,
    HelpPage.self, DocsPage.self, ErrorPage.self,
  ]

  /// Reads `*.mustache` in `directory`. Throws a `TemplateError` for a file that is missing or broken and
  /// for a tag that its page's model does not have.
  public init(directory: String) throws {
    let texts = try Templates.read(directory)
    let check = TemplateCheck(texts: texts)
    for type in Templates.pageTypes { try Templates.check(type, check) }
    var templates: [String: MustacheTemplate] = [:]
    for (name, text) in texts {
      do { templates[name] = try MustacheTemplate(string: text) } catch {
        throw TemplateError.syntax(file: name + ".mustache", line: 1, message: "\(error)")
      }
    }
    library = MustacheLibrary(templates: templates)
  }

  /// The whole HTML document of a page.
  func render<P: Page>(_ page: P, in shell: Shell) -> String {
    guard let html = library.render(Document(page: page, layout: Layout(page, in: shell)), withTemplate: P.frame) else {
      preconditionFailure("the frame was there at start")
    }
    return html
  }

  /// What the layout shows: a page's own values, and around them the layout's.
  private struct Document<P: Page>: MustacheParent {
    let page: P
    let layout: Layout

    func child(named name: String) -> Any? {
      // The layout includes the page's template as the dynamic partial `{{> *main}}`.
      name == "main" ? P.name : page.child(named: name) ?? layout.child(named: name)
    }
  }

  private static func check<P: Page>(_ type: P.Type, _ check: TemplateCheck) throws(TemplateError) {
    try check.check(type.frame, main: P.name, models: [TemplateSchema(Layout.self), TemplateSchema(P.self)])
  }

  private static func read(_ directory: String) throws -> [String: String] {
    var texts: [String: String] = [:]
    for file in try files(in: directory) {
      let path = directory + "/" + file
      do { texts[String(file.dropLast(".mustache".count))] = try String(contentsOfFile: path, encoding: .utf8) } catch {
        throw TemplateError.unreadable(file: path, reason: error.localizedDescription)
      }
    }
    return texts
  }

  static func files(in directory: String) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: directory)
        .filter { $0.hasSuffix(".mustache") }.sorted()
    } catch {
      throw TemplateError.unreadable(file: directory, reason: error.localizedDescription)
    }
  }
}
