public import JSON

/// One parameter of a request: its names, its type and range, its default, and the words that explain it.
/// Validation, the OpenAPI document, the create form and the help page are all made from this.
public struct Parameter: Sendable {
  /// The canonical name.
  public let name: String
  /// Other names that are accepted, in order of precedence after the canonical one.
  public let aliases: [String]
  public let kind: Kind
  /// What is used where the caller gives nothing; null where the engine chooses.
  public let defaultValue: JSON
  public let group: Group
  /// As labelled in a form.
  public let title: String
  /// What it does and when to touch it.
  public let help: String

  /// The type of a parameter and its bounds.
  public enum Kind: Sendable {
    /// Text of at most so many characters.
    case text(maximum: Int)
    case boolean
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    /// A number where what lies above `clampedTo` (within the range) is lowered to it.
    case clampedNumber(ClosedRange<Double>, clampedTo: Double)
    /// Seconds, or -1 for automatic.
    case duration(ClosedRange<Double>)
    /// One of these words in any case, with blanks, hyphens or underscores; `synonyms` map to them.
    case choice([String], synonyms: [String: String])
    /// A list of at most so many integers.
    case integers(ClosedRange<Int>, maximumCount: Int)
    /// A key such as `A minor`.
    case key
    /// A time signature.
    case meter
    /// An ISO 639-1 code or `unknown`.
    case language
    /// A preset's name.
    case preset
    /// An http or https address.
    case webAddress
    /// The name of an installed adapter; there are none yet.
    case adapter
  }

  /// The groups of the advanced form.
  public enum Group: String, Sendable, CaseIterable {
    case source, text, core, music, engine, diffusion, languageModel, output, lora
    public var title: String {
      switch self {
      case .source: "What to change"
      case .text: "Words"
      case .core: "Length and variations"
      case .music: "Style"
      case .engine: "Engine"
      case .diffusion: "Diffusion"
      case .languageModel: "Language model"
      case .output: "Output"
      case .lora: "LoRA"
      }
    }
  }

  init(
    _ name: String, aliases: [String] = [], _ kind: Kind, default defaultValue: JSON = .null, _ group: Group,
    _ title: String, _ help: String
  ) {
    self.name = name
    self.aliases = aliases
    self.kind = kind
    self.defaultValue = defaultValue
    self.group = group
    self.title = title
    self.help = help
  }

  /// What is allowed, as the end of a sentence: "must be between 30 and 300".
  public var rule: String {
    switch kind {
    case .text(let maximum): "must be text of at most \(maximum) characters, without control characters"
    case .boolean: "must be true or false"
    case .integer(let range) where name == "seed": "must be -1 (random) or an integer between 0 and \(range.upperBound)"
    case .integer(let range): "must be an integer between \(range.lowerBound) and \(range.upperBound)"
    case .number(let range), .clampedNumber(let range, _):
      "must be a number between \(range.lowerBound.short) and \(range.upperBound.short)"
    case .duration(let range):
      "must be -1 or between \(range.lowerBound.short) and \(range.upperBound.short) seconds"
    case .choice(let words, _): "must be one of \(words.joined(separator: ", "))"
    case .integers(let range, let count):
      "must be a list of at most \(count) integers between \(range.lowerBound) and \(range.upperBound)"
    case .key: "must be a key such as C Major, Am or F# minor"
    case .meter: "must be one of 2/4, 3/4, 4/4, 6/8"
    case .language: "must be a two-letter ISO 639-1 language code"
    case .preset: "must be one of \(GenrePreset.all.map(\.name).joined(separator: ", "))"
    case .webAddress: "must be an http or https address"
    case .adapter: "must name an adapter that is installed on this server; none is"
    }
  }
}

extension Double {
  /// Without a fraction of zero.
  fileprivate var short: String { self == rounded() ? String(Int(self)) : String(self) }
}
