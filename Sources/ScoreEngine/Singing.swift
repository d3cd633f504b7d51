import Audio
import Generation
import Music
import Singer
import Tensor

/// The voices of a score, sung before the band plays: the dry sound of each vocal part by its index.
struct Singing {
  let singer: ScoreSinger
  let progress: any SongProgress

  struct Result {
    var voices: [Int: StereoBuffer] = [:]
    /// Words that nobody could read, and lines that nobody could sing.
    var unread: [String] = []
    var unsung: [String] = []
  }

  /// - Parameter frames: the length of each buffer.
  /// - Throws: `SingerError` and what espeak-ng throws; `CancellationError`.
  func sing(_ score: Score, frames: Int) throws -> Result {
    var result = Result()
    var sheets: [(index: Int, sheet: VocalSheet)] = []
    for (index, part) in score.parts.enumerated() where part.isSung {
      guard case .voice(let kind, let delivery) = part.instrument else { continue }
      sheets.append((index, try singer.read(part, as: kind, delivery, in: score)))
    }
    // A song without words has no stage of singing.
    guard !sheets.isEmpty else { return result }
    let performances = try singer.sing(sheets.map(\.sheet), frames: frames, crew: .machineWide) { done, total in
      progress.report(.sing, done: done, total: total)
      try progress.checkCancellation()
    }
    for ((index, _), sung) in zip(sheets, performances) {
      result.voices[index] = sung.sound
    }
    // Voices may have the same words.
    for performance in performances {
      result.unread += performance.unread.filter { !result.unread.contains($0) }
      result.unsung += performance.unsung.filter { !result.unsung.contains($0) }
    }
    return result
  }
}

extension Score {
  /// The score with a singer for the vocal parts that an instrument would play: those of scores from elsewhere, and of
  /// songs that were made before there were singers.
  func withSingers() -> Score {
    var score = self
    for index in parts.indices where parts[index].role == .vocal && parts[index].notes.contains(where: { $0.syllable != nil }) {
      if case .voice = parts[index].instrument { continue }
      let pitches = parts[index].notes.map { Double($0.pitch.midi) }.sorted()
      score.parts[index].instrument = .voice(pitches[pitches.count / 2] < 56 ? .male : .female)
    }
    return score
  }
}
