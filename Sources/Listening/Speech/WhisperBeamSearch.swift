import Foundation
import Tensor

extension WhisperDecoder {
  /// Writes a transcript: of several texts that grow side by side, the one that is likeliest for its length (`listening.md` 3.4).
  ///
  /// Costs little more than `greedy`: all texts go through the layers together.
  /// - Parameters:
  ///   - views: of the sound (the mix, the voice): a token is as likely as it is to all of them, by the mean of its log-probabilities.
  ///   - prompt: the start token, the language, the task, and the token for no timestamps if there are none.
  ///   - limit: of tokens.
  ///   - width: how many texts.
  func beamSearch(
    from views: [Sound], prompt: [Int], rules: WhisperRules, limit: Int, width: Int = 5
  ) throws -> WhisperTranscript {
    // Of each text one for each view, view by view.
    var states = views.map { State($0) }
    var texts = [(tokens: [Int](), sum: 0.0)]
    var scores = agreed(
      Matrix.stacking(
        try states.indices.map { view in
          let hidden = try self(prompt, &states[view])
          return Matrix(rows: 1, columns: WhisperConversion.vocabulary, values: logits(hidden, row: prompt.count - 1))
        }), views: views.count)
    var finished: [WhisperTranscript] = []
    while true {
      var candidates: [(text: Int, token: Int, sum: Double)] = []
      for (index, text) in texts.enumerated() {
        rules.apply(to: &scores[index], after: text.tokens)
        candidates += Self.likeliest(2 * width, scores[index]).map { (index, $0.token, text.sum + $0.logProbability) }
      }
      // Equal ones in the order of their texts and tokens, so that the same sound gives the same words.
      candidates.sort { ($1.sum, $0.text, $0.token) < ($0.sum, $1.text, $1.token) }
      var next: [(text: Int, token: Int, sum: Double)] = []
      for candidate in candidates {
        if candidate.token == WhisperVocabulary.endOfText {
          if finished.count < width { finished.append(Self.transcript(texts[candidate.text].tokens, candidate.sum)) }
        } else {
          next.append(candidate)
        }
        if next.count == width { break }
      }
      if finished.count >= width || next.isEmpty { break }
      if texts[0].tokens.count + 1 >= limit {
        // What is not at its end when the limit comes counts as if it ended there.
        finished += next.map { Self.transcript(texts[$0.text].tokens + [$0.token], $0.sum) }
        break
      }
      states = views.indices.flatMap { view in next.map { states[view * texts.count + $0.text] } }
      texts = next.map { (texts[$0.text].tokens + [$0.token], $0.sum) }
      let tokens = views.flatMap { _ in next.map(\.token) }
      scores = agreed(logits(try step(tokens, &states)), views: views.count)
    }
    return finished.max { $0.averageLogProbability < $1.averageLogProbability } ?? Self.transcript([], 0)
  }

  /// Of each text the scores, or where there are several views of the sound, the means of their log-probabilities.
  /// - Parameter logits: [views x texts, 51,865]
  private func agreed(_ logits: Matrix, views: Int) -> [[Float]] {
    let texts = logits.rows / views
    guard views > 1 else { return (0..<texts).map { Array(logits.row($0)) } }
    return (0..<texts).map { text in
      var mean = [Float](repeating: 0, count: logits.columns)
      for view in 0..<views {
        let row = Array(logits.row(view * texts + text))
        let norm = logSumExp(row)
        for index in mean.indices { mean[index] += (row[index] - norm) / Float(views) }
      }
      return mean
    }
  }

  private static func transcript(_ tokens: [Int], _ sum: Double) -> WhisperTranscript {
    WhisperTranscript(tokens: tokens, averageLogProbability: sum / Double(tokens.count + 1))
  }

  /// The tokens that are likeliest to come next, the likeliest first; none that is ruled out.
  private static func likeliest(_ count: Int, _ logits: [Float]) -> [(token: Int, logProbability: Double)] {
    var best: [(token: Int, score: Float)] = []
    var least = -Float.infinity
    for (token, score) in logits.enumerated() where score > least || (best.count < count && score > -.infinity) {
      let at = best.firstIndex { $0.score < score } ?? best.count
      best.insert((token, score), at: at)
      if best.count > count { best.removeLast() }
      if best.count == count { least = best[count - 1].score }
    }
    let sum = logSumExp(logits)
    return best.map { ($0.token, Double($0.score - sum)) }
  }
}
