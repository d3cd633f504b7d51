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
    taken.append("the tone, bass to treble")
    try report(.compose, 0, 1)
    var plan = try composer.plan(brief)
    if singer.source(for: plan.language) == .none { plan.singer = nil }
    let take = Take(seed: UInt64(request.seed))
    let composition = try composer.compose(plan, take: take)
    try report(.compose, 1, 1)
    return Revision(
      composition: composition,
      manuscript: Manuscript(plan: plan, take: take, lyricLines: composition.lyricLines, caption: request.caption),
      note: "From the reference: \(taken.joined(separator: ", ")).\(Self.left(heard))")
  }

  /// What a reference has and a song like it doesn't take, with its numbers.
  private static func left(_ heard: HeardSong) -> String {
    let loudness = heard.level.loudness
    guard loudness.integrated.isFinite else { return "" }
    func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
    var width = ""
    if heard.spectrum.sideToMid.isFinite, heard.spectrum.sideToMid > 0 {
      width = ", its width (sides \(rounded(10 * log10(heard.spectrum.sideToMid))) dB re the middle)"
    }
    return " Not taken: its loudness (\(rounded(loudness.integrated)) LUFS; songs are mastered to \(rounded(Mixer.targetLoudness)))\(width)"
      + " and its dynamics (a loudness range of \(rounded(loudness.range)) LU)."
  }

  /// The recording's spread of energy, where the request wants it.
  func referenceTone() throws -> [Double]? {
    guard request.sourceUse == .reference, let source else { return nil }
    return try MixProfile.tone(of: source.audio())
  }

  private func hear(_ wishes: HearingWishes) throws -> HeardSong {
    guard let source else { throw GenerationError.unsupported("The recording that this starts from is not there.") }
    guard let listener else { throw GenerationError.unavailable("Nothing here listens to recordings.") }
    return try listener.hear(source.audio(), wishes) { try reportHearing(.plan, $0, $1) }
  }

  /// Each stage of listening is an equal share of the engine's.
  private func reportHearing(_ stage: Stage, _ hearing: HearingStage, _ share: Double) throws {
    let stages = HearingStage.allCases
    let place = Double(stages.firstIndex(of: hearing) ?? 0) + min(max(share, 0), 1)
    try report(stage, Int(100 * place / Double(stages.count)), 100)
  }

  /// One stem of the recording: a true one of a song of ours, an approximate one of any other.
  func extractStem(_ track: StemTrack) throws -> Song {
    guard let source else { throw GenerationError.unsupported("The recording that this starts from is not there.") }
    if let score = source.score, source.manuscript != nil { return try trueStem(track, of: score, source) }
    guard let listener else { throw GenerationError.unavailable("Nothing here listens to recordings.") }
    if let refusal = listener.refusal(of: track) { throw GenerationError.unavailable(refusal) }
    let sound = try source.audio()
    let stems = try listener.stems([track], of: sound) { try reportHearing(.render, $0, $1) }
    guard let stem = stems.first else { throw GenerationError.failed("The stem was not made.") }
    var used = UsedParameters(caption: track.rawValue)
    used.note = stem.label
    return Song(
      audio: try stem.audio, stems: [], score: nil, used: used,
      warnings: ["This stem is taken out of a finished recording: \(stem.label). It is not the studio's own track."])
  }

  private func trueStem(_ track: StemTrack, of score: Score, _ source: SourceSong) throws -> Song {
    let (_, manuscript) = try sourceMusic()
    let plan = manuscript.plan
    let frames = try source.audio().frames
    let mixdown = try Rendition(player: player, singer: singer, progress: progress).mixdown(
      of: score, frames: frames, isLoop: plan.form == .loop, style: plan.style, genre: plan.genre
    ).mixdown
    var sum = StereoBuffer(frames: frames)
    let parts = score.parts.indices.filter { track.includes(score.parts[$0]) }
    for index in parts {
      let stem = try mixdown.stem(index)
      for frame in 0..<min(frames, stem.frames) {
        sum.left[frame] += stem.left[frame]
        sum.right[frame] += stem.right[frame]
      }
    }
    var used = UsedParameters(caption: track.rawValue)
    used.instruments = parts.map { score.parts[$0].name }
    used.note = "A true stem, played from the song's score."
    let warnings = parts.isEmpty ? ["Nothing in this song plays \(track.rawValue): the stem is silent."] : []
    return Song(audio: sum, stems: [], score: nil, used: used, warnings: warnings)
  }
}

extension StemTrack {
  /// Whether a part of a score belongs to the stem.
  func includes(_ part: Part) -> Bool {
    let own = Self.track(of: part)
    return switch self {
    case .instrumental: own != .vocals && own != .backingVocals
    case .other: ![.vocals, .backingVocals, .drums, .percussion, .bass].contains(own)
    case .vocals: own == .vocals
    default: own == self
    }
  }

  private static func track(of part: Part) -> StemTrack {
    switch part.role {
    case .vocal: return .vocals
    case .drums: return .drums
    case .percussion: return .percussion
    case .bass: return .bass
    case .effects: return .fx
    default: break
    }
    switch part.instrument {
    case .voice: return .backingVocals
    case .drumKit: return .drums
    case .synth(let name):
      return name == "distortedGuitar" ? .guitar : name == "fmKeys" ? .keyboard : name == "riser" || name == "reverseCymbal" ? .fx : .synth
    case .program(let number):
      switch number {
      case 0...23, 108: return .keyboard
      case 24...31, 104...107: return .guitar
      case 32...39: return .bass
      case 40...51, 110: return .strings
      case 52...54: return .backingVocals
      case 56...63: return .brass
      case 64...79, 109, 111: return .woodwinds
      case 112...119: return .percussion
      case 120...: return .fx
      default: return .synth
      }
    }
  }
}
