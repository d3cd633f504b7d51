import FastCGI
import Foundation
import Music
import Store

/// The shown variation's score as drawings, a bar each.
struct JobNotation: TemplateModel {
  let parts: [NotationPart]
  let bars: [NotationBar]
  let heads: [NotationHead]
  /// Where the notes can be changed.
  let edit: String

  static let fields: TemplateFields<Self> = ["notationEdit": .text(\.edit), "notationParts": .list(\.parts), "notationBars": .list(\.bars), "notationHeads": .list(\.heads)]
}

/// What can be drawn: a part, or all of them.
struct NotationPart: TemplateModel {
  let name: String
  let href: String
  let isShown: Bool

  static let fields: TemplateFields<Self> = [
    "notationName": .text(\.name), "notationLink": .text(\.href), "isShownPart": .flag(\.isShown),
  ]
}

struct NotationBar: TemplateModel {
  let bar: Engraving.Bar

  static let fields: TemplateFields<Self> = [
    "barLabel": .text(\.bar.label),
    "barHead": .text { "head-\($0.bar.head)" },
    "barStart": .text { Numbers.short($0.bar.startSeconds, places: 3) },
    "barEnd": .text { Numbers.short($0.bar.endSeconds, places: 3) },
    "barWidth": .text { String($0.bar.width) },
    "barHeight": .text { String($0.bar.height) },
    "barInnerStart": .text { Numbers.short($0.bar.innerStart, places: 2) },
    "barInnerEnd": .text { Numbers.short($0.bar.innerEnd, places: 2) },
    "barMarkup": .markup(\.bar.markup),
  ]
}

/// Clefs and key, which the script puts in front of each line.
struct NotationHead: TemplateModel {
  let number: Int
  let head: Engraving.Head

  static let fields: TemplateFields<Self> = [
    "headID": .text { "head-\($0.number)" }, "headWidth": .text { String($0.head.width) },
    "headHeight": .text { String($0.head.height) }, "headMarkup": .markup(\.head.markup),
  ]
}

extension Context {
  /// The drawing of a finished job's score. That of the leading part is kept: a page is made again at every write to the
  /// store, and a score of three minutes takes some 15 ms to read and draw.
  /// - Parameter wish: the id of the part to draw, or "all"; the sung or leading part when nil or unknown.
  /// - Returns: nil for a song without a score, or whose score can't be read.
  func notation(of job: Job, variation: Int, wish: String?) -> JobNotation? {
    func draw() -> JobNotation? {
      guard let score = score(of: job, variation: variation), score.isWithinBounds, !score.parts.isEmpty else { return nil }
      return JobNotation(score, jobID: job.id, variation: variation, wish: wish)
    }
    guard wish == nil, job.status == .completed else { return draw() }
    return studio.pages.notations.value(
      for: SourceReference(jobID: job.id, variation: variation), generation: { 0 }, draw)
  }
}

extension JobNotation {
  init?(_ score: Score, jobID: Int64, variation: Int, wish: String?) {
    guard let lead = score.leadPart ?? score.parts.indices.first else { return nil }
    let isAll = wish == "all" && score.parts.count > 1
    let shown = score.parts.firstIndex { $0.id == wish } ?? lead
    let address = Address.job(jobID).path + "?" + (variation == 0 ? "" : "v=\(variation + 1)&")
    func link(_ id: String) -> String { "\(address)part=\(PercentCoding.encode(id))#notation" }
    parts = score.parts.enumerated().map { index, part in
      NotationPart(name: part.name, href: link(part.id), isShown: !isAll && index == shown)
    } + (score.parts.count > 1 ? [NotationPart(name: "Full score", href: link("all"), isShown: isAll)] : [])
    edit = "/scores?job=\(jobID)&v=\(variation + 1)"
    let engraving = Engraving(score, parts: isAll ? Array(score.parts.indices) : [shown])
    bars = engraving.bars.map(NotationBar.init)
    heads = engraving.heads.enumerated().map(NotationHead.init)
  }
}
