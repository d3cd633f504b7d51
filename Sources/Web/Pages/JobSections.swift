import JSON
import Store

/// The form of a song over its waveform: bands, and a list of the same with times.
struct JobSections: TemplateModel {
  let bands: [SectionBand]

  static let fields: TemplateFields<Self> = ["bands": .list(\.bands)]

  /// - Returns: nil for a song whose engine tells no sections, or only one.
  init?(_ output: Output) {
    let sections = (try? JSON(parsing: output.used))?["sections"]?.array ?? []
    bands = sections.compactMap { SectionBand($0, songSeconds: output.durationSeconds) }
    guard bands.count > 1 else { return nil }
  }

  init(bands: [SectionBand]) { self.bands = bands }
}

/// One section: "Verse 1", 0:12, energy 60 %.
struct SectionBand: TemplateModel {
  /// Decides its colour: "verse", "chorus".
  let kind: String
  let label: String
  let bars: Int
  let start: Double
  let end: Double
  /// 0...1
  let energy: Double
  let songSeconds: Double

  init(kind: String, label: String, bars: Int, start: Double, end: Double, energy: Double, songSeconds: Double) {
    self.kind = kind
    self.label = label
    self.bars = bars
    self.start = start
    self.end = end
    self.energy = energy
    self.songSeconds = songSeconds
  }

  init?(_ section: JSON, songSeconds: Double) {
    guard let kind = section["kind"]?.string, let label = section["label"]?.string, let start = section["start"]?.double,
      let end = section["end"]?.double, songSeconds > 0, start >= 0, end > start
    else { return nil }
    self.init(
      kind: kind, label: label, bars: section["bars"]?.int ?? 0, start: start, end: end,
      energy: min(max(section["energy"]?.double ?? 0, 0), 1), songSeconds: songSeconds)
  }

  /// In the drawing's box of 1000 by 100: full height at full energy.
  private var height: Double { 12 + 88 * energy }

  static let fields: TemplateFields<Self> = [
    // A class name: letters only, whatever an engine calls its sections.
    "sectionKind": .text { $0.kind.filter { $0.isASCII && $0.isLetter } },
    "sectionLabel": .text(\.label),
    "sectionBars": .optional { $0.bars > 0 ? "\($0.bars) \($0.bars == 1 ? "bar" : "bars")" : nil },
    "sectionTime": .text { Clock.text($0.start.rounded(.down)) },
    "sectionStart": .text { Numbers.short($0.start, places: 3) },
    "sectionEnd": .text { Numbers.short($0.end, places: 3) },
    "sectionEnergy": .text { Numbers.short($0.energy, places: 2) },
    "energyPercent": .text { String(Int(($0.energy * 100).rounded())) },
    "bandX": .text { Numbers.short($0.start / $0.songSeconds * 1000) },
    "bandWidth": .text { Numbers.short(($0.end - $0.start) / $0.songSeconds * 1000) },
    "bandY": .text { Numbers.short(100 - $0.height) },
    "bandHeight": .text { Numbers.short($0.height) },
  ]
}
