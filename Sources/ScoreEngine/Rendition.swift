import Audio
import Generation
import Mix
import Music
import Synth

/// A score on its way to samples: played part by part, mixed and mastered.
struct Rendition {
  let player: ScorePlayer
  let progress: any SongProgress

  /// - Parameters:
  ///   - frames: the exact length of the recording.
  ///   - isLoop: whether it ends in its own beginning.
  /// - Returns: stems in score order that add up to the song.
  func mixdown(of score: Score, frames: Int, isLoop: Bool, style: String?, genre: String?) throws -> Mixdown {
    let dry = try player.render(score, frames: isLoop ? frames + Mixer.loopTailFrames : frames) {
      try report(.render, $0, $1)
    }
    return try Mixer(profile: .named(style, or: genre))
      .mix(dry, score: score, frames: frames, ending: isLoop ? .loop : .rest) { try report(.mix, $0, $1) }
  }

  private func report(_ stage: Stage, _ done: Int, _ total: Int) throws {
    progress.report(stage, done: done, total: total)
    try progress.checkCancellation()
  }
}
