import Audio
import Composer
import Generation
import Mix
import Music
import Synth

/// One song on its way from request to samples.
struct SongMaking {
  let request: SongRequest
  let composer: Composer
  let player: ScorePlayer
  let progress: any SongProgress

  func make(unusedParameters: Set<String>) throws -> Song {
    let plan = try stage(.plan) { try composer.plan(brief) }
    let composition = try stage(.compose) { try composer.compose(plan, seed: UInt64(request.seed)) }
    let score = composition.score

    let isLoop = plan.form == .loop
    let frames = Int((plan.durationSeconds * Double(player.sampleRate)).rounded())
    let played = isLoop ? frames + Mixer.loopTailFrames : frames
    let dry = try player.render(score, frames: played) { try report(.render, $0, $1) }
    let mixer = Mixer(profile: .named(plan.style, or: plan.genre))
    let mixdown = try mixer.mix(dry, score: score, frames: frames, ending: isLoop ? .loop : .rest) {
      try report(.mix, $0, $1)
    }
    return Song(
      audio: mixdown.audio,
      stems: zip(score.parts, mixdown.stems).map { Stem(name: $0.id, audio: $1) },
      score: score,
      used: used(plan, composition, frames: frames),
      lyricLines: composition.lyricLines.map {
        TimedLine(
          startSeconds: score.seconds(atTick: $0.startTick), endSeconds: score.seconds(atTick: $0.endTick),
          text: $0.text)
      },
      warnings: warnings(composition, unusedParameters: unusedParameters))
  }

  private func stage<Result>(_ stage: Stage, _ body: () throws -> Result) throws -> Result {
    try report(stage, 0, 1)
    let result = try body()
    try report(stage, 1, 1)
    return result
  }

  private func report(_ stage: Stage, _ done: Int, _ total: Int) throws {
    progress.report(stage, done: done, total: total)
    try progress.checkCancellation()
  }

  private var brief: CompositionBrief {
    let form: CompositionBrief.Form =
      request.task != .text2samples ? .song : request.sampleType == "one-shot" ? .oneShot : .loop
    return CompositionBrief(
      caption: request.caption, lyrics: request.lyrics, instrumental: isInstrumental, preset: request.genrePreset,
      bpm: request.bpm.map(Double.init), key: request.key, meter: request.meter,
      durationSeconds: request.audioDuration, language: request.vocalLanguage, form: form,
      seed: UInt64(request.seed))
  }

  private var isInstrumental: Bool { request.instrumental || request.task == .prompt2instrumental }
  private var hasLyrics: Bool { request.lyrics?.contains { !$0.isWhitespace } == true }

  private func warnings(_ composition: Composition, unusedParameters: Set<String>) -> [String] {
    var warnings = composition.notices
    if let voice = composition.score.parts.first(where: { $0.role == .vocal }), composition.usesVocal {
      warnings.append(
        "The vocal melody is played on an instrument (\(voice.name)): singing arrives with a voice pack.")
    } else if hasLyrics {
      warnings.append(
        isInstrumental
          ? "The lyrics are not used, because the music is to be instrumental."
          : "The lyrics are not used in this piece.")
    }
    for name in request.given.intersection(unusedParameters).sorted() {
      warnings.append("\(name) is not used by the score engine.")
    }
    return warnings
  }
}
