import Audio
import Composer
import Foundation
import Generation
import Mix
import Music
import Singer
import Synth

/// One song on its way from request to samples.
struct SongMaking {
  let request: SongRequest
  let source: SourceSong?
  let composer: Composer
  let player: ScorePlayer
  let singer: ScoreSinger
  /// Why the voice pack is not used, where there is one.
  let voiceProblem: String?
  /// Hears recordings that were not made here; nil where nothing does.
  let listener: (any SoundListener)?
  let progress: any SongProgress

  func make(unusedParameters: Set<String>) throws -> Song {
    if case .extract(let track) = request.sourceUse { return try extractStem(track) }
    if case .separate(let selection) = request.sourceUse { return try separate(selection) }
    var revision = try compose()
    revision.composition.score = revision.composition.score.withSingers()
    if request.task == .lyric2vocals { try revision.composition.keepVoices() }
    let (composition, manuscript) = (revision.composition, revision.manuscript)
    let (score, plan) = (composition.score, manuscript.plan)

    let frames = Int((plan.durationSeconds * Double(player.sampleRate)).rounded())
    let reference = try request.sourceUse == .reference ? source.map { try MasterMeasures(of: $0.audio()) } : nil
    let master = reference?.clamped ?? (request.sourceUse == nil ? source?.master : nil) ?? MasterMeasures()
    var (mixdown, sung) = try Rendition(player: player, singer: singer, progress: progress).mixdown(
      of: score, frames: frames, isLoop: plan.form == .loop, style: plan.style, genre: plan.genre, master: master)
    if let source, !revision.keptSound.isEmpty {
      try SoundSplice(source: source.audio(), kept: revision.keptSound).apply(to: &mixdown)
    }
    let quality = request.calculateQuality
      ? Quality(audio: mixdown.audio, score: score, asked: asked(plan, score)).result : nil
    var used = used(manuscript, composition, frames: frames)
    (used.note, used.master) = (revision.note, master)
    if !master.isEmpty {
      let reached = try MasterMeasures(of: mixdown.audio)
      used.mastered = MasterMeasures(loudness: reached.loudness, width: reached.width.map { max($0, -99) }, dynamics: reached.dynamics)
      if let reference { used.note = [revision.note, reached.sentence(after: reference, master)].compactMap { $0 }.joined(separator: " ") }
    }
    return Song(
      audio: mixdown.audio,
      stems: mixdown.stems(of: score),
      score: score,
      manuscript: Array(try manuscript.json()),
      used: used,
      lyrics: lyrics(composition, language: plan.language, seconds: Double(frames) / Double(player.sampleRate)),
      warnings: warnings(composition, unusedParameters: unusedParameters) + sung.notices, quality: quality)
  }

  /// When the words are sung; nil where there are none.
  private func lyrics(_ composition: Composition, language: String?, seconds: Double) -> TimedLyrics? {
    guard !composition.lyricLines.isEmpty else { return nil }
    var lyrics = composition.score.timedLyrics(
      lines: composition.lyricLines.map { ($0.text, $0.startTick..<max($0.startTick, $0.endTick)) }, seconds: seconds)
    lyrics.language = lyrics.language ?? language
    return lyrics
  }

  /// What the finished song is held to: the request where it says something, else the plan. What starts from a song or
  /// score has the tempo and the key of that.
  private func asked(_ plan: SongPlan, _ score: Score) -> Quality.Asked {
    guard request.edit == nil, request.sourceUse == nil, request.task.workflow == nil else {
      return Quality.Asked(
        bpm: score.tempo.first?.quartersPerMinute ?? plan.bpm, key: score.key, seconds: plan.durationSeconds)
    }
    return Quality.Asked(
      bpm: request.bpm.map(Double.init) ?? plan.bpm, key: request.key ?? plan.key,
      seconds: request.audioDuration ?? plan.durationSeconds)
  }

  /// The score alone.
  func write(unusedParameters: Set<String>) throws -> WrittenScore {
    if case .transcribe(let stems, let options) = request.sourceUse { return try transcribe(stems, options) }
    let revision = try compose()
    let score = revision.composition.score
    let frames = Int((score.seconds(atTick: score.lengthTicks) * Double(player.sampleRate)).rounded())
    var used = used(revision.manuscript, revision.composition, frames: frames)
    used.note = revision.note
    return WrittenScore(
      score: score, manuscript: Array(try revision.manuscript.json()), used: used,
      warnings: warnings(revision.composition, unusedParameters: unusedParameters))
  }

