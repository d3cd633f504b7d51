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
    var singers: [(index: Int, kind: VoiceKind, delivery: Instrument.Delivery, phrases: Int)] = []
    for (index, part) in score.parts.enumerated() where part.isSung {
      guard case .voice(let kind, let delivery) = part.instrument else { continue }
      singers.append((index, kind, delivery, try singer.phraseCount(of: part, as: kind, delivery, in: score)))
    }
    let total = singers.reduce(0) { $0 + $1.phrases }
    var before = 0
    for (index, kind, delivery, phrases) in singers {
      let sung = try singer.sing(
        score.parts[index], as: kind, delivery, in: score, frames: frames, crew: .machineWide
      ) { done, _ in
        progress.report(.sing, done: before + done, total: total)
        try progress.checkCancellation()
      }
      before += phrases
      result.voices[index] = StereoBuffer(left: sung.samples, right: sung.samples)
      // A second voice has the same words.
      if result.voices.count == 1 { (result.unread, result.unsung) = (sung.unread, sung.unsung) }
    }
    return result
  }
}

extension Part {
  /// Whether a singer takes it: a voice with words.
  var isSung: Bool {
    guard case .voice = instrument else { return false }
    return notes.contains { $0.syllable != nil }
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
