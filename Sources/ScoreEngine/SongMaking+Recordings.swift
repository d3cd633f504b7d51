import Audio
import Composer
import Foundation
import Generation
import Mix
import Music
import Singer

/// What is made of recordings (`api.md` 9, `score-engine.md` F).
extension SongMaking {
  /// A cover: of the score where the recording is a song of ours, of what is heard in it where it isn't.
  func composeCover(strength: Double) throws -> Revision {
    var notices: [String] = []
    var brief = brief
    brief.writesLyrics = false
    let cover: CoverSource
    if source?.score != nil, source?.manuscript != nil {
      try report(.plan, 0, 1)
      let (score, manuscript) = try sourceMusic()
      cover = try CoverSource(score, manuscript)
      try report(.plan, 1, 1)
    } else {
      let wantsWords = !hasLyrics && !isInstrumental
      let heard = try hear(HearingWishes(lyrics: wantsWords, language: request.vocalLanguage))
      notices += heard.notices
      cover = try CoverSource(heard, wantsWords: wantsWords, notices: &notices)
    }
    if request.given.contains("audio_duration"), let asked = request.audioDuration, abs(asked - cover.durationSeconds) > 0.5 {
      notices.append("A cover is as long as its source; audio_duration is not used.")
    }
    if let key = request.key, strength > 0, key != cover.key { notices.append("A cover keeps the key of its source, \(cover.key.name).") }
    if let bpm = request.bpm, strength > 0, abs(Double(bpm) - cover.bpm) > 1 { notices.append("A cover keeps the tempo of its source.") }
    try report(.compose, 0, 1)
    var revision = try composer.cover(cover, as: brief, strength: strength, seed: UInt64(request.seed)) {
      singer.source(for: $0) != .none
    }
    try report(.compose, 1, 1)
    revision.composition.notices += notices
    revision.note = Self.kept(strength)
    return revision
  }

  /// What stays at a strength, in words.
  private static func kept(_ strength: Double) -> String {
    switch strength {
    case 0: "A new song of the source's length."
    case ..<0.2: "The source's tempo, key, metre and form, with new chords and a new melody."
    case ..<0.55: "The source's tempo, key, metre, form and \(strength < 0.48 ? "most of its" : "") chords, with a new melody."
      .replacingOccurrences(of: "  ", with: " ")
    case ..<0.94: "The source's tempo, key, metre, form and chords, and \(strength < 0.75 ? "parts" : "most") of its melody."
    default: "The source's tempo, key, metre, form, chords and melody."
    }
  }

  /// A new song that takes from the recording what the request leaves open.
  func composeLikeReference() throws -> Revision {
    let heard = try hear(HearingWishes(lyrics: false, melody: false))
    var brief = brief
    let asked = try composer.plan(brief).understood
    var taken: [String] = []
    var unsure = ""
    if brief.bpm == nil, asked.bpm == nil, asked.speed == nil, let tempo = heard.tempo, (30...300).contains(tempo.bpm.rounded()) {
      brief.bpm = tempo.bpm.rounded()
      taken.append("\(Int(tempo.bpm.rounded())) BPM")
    }
    if brief.key == nil, asked.key == nil, asked.isMinor == nil, let key = heard.key, key.confidence >= 0.1 {
      brief.key = key.key
      taken.append(key.key.name)
    }
    if brief.meter == nil, asked.meter == nil, let metre = heard.metre, metre.confidence >= 0.1,
      let meter = Meter(parsing: metre.name)
    {
      brief.meter = meter
      taken.append(metre.name)
    }
    if brief.preset == nil, asked.genres.isEmpty {
      if let style = heard.resembles {
        brief.preset = style.preset
        taken.append("the style of \(style.preset), which it resembles (\(Int((100 * style.confidence).rounded())) % sure)")
      } else {
        unsure = " Which style it resembles is unsure."
      }
    }
    try report(.compose, 0, 1)
    var plan = try composer.plan(brief)
    if singer.source(for: plan.language) == .none { plan.singer = nil }
    let take = Take(seed: UInt64(request.seed))
    let composition = try composer.compose(plan, take: take)
    try report(.compose, 1, 1)
    return Revision(
      composition: composition,
      manuscript: Manuscript(plan: plan, take: take, lyricLines: composition.lyricLines, caption: request.caption),
      note: taken.isEmpty ? nil : "From the reference: \(taken.joined(separator: ", ")).\(unsure)")
  }

  func hear(_ wishes: HearingWishes) throws -> HeardSong {
    let source = try recording()
    return try ear().hear(source.audio(), wishes) { try reportHearing(.plan, $0, $1) }
  }

  /// Each stage of listening is an equal share of the engine's.
  func reportHearing(_ stage: Stage, _ hearing: HearingStage, _ share: Double) throws {
    let stages = HearingStage.allCases
    let place = Double(stages.firstIndex(of: hearing) ?? 0) + min(max(share, 0), 1)
    try report(stage, Int(100 * place / Double(stages.count)), 100)
  }
}

extension MasterMeasures {
  /// What became of a reference's sound, with its own numbers in brackets.
  fileprivate static func told(_ name: String, _ reached: Double?, _ own: Double?, _ unit: String) -> String? {
    func rounded(_ value: Double) -> String { value > -60 ? "\((value * 10).rounded() / 10) \(unit)" : "none" }
    guard let reached, let own, !reached.isNaN, !own.isNaN else { return nil }
    return "\(name) \(rounded(reached)) (\(rounded(own)))"
  }

  /// - Parameter led: what the master was led towards.
  func sentence(after reference: MasterMeasures, _ led: MasterMeasures) -> String {
    let told = [
      Self.told("loudness", loudness, reference.loudness, "LUFS"), Self.told("sides below the middle", width, reference.width, "dB"),
      Self.told("loudness range", dynamics, reference.dynamics, "LU"),
    ].compactMap { $0 }
    let tone = led.tone == nil ? nil : "Its tone is led towards the reference's."
    let short = dynamics == nil || reference.dynamics == nil ? "Too short for its dynamics." : nil
    return ([tone, told.isEmpty ? nil : "The master has, with the reference's in brackets: \(told.joined(separator: ", "))."] + [short])
      .compactMap { $0 }.joined(separator: " ")
  }
}
