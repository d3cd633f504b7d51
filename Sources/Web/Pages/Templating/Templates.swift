import Foundation

/// Every page's template, read and compiled once at start.
///
/// Rendering costs tens of microseconds a page: the tags were resolved to property accesses when the
/// templates were loaded.
public struct Templates: Sendable {
  private let pages: [ObjectIdentifier: Template]

  /// The pages of the site.
  static let pageTypes: [any Page.Type] = [
    CreatePage.self, JobPage.self, LibraryPage.self, LoginPage.self, SetupPage.self, AccountPage.self,
    HelpPage.self, ErrorPage.self,
  ]

  /// Reads `*.mustache` in `directory`. Throws a `TemplateError` for a file that is missing or broken and
  /// for a tag that its page's model does not have.
  public init(directory: String) throws {
    var sources: [String: TemplateSource] = [:]
    for file in try Self.files(in: directory) {
      let path = directory + "/" + file
      let text: String
      do {
        text = try String(contentsOfFile: path, encoding: .utf8)
      } catch {
        throw TemplateError.unreadable(file: path, reason: error.localizedDescription)
      }
      sources[String(file.dropLast(".mustache".count))] = try TemplateSource(file: file, text: text)
    }
    var pages: [ObjectIdentifier: Template] = [:]
    for type in Self.pageTypes {
      pages[ObjectIdentifier(type)] = try Self.compile(type, sources: sources)
    }
    self.pages = pages
  }

  /// The whole HTML document of a page.
  func render<P: Page>(_ page: P, in shell: Shell) -> String {
    guard let template = pages[ObjectIdentifier(P.self)] else {
      preconditionFailure("\(P.self) is missing in Templates.pageTypes")
    }
    let layout = Layout(page, in: shell)
    return String(
      decoding: template.render([ModelFrame(layout), ModelFrame(page)], sizeHint: 32_768), as: UTF8.self)
  }

  /// The layout includes the page's own template as the partial `main`.
  private static func compile<P: Page>(
    _ type: P.Type, sources: [String: TemplateSource]
  ) throws -> Template {
    guard let main = sources[P.name] else {
      throw TemplateError.unreadable(file: P.name + ".mustache", reason: "there is no such file")
    }
    var sources = sources
    sources["main"] = main
    return try Template(
      "layout", scopes: [TemplateSchema(Layout.self), TemplateSchema(P.self)], sources: sources)
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
