import JSON

/// The parameters of the score-first calls (`api.md` 20).
extension ParameterSchema {
  static let scorePlan = [
    Parameter("description", .text(maximum: 1000), .text, "Description",
      "The song in a sentence; its lyrics are written too. Instead of style and lyrics."),
    style("Required unless there is a description."),
    lyrics("Without them the piece is played."),
    Parameter("target_seconds", .integer(30...300), .core, "Length in seconds", "A guide for what is written."),
    Parameter("language", .language, default: "unknown", .music, "Language", "In which the lyrics are written."),
    cot("full"), seed, guidance, name,
  ]

  static let scoreRevise = [
    sourceScore,
    Parameter("instruction", .text(maximum: 500), .text, "Instruction",
      "What to change, in plain words: transpose it up a third, another melody, replace the piano with strings."),
    Parameter("section", .text(maximum: 60), .source, "Section", "chorus for every chorus, chorus 2 for the second."),
    Parameter("allow_tempo_change", .boolean, default: false, .source, "Allow another tempo", "A tempo is the whole song's."),
    name,
  ]

  static let scoreRecord = [
    sourceScore,
    Parameter("abc", .text(maximum: 4_000_000), .text, "Score", "ABC 2.1 or MusicXML; without it the source's own score is recorded."),
    style("The source's unless given."), lyrics("Sung instead of the score's own words; a line with as many syllables keeps its tune."),
    cot("melody"), seed, guidance, name,
    Parameter("allow_tempo_change", .boolean, default: false, .source, "Allow another tempo",
      "Otherwise a score whose tempo isn't the source's is refused."),
  ]

  static let scoreGenerate = [
    style("Required unless there is a score."), lyrics("Without them the piece is played."),
    Parameter("abc", .text(maximum: 4_000_000), .text, "Score", "ABC 2.1 or MusicXML to record instead of writing a score."),
    cot("full"), seed, guidance, name,
  ]

  private static let sourceScore = Parameter(
    "source_job_id", .integer(1...9_007_199_254_740_991), .source, "Song", "The number of a job of yours that has a score.")
  private static let seed = Parameter(
    "seed", .integer(-1...2_147_483_647), default: -1, .core, "Seed", "The same seed and words give the same score again.")
  private static let guidance = Parameter(
    "cfg_scale", .number(1...10), default: 3.0, .languageModel, "Guidance", "For engines with a language model.")
  private static let name = Parameter(
    "display_name", .text(maximum: 200), .text, "Title", "The song's name; made from the words when empty.")

  private static func style(_ help: String) -> Parameter {
    Parameter("style", .text(maximum: 2000), .text, "Style", "Genre, instruments, mood, tempo. \(help)")
  }

  private static func lyrics(_ help: String) -> Parameter {
    Parameter("lyrics", .text(maximum: 4096), .text, "Lyrics", "With section tags such as [verse]. \(help)")
  }

  private static func cot(_ usual: String) -> Parameter {
    Parameter("cot", .choice(["full", "melody"], synonyms: [:]), default: .string(usual), .languageModel, "Plan",
      "full writes melody and harmony; for engines with a language model.")
  }
}
