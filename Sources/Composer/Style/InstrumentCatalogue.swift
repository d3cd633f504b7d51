import Foundation
import Music

/// The instruments that a caption can name: rows of `Lexicon/instruments.tsv` (name, shown, instrument, families,
/// roles, low, high, layout, pattern).
struct InstrumentCatalogue: Sendable {
  struct Entry: Sendable {
    /// As the lexicon calls it: "piano".
    var name: String
    /// As shown: "Grand piano".
    var shown: String
    var instrument: Instrument
    /// Other names that it answers to: a violin is one of the strings.
    var families: [String]
    /// What it can do in a band, best first.
    var roles: [Part.Role]
    var range: ClosedRange<Int>
    var layout: Voicer.Layout
    /// The pattern it comps with where the style has none for it.
    var pattern: String?
  }

  /// In file order.
  let entries: [Entry]

  init(file: URL) throws {
    entries = try Lexicon.rows(of: file).map { line, fields in
      func fail(_ what: String) -> ComposerError {
        .badResource(name: file.lastPathComponent, reason: "line \(line): \(what)")
      }
      guard fields.count >= 8, let instrument = Instrument(parsing: fields[2]) else {
        throw fail("it needs name, shown name, instrument, families, roles, low, high and layout.")
      }
      let roles = fields[4].split(separator: ";").map { Part.Role(rawValue: String($0)) }
      guard let low = Int(fields[5]), let high = Int(fields[6]), low < high, !roles.isEmpty, !roles.contains(nil),
        let layout = Voicer.Layout(rawValue: fields[7])
      else { throw fail("its roles, range or layout can't be read.") }
      return Entry(
        name: fields[0], shown: fields[1], instrument: instrument,
        families: fields[3].split(separator: ";").map(String.init), roles: roles.compactMap { $0 },
        range: low...high, layout: layout, pattern: fields.count > 8 && !fields[8].isEmpty ? fields[8] : nil)
    }
  }

  subscript(name: String) -> Entry? { entries.first { $0.name == name } }

  /// The first entry played by this instrument.
  func entry(for instrument: Instrument) -> Entry? { entries.first { $0.instrument == instrument } }
}
