import Foundation
import Generation
import JSON
import Music
import Store

/// What was asked for and what was used: the plan of a finished song, for people.
struct JobPlan: TemplateModel {
  let rows: [PlanRow]

  static let fields: TemplateFields<Self> = ["planRows": .list(\.rows)]
}

/// One line of the plan: "Tempo", asked "slow", used "84 BPM".
struct PlanRow: TemplateModel {
  let topic: String
  /// Empty where it was left open.
  let asked: [Wish]
  let used: String

  static let fields: TemplateFields<Self> = [
    "topic": .text(\.topic), "asked": .list(\.asked), "isOpen": .flag { $0.asked.isEmpty }, "used": .text(\.used),
  ]
}

/// What was asked for, and where.
struct Wish: TemplateModel {
  enum Source: String, Sendable {
    case setting = "set"
    case words = "in your words"
  }
  let text: String
  let source: Source

  static let fields: TemplateFields<Self> = ["wish": .text(\.text), "source": .text(\.source.rawValue)]
}

extension JobPlan {
  /// - Returns: nil where the engine has told no plan, as in songs of earlier versions.
  init?(_ job: Job, request: JSON, output: Output) {
    guard let used = try? JSON(parsing: output.used), used["understood"]?.members != nil else { return nil }
    let changed = ParameterSchema.changed(in: request.members ?? [:], of: MusicTask(rawValue: job.task) ?? .text2music)
    let facts = PlanFacts(request: request, changed: Set(changed), used: used, seconds: output.durationSeconds)
    rows = [
      facts.style, facts.mood, facts.tempo, facts.key, facts.meter, facts.language, facts.voice, facts.instruments,
      facts.length, facts.form,
    ].compactMap { $0 }
  }
}

/// The two sides of a plan, line by line.
private struct PlanFacts {
  let request: JSON
  /// The parameters that somebody set.
  let changed: Set<String>
  let used: JSON
  let seconds: Double

  private func text(_ name: String) -> String? { used[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }

  /// What a parameter of its own says.
  private func set(_ name: String, _ words: (JSON) -> String? = { $0.string }) -> [Wish] {
    guard changed.contains(name), let value = request[name], !value.isNull else { return [] }
    return words(value).map { [Wish(text: $0, source: .setting)] } ?? []
  }

  /// What the caption was understood to say.
  private func read(_ topic: PlanTopic, _ word: (String) -> String = { $0 }) -> [Wish] {
    let words = used["understood"]?[topic.rawValue]?.array?.compactMap(\.string) ?? []
    return words.isEmpty ? [] : [Wish(text: words.map(word).joined(separator: ", "), source: .words)]
  }

  private func row(_ topic: String, asked: [Wish], used: String?) -> PlanRow? {
    used.map { PlanRow(topic: topic, asked: asked, used: $0) }
  }

  var style: PlanRow? {
    let genre = text("genre")
    let both = text("style").map { style in genre.map { $0 == style ? style : "\(style) (\($0))" } ?? style }
    return row("Style", asked: set("genre_preset") + read(.genre), used: both ?? genre)
  }

  var mood: PlanRow? { row("Mood", asked: read(.mood), used: text("mood")) }

  var tempo: PlanRow? {
    let feel = text("feel").flatMap { $0 == PulseFeel.normal.rawValue ? nil : ", \($0) feel" } ?? ""
    return row(
      "Tempo", asked: set("bpm") { $0.double.map { "\(Numbers.short($0)) BPM" } } + read(.tempo),
      used: used["bpm"]?.double.map { "\(Numbers.short($0)) BPM\(feel)" })
  }

  var key: PlanRow? { row("Key", asked: set("keyscale") + read(.key), used: text("keyscale")) }

  var meter: PlanRow? { row("Metre", asked: set("timesignature") + read(.meter), used: text("timesignature")) }

  var language: PlanRow? {
    row(
      "Language", asked: set("vocal_language") { $0.string.map(LanguageName.text) } + read(.language, LanguageName.text),
      used: text("vocal_language").map(LanguageName.text))
  }

  /// Only where somebody asked for a voice, or for none.
  var voice: PlanRow? {
    let hasLyrics = request["lyrics"]?.string?.contains { !$0.isWhitespace } == true
    let isInstrumental = request["instrumental"]?.bool == true
    let asked = (isInstrumental ? [Wish(text: "instrumental", source: .setting)] : [])
      + (hasLyrics ? [Wish(text: "lyrics", source: .setting)] : []) + read(.vocals) { $0 == "none" ? "no vocals" : "\($0) voice" }
    let isUsed = text("lyrics") != nil
    guard !asked.isEmpty || isUsed else { return nil }
    return row("Voice", asked: asked, used: isUsed ? "a melody for the lyrics" : "instrumental")
  }

  var instruments: PlanRow? {
    let names = used["instruments"]?.array?.compactMap(\.string) ?? []
    return row(
      "Instruments", asked: read(.instruments) + read(.without) { "no \($0)" },
      used: names.isEmpty ? nil : names.joined(separator: ", "))
  }

  var length: PlanRow? {
    row("Length", asked: set("audio_duration") { $0.double.flatMap { $0 > 0 ? Clock.spoken($0) : nil } }, used: Clock.spoken(seconds))
  }

  var form: PlanRow? {
    let sections = used["sections"]?.array ?? []
    let parts = sections.compactMap { section in
      section["label"]?.string.map { label in
        section["bars"]?.int.map { "\(label) (\($0))" } ?? label
      }
    }
    let bars = sections.reduce(0) { $0 + ($1["bars"]?.int ?? 0) }
    let tags = LyricTags.text(request["lyrics"]?.string ?? "")
    let asked = (tags.isEmpty ? [] : [Wish(text: tags, source: .setting)]) + set("sample_type")
    guard !parts.isEmpty else { return row("Form", asked: asked, used: text("form")) }
    return row("Form", asked: asked, used: "\(parts.joined(separator: ", ")); \(bars) \(bars == 1 ? "bar" : "bars")")
  }
}

/// The structure tags of lyrics in order: "Verse, Chorus".
private enum LyricTags {
  static func text(_ lyrics: String) -> String {
    lyrics.split(whereSeparator: \.isNewline).compactMap { line in
      let line = line.trimmingCharacters(in: .whitespaces)
      return line.hasPrefix("[") && line.hasSuffix("]") && line.count > 2 ? String(line.dropFirst().dropLast()) : nil
    }.joined(separator: ", ")
  }
}

/// A language's name in English; its code where it has none.
private enum LanguageName {
  static func text(_ code: String) -> String {
    Locale(identifier: "en").localizedString(forLanguageCode: code) ?? code
  }
}

/// Numbers without a needless fraction: "84", "92.5".
enum Numbers {
  static func short(_ value: Double, places: Int = 1) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return String(value) }
    let unit = (0..<places).reduce(1.0) { unit, _ in unit * 10 }
    let rounded = (value * unit).rounded() / unit
    return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
  }
}
