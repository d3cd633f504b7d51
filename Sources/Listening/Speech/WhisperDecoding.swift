import Foundation
import Tensor

/// What may follow in a transcript (`listening.md` 3.4): tokens of no use, and the grammar of timestamps, are ruled out before each
/// choice.
struct WhisperRules: Sendable {
  private let suppressed: [Int]
  let hasTimestamps: Bool

  init(_ vocabulary: WhisperVocabulary, timestamps: Bool) {
    suppressed = vocabulary.suppressed
    hasTimestamps = timestamps
  }

  /// - Parameters:
  ///   - logits: of the next token.
  ///   - generated: the tokens so far, without the prompt.
  func apply(to logits: inout [Float], after generated: [Int]) {
    typealias Vocabulary = WhisperVocabulary
    let first = Vocabulary.firstTimestamp
    for id in suppressed { logits[id] = -.infinity }
    if generated.isEmpty {
      logits[Vocabulary.blank] = -.infinity
      logits[Vocabulary.endOfText] = -.infinity
    }
    guard hasTimestamps else { return }
    logits[Vocabulary.noTimestamps] = -.infinity
    func rule(out range: Range<Int>) { for id in range { logits[id] = -.infinity } }
    let lastIsTimestamp = generated.last.map { $0 >= first } ?? false
    if lastIsTimestamp {
      let isPair = generated.count < 2 || generated[generated.count - 2] >= first
      // After a pair comes text; after the end of a segment, the next one's beginning or the end.
      rule(out: isPair ? first..<logits.count : 0..<Vocabulary.endOfText)
    }
    if let last = generated.last(where: { $0 >= first }) {
      let mayRepeat = lastIsTimestamp && generated.count >= 2 && generated[generated.count - 2] < first
      rule(out: first..<(mayRepeat ? last : last + 1))
    }
    if generated.isEmpty {
      rule(out: 0..<first)
      rule(out: first + 51..<logits.count)
    }
    // Timestamps together likelier than any one text token.
    let text = logits[..<first].max() ?? -.infinity
    if logSumExp(Array(logits[first...])) > text { rule(out: 0..<first) }
  }
}

/// A transcript as the decoder gives it.
struct WhisperTranscript: Sendable {
  /// Without the prompt and the end.
  var tokens: [Int]
  /// The mean log-probability of the tokens and the end.
  var averageLogProbability: Double
}

extension WhisperDecoder {
  /// Writes a transcript, the likeliest token each time.
  /// - Parameters:
  ///   - prompt: the start token, the language, the task, and the token for no timestamps if there are none.
  ///   - limit: of tokens.
  func greedy(_ sound: Sound, prompt: [Int], rules: WhisperRules, limit: Int) throws -> WhisperTranscript {
    var state = State(sound)
    var hidden = try self(prompt, &state)
    var row = prompt.count - 1
    var tokens: [Int] = []
    var sum = 0.0
    while true {
      var logits = logits(hidden, row: row)
      rules.apply(to: &logits, after: tokens)
      guard let best = logits.indices.max(by: { logits[$0] < logits[$1] }) else { break }
      sum += logProbability(of: best, logits)
      if best == WhisperVocabulary.endOfText || tokens.count == limit { break }
      tokens.append(best)
      hidden = try self([best], &state)
      row = 0
    }
    return WhisperTranscript(tokens: tokens, averageLogProbability: sum / Double(tokens.count + 1))
  }
}

/// ln softmax(logits)[index]
func logProbability(of index: Int, _ logits: [Float]) -> Double {
  Double(logits[index] - logSumExp(logits))
}
