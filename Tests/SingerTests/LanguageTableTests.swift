import Foundation
import Testing

@testable import Singer

/// `LANGUAGES.md` says what the table and the sample sentences say. `CANTIGA_WRITE=1` writes it anew.
@Suite struct LanguageTableTests {
  private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../LANGUAGES.md").standardizedFileURL

  @Test func theDocumentIsTheTable() throws {
    let text = try Self.document()
    if ProcessInfo.processInfo.environment["CANTIGA_WRITE"] != nil { try text.write(to: Self.file, atomically: true, encoding: .utf8) }
    #expect(try String(contentsOf: Self.file, encoding: .utf8) == text)
  }

  private static func document() throws -> String {
    let reader = try LyricReaderTests.reader.get()
    let samples = try Samples.byLanguage()
    var lines = [
      "# Languages", "",
      "What lyrics are sung in. Made from `Sources/Singer/Languages/languages.tsv` by a test; `CANTIGA_WRITE=1 swift test --filter",
      "LanguageTableTests` writes it anew.", "",
      "* **Voice**: `neural` is the voice network, `draft` espeak-ng's own sound; without a voice pack all are `draft`; `none` is played on",
      "  an instrument.",
      "* **Reading**: `trained` the network has learnt it; `good`, `fair` judged by a speech recogniser; `plausible` the phones are those of",
      "  the language, nobody has judged the result; `weak`, `alias` (read by a related language's rules) and `unsupported`.",
      "* **Syllables**: of a sample sentence, as the reader counts them; a guard against change, not a speaker's count.", "",
      "| Code | Language | Voice | Reading | Syllables | Note |", "|---|---|---|---|---|---|",
    ]
    for language in reader.languages.all {
      let syllables = samples[language.code].map { "\($0.syllables)" } ?? ""
      lines.append(
        "| \(language.code) | \(language.name) | \(language.source.rawValue) | \(language.status.rawValue) | \(syllables) | \(language.notice ?? "") |")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
