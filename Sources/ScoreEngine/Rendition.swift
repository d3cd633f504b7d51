import Audio
import Generation
import Mix
import Music
import Singer
import Synth

/// A score on its way to samples: sung, played part by part, mixed and mastered.
struct Rendition {
  let player: ScorePlayer
  let singer: ScoreSinger
  let progress: any SongProgress

  /// - Parameters:
  ///   - frames: the exact length of the recording.
  ///   - isLoop: whether it ends in its own beginning.
  ///   - master: what the master is led towards instead of the genre's usual.
  /// - Returns: stems in score order that add up to the song, and what came of the singing.
  func mixdown(
    of score: Score, frames: Int, isLoop: Bool, style: String?, genre: String?,
    master: MasterMeasures = .init()
  ) throws -> (mixdown: Mixdown, sung: Singing.Result) {
    let played = isLoop ? frames + Mixer.loopTailFrames : frames
    let sung = try Singing(singer: singer, progress: progress).sing(score, frames: played)
    let voices = sung.voices
    let rendition = try player.prepare(score, frames: played)
    let parts = DryParts(costs: rendition.costs, steps: rendition.steps) { index, step in
      guard let voice = voices[index] else { return try rendition.play(index, step: step) }
      for _ in 0..<rendition.steps[index] { try step() }
      return voice
    }
    let mixdown = try Mixer(profile: .named(style, or: genre).mastered(like: master))
      .mix(parts, score: score, frames: frames, ending: isLoop ? .loop : .rest) {
        try report($0 == .parts ? .render : .mix, $1, $2)
      }
    return (mixdown, sung)
  }

  private func report(_ stage: Stage, _ done: Int, _ total: Int) throws {
    progress.report(stage, done: done, total: total)
    try progress.checkCancellation()
  }
}

extension Mixdown {
  /// The stems, in the score's order, each to be played when it is wanted.
  func stems(of score: Score) -> [Stem] {
    let mixdown = self
    return score.parts.indices.map { index in Stem(name: score.parts[index].id) { try mixdown.stem(index) } }
  }
}