  /// Plans and composes a song, or what becomes of the source.
  private func compose() throws -> Revision {
    if request.task.workflow != nil, let revision = try composeScoreFirst() { return revision }
    switch request.sourceUse {
    case .cover(let strength): return try composeCover(strength: strength)
    case .reference: return try composeLikeReference()
    case .lego, .complete:
      throw GenerationError.unsupported("The score engine plays along with no recording: only base models of ACE-Step do.")
    case .extract, .separate, .transcribe, nil: break
    }
    guard let edit = request.edit else {
      var plan = try stage(.plan) { try composer.plan(brief) }
      if singer.source(for: plan.language) == .none { plan.singer = nil }
      let take = Take(seed: UInt64(request.seed))
      let composition = try stage(.compose) { try composer.compose(plan, take: take) }
      return Revision(
        composition: composition,
        manuscript: Manuscript(
          plan: plan, take: take, lyricLines: composition.lyricLines, caption: request.caption))
    }
    let (score, manuscript) = try stage(.plan) { try sourceMusic() }
    let seed = UInt64(request.seed)
    return try stage(.compose) {
      switch edit {
      case .retake(let variance):
        try composer.retake(score, manuscript, seed: seed, variance: variance)
      case .repaint(let seconds):
        try composer.repaint(
          score, manuscript, seconds: seconds, caption: request.fullCaption, lyrics: request.lyrics,
          language: request.vocalLanguage, seed: seed)
      case .extend(let left, let right):
        try composer.extend(
          score, manuscript, left: left, right: right, caption: request.fullCaption, lyrics: request.lyrics,
          language: request.vocalLanguage, seed: seed)
      case .edit(let onlyLyrics, let strength):
        try composer.edit(
          score, manuscript, caption: request.fullCaption.isEmpty ? nil : request.fullCaption, lyrics: request.lyrics,
          language: request.vocalLanguage, onlyLyrics: onlyLyrics, strength: strength, seed: seed)
      }
    }
  }

  /// A revised or a given score; nil where one is written.
  private func composeScoreFirst() throws -> Revision? {
    let seed = UInt64(request.seed)
    if let change = request.revision {
      let (score, manuscript) = try stage(.plan) { try sourceMusic() }
      return try stage(.compose) {
        try composer.revise(
          score, manuscript, instruction: change.instruction, bars: change.bars,
          allowsTempoChange: change.allowsTempoChange, seed: seed)
      }
    }
    guard request.abc != nil || source != nil else { return nil }
    let base = try source.map { _ in try stage(.plan) { try sourceMusic() } }
    return try stage(.compose) {
      let score: Score?
      do { score = try request.abc.map { try Score(abc: $0, base: base?.0) } ?? base?.0 } catch let error as ABCError {
        throw GenerationError.unsupported("The score can't be read. \(error)")
      }
      guard let score else { return nil }
      return try composer.record(
        score, base?.1, style: request.caption, lyrics: hasLyrics ? request.lyrics : nil, seed: seed)
    }
  }

  func sourceMusic() throws -> (Score, Manuscript) {
    guard let source else { throw GenerationError.unsupported("The song that this starts from is not there.") }
    guard let score = source.score, let bytes = source.manuscript else {
      throw GenerationError.unsupported(
        "The song that this starts from was not composed by this engine's present version; make it again from its settings.")
    }
    do { return (score, try Manuscript(json: Data(bytes))) } catch {
      throw GenerationError.unsupported("The notes kept with the song that this starts from can't be read: \(error)")
    }
  }

  private func stage<Result>(_ stage: Stage, _ body: () throws -> Result) throws -> Result {
    try report(stage, 0, 1)
    let result = try body()
    try report(stage, 1, 1)
    return result
  }

  func report(_ stage: Stage, _ done: Int, _ total: Int) throws {
    progress.report(stage, done: done, total: total)
    try progress.checkCancellation()
  }

  var brief: CompositionBrief {
    let form: CompositionBrief.Form =
      request.task != .text2samples ? .song : request.sampleType == "one-shot" ? .oneShot : .loop
    return CompositionBrief(
      caption: request.caption, lyrics: request.lyrics, writesLyrics: [.simple, .text2rap].contains(request.task) || request.useCotLyrics,
      instrumental: isInstrumental, preset: request.genrePreset ?? (request.task == .text2rap ? "Hip Hop" : nil),
      bpm: request.bpm.map(Double.init), key: request.key, meter: request.meter,
      durationSeconds: request.audioDuration, language: request.vocalLanguage, voice: request.voice,
      delivery: request.task == .text2rap ? .rap : .sung, form: form, isVoiceOnly: request.task == .lyric2vocals, seed: UInt64(request.seed))
  }

  var isInstrumental: Bool { request.instrumental || request.task == .prompt2instrumental }
  var hasLyrics: Bool { request.lyrics?.contains { !$0.isWhitespace } == true }

  private func warnings(_ composition: Composition, unusedParameters: Set<String>) -> [String] {
    var warnings = composition.notices
    if composition.usesVocal {
      warnings += voiceNotices(composition.score)
    } else if hasLyrics {
      warnings.append(
        isInstrumental
          ? "The lyrics are not used, because the music is to be instrumental."
          : "The lyrics are not used in this piece.")
    }
    if request.voice != nil, !composition.usesVocal, request.edit == nil {
      warnings.append("voice_type is not used, because nobody sings in this piece.")
    }
    for name in request.given.intersection(unusedParameters).sorted() {
      warnings.append("\(name) is not used by the score engine.")
    }
    warnings += idleInEdits
    return warnings
  }

  /// What was given for an edit and changes nothing in it.
  private var idleInEdits: [String] {
    guard let edit = request.edit else { return [] }
    var warnings: [String] = []
    if case .retake = edit {
      if request.given.contains("genre_preset") {
        warnings.append("genre_preset changes nothing in a retake, which keeps the song's style; an edit changes it.")
      }
      if request.given.contains("vocal_language") {
        warnings.append("vocal_language changes nothing in a retake, which keeps the song's words.")
      }
    } else if request.given.contains("vocal_language"), !hasLyrics {
      warnings.append("vocal_language changes nothing without new lyrics.")
    }
    return warnings
  }
}
