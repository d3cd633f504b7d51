import Foundation
import Mustache
import Testing

@testable import Web

/// The language of the templates: what the library does with our models, and what the check refuses.
@Suite struct PagesTemplateTests {
  private struct Row: TemplateModel {
    let name: String
    let isOn: Bool
    static let fields: TemplateFields<Self> = ["name": .text(\.name), "isOn": .flag(\.isOn)]
  }
  private struct Model: TemplateModel {
    var title = "Title"
    var note: String?
    var path = "M0 0"
    var rows: [Row] = []
    var words: [String] = []
    var first: Row?
    static let fields: TemplateFields<Self> = [
      "title": .text(\.title), "note": .optional(\.note), "path": .markup(\.path),
      "rows": .list(\.rows), "words": .texts(\.words), "first": .part(\.first),
    ]
  }

  private func render(_ text: String, _ model: Model, partials: [String: String] = [:]) throws -> String {
    let texts = partials.merging(["t": text]) { $1 }
    try TemplateCheck(texts: texts).check("t", main: "", models: [TemplateSchema(Model.self)])
    let library = MustacheLibrary(templates: try texts.mapValues { try MustacheTemplate(string: $0) })
    return try #require(library.render(model, withTemplate: "t"))
  }

  @Test func textIsEscapedForElementsAndQuotedAttributes() throws {
    #expect(try render("<b>{{title}}</b>", Model(title: #"<a href="x">'&'</a>"#))
      == "<b>&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;</b>")
  }

  @Test func onlyFieldsDeclaredMarkupEscapeEscaping() throws {
    #expect(try render("{{{path}}}", Model(path: "M0 0<")) == "M0 0<")
    #expect(throws: TemplateError.wrongUse(
      file: "t.mustache", line: 1, tag: "title", message: "is not markup: write {{title}}")
    ) { try render("{{{title}}}", Model()) }
    #expect(throws: TemplateError.wrongUse(
      file: "t.mustache", line: 1, tag: "path", message: "is markup: write {{{path}}}")
    ) { try render("{{path}}", Model()) }
  }

  @Test func sectionsFollowFlagsListsAndPresence() throws {
    let model = Model(
      note: nil, rows: [Row(name: "a", isOn: true), Row(name: "b", isOn: false)], words: ["x", "<"])
    #expect(try render("{{#rows}}{{name}}{{#isOn}}+{{/isOn}}{{^isOn}}-{{/isOn}}{{/rows}}", model) == "a+b-")
    #expect(try render("{{#words}}[{{.}}]{{/words}}", model) == "[x][&lt;]")
    #expect(try render("{{#note}}{{note}}{{/note}}{{^note}}none{{/note}}", model) == "none")
    #expect(try render("{{#first}}{{name}}{{/first}}{{^first}}none{{/first}}", model) == "none")
    #expect(try render("{{#first}}{{name}} of {{title}}{{/first}}", Model(first: Row(name: "a", isOn: true)))
      == "a of Title")
    #expect(try render("{{#note}}{{note}}{{/note}}{{^note}}none{{/note}}", Model(note: "")) == "none")
  }

  @Test func aPartialSeesTheScopeItIsIncludedIn() throws {
    let rows = Model(rows: [Row(name: "a", isOn: true)])
    #expect(try render("{{#rows}}{{> row}}{{/rows}}", rows, partials: ["row": "{{name}}/{{title}}"]) == "a/Title")
  }

  @Test func aMisspeltTagStopsTheStart() {
    #expect(throws: TemplateError.unknownTag(
      file: "t.mustache", line: 2, tag: "nmae", models: ["Row", "Model"])
    ) { try render("<p>\n{{#rows}}{{nmae}}{{/rows}}", Model()) }
    #expect(throws: TemplateError.unreadable(file: "row.mustache", reason: "there is no such file")) {
      try render("{{> row}}", Model())
    }
  }

  @Test func brokenTemplatesNameTheirLine() {
    #expect(throws: TemplateError.syntax(
      file: "t.mustache", line: 2, message: "the section \"rows\" is never closed")
    ) { try render("\n{{#rows}}", Model()) }
    #expect(throws: TemplateError.syntax(
      file: "t.mustache", line: 1, message: "\"rows\" is closed here but not open")
    ) { try render("{{/rows}}", Model()) }
    #expect(throws: TemplateError.syntax(
      file: "t.mustache", line: 1, message: "a tag is not closed on its line")
    ) { try render("{{title", Model()) }
    #expect(throws: TemplateError.syntax(
      file: "a.mustache", line: 1, message: "\"a\" includes itself")
    ) { try render("{{> a}}", Model(), partials: ["a": "{{> a}}"]) }
  }

  @Test func aMissingFolderOrPageStopsTheStart() throws {
    #expect(throws: TemplateError.self) { try Templates(directory: "/nowhere") }
    let folder = FileManager.default.temporaryDirectory.path + "/pages-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
    #expect(throws: TemplateError.unreadable(file: "layout.mustache", reason: "there is no such file")) {
      try Templates(directory: folder)
    }
  }
}
