import Foundation
import Music

/// Writes music to a brief: a sentence becomes a plan, a plan and a seed become a score.
///
/// Everything after `init` is a pure function: the same brief, plan and seed give the same score, note for note, on
/// every machine. It makes no sound.
///
///     let composer = try Composer()
///     let plan = try composer.plan(CompositionBrief(caption: "slow jazz waltz in D minor", durationSeconds: 60))
///     let composition = try composer.compose(plan, seed: 7)
public struct Composer: Sendable {
  private let styles: StyleBook
  private let lexicon: Lexicon
  let catalogue: InstrumentCatalogue
  private let library: WordLibrary
  private let syllables: SyllableReader
  /// Called between the layers of a song while it is composed; what it throws ends the composing.
  public var check: @Sendable () throws -> Void = {}

  /// Reads the styles and the lexicon from the resource bundle.
  /// - Parameter syllables: how the singer cuts lines; lines get a note for each of its syllables.
  /// - Throws: `ComposerError` naming the file that is missing or can't be used.
  public init(syllables: SyllableReader = .spelling) throws {
    self.syllables = syllables
    guard let styles = Bundle.module.url(forResource: "Styles", withExtension: nil) else {
      throw ComposerError.missingResource("Styles")
    }
    guard let lexicon = Bundle.module.url(forResource: "Lexicon", withExtension: nil) else {
      throw ComposerError.missingResource("Lexicon")
    }
    guard let words = Bundle.module.url(forResource: "Words", withExtension: nil) else {
      throw ComposerError.missingResource("Words")
    }
    self.styles = try StyleBook(folder: styles)
    library = try WordLibrary(folder: words)
    self.lexicon = try Lexicon(folder: lexicon)
    catalogue = try InstrumentCatalogue(file: lexicon.appendingPathComponent("instruments.tsv"))
    for instrument in self.lexicon.values(of: .instrument) where catalogue[instrument] == nil && instrument != "vocals" {
      throw ComposerError.badResource(
        name: "terms.tsv", reason: "the instrument “\(instrument)” is not in instruments.tsv.")
    }
    for theme in self.lexicon.values(of: .theme) where !WordBook.themes.contains(theme) {
      throw ComposerError.badResource(name: "terms-themes.tsv", reason: "“\(theme)” is no theme.")
    }
    for genre in self.lexicon.values(of: .genre) where self.styles[genre] == nil {
      throw ComposerError.badResource(name: "terms.tsv", reason: "there is no style “\(genre)”.")
    }
  }

  /// The names of all styles, presets and sub-styles, in order.
  public var styleNames: [String] { styles.styles.map(\.name) }

  /// ISO 639-1 codes of the languages that lyrics can be written in, in order.
  public var lyricLanguages: [String] { library.languages }

  /// Reads the brief and decides what it leaves open: style, tempo, key, metre, form and length.
  /// - Throws: `ComposerError` when the preset is unknown or a number out of range.
  public func plan(_ brief: CompositionBrief) throws -> SongPlan {
    try planner.plan(brief)
  }

  var planner: Planner { Planner(styles: styles, lexicon: lexicon, library: library, syllables: syllables) }

  /// Writes the music of a plan. Other takes give other progressions, tunes and grooves in the same form.
  /// - Throws: `ComposerError` when the plan names a style that isn't there, or what `check` throws.
  /// - Complexity: O(bars); a song of three minutes takes under 0.2 s.
  public func compose(_ plan: SongPlan, take: Take) throws -> Composition {
    try compose(plan, take: take, keeping: Kept())
  }

  public func compose(_ plan: SongPlan, seed: UInt64) throws -> Composition { try compose(plan, take: Take(seed: seed)) }

  func compose(_ plan: SongPlan, take: Take, keeping kept: Kept) throws -> Composition {
    guard let style = styles[plan.style] else { throw ComposerError.unknownPreset(plan.style, known: styleNames) }
    let frame = SongFrame(plan, take: take)
    if plan.form == .oneShot {
      return try OneShotWriter(style: style, plan: plan, frame: frame, catalogue: catalogue).write()
    }
    return try SongWriter(style: style, plan: plan, frame: frame, catalogue: catalogue, syllables: syllables, kept: kept, check: check).write()
  }
}
