import Foundation

/// A language and how it is sung.
public struct SingingLanguage: Sendable, Hashable {
  /// What makes the sound.
  public enum Source: String, Sendable, CaseIterable {
    /// The voice network.
    case neural
    /// espeak-ng's own sound.
    case draft
    /// Nothing: the language can't be read.
    case none
  }
  /// What is known of how well it is understood (`singer.md` appendix C).
  public enum Status: String, Sendable, CaseIterable {
    /// The network has learnt from this language.
    case trained
    /// Judged with a speech recogniser.
    case good, fair
    /// Its phones are those of the language, but nobody has judged the result.
    case plausible
    case weak
    /// Pronounced by the rules of a related language.
    case alias
    case unsupported
  }
  /// ISO 639-1, or 639-3 where there is none: "de", "haw".
  public let code: String
  /// In English.
  public let name: String
  /// espeak-ng's; nil where it has none that can be used.
  public let voice: String?
  public let source: Source
  public let status: Status
  let scripts: [Script]
  /// What a listener should be told, in a sentence.
  public let notice: String?
}

/// The table of languages (`Languages/languages.tsv`).
public struct SingingLanguages: Sendable {
  /// By code.
  public let all: [SingingLanguage]
  private let byCode: [String: SingingLanguage]

  /// - Throws: `LyricReaderError` naming the line that can't be used.
  init(text: String) throws(LyricReaderError) {
    var all: [SingingLanguage] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where !line.isEmpty && !line.hasPrefix("#") {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 7, let source = SingingLanguage.Source(rawValue: fields[3]),
        let status = SingingLanguage.Status(rawValue: fields[4])
      else { throw .badResource(name: "languages.tsv", line: index + 1) }
      let scripts = fields[5].split(separator: " ").compactMap { Script(rawValue: String($0)) }
      guard !scripts.isEmpty, (source == .none) == (fields[2] == "-") else {
        throw .badResource(name: "languages.tsv", line: index + 1)
      }
      all.append(
        SingingLanguage(
          code: fields[0], name: fields[1], voice: fields[2] == "-" ? nil : fields[2], source: source, status: status,
          scripts: scripts, notice: fields[6].isEmpty ? nil : fields[6]))
    }
    self.all = all
    byCode = Dictionary(all.map { ($0.code, $0) }) { first, _ in first }
  }

  /// Nil for a code that isn't in the table.
  public subscript(code: String) -> SingingLanguage? { byCode[code] }
}
