import Foundation
import Tensor

/// When each token is sung, from where the decoder looks while it writes it (`listening.md` 3.7).
struct WordTimes: Sendable {
  static let secondsPerFrame = 0.02

  /// The attention of the heads that align, standardised, smoothed and averaged: [tokens + 1, frames].
  let matrix: Matrix
  /// Pairs (row, column) from the first to the last.
  let path: [(row: Int, column: Int)]
  /// The probability of each token.
  let probabilities: [Double]

  /// - Parameters:
  ///   - tokens: of text only.
  ///   - frames: of the encoder, 20 ms each, that have sound.
  init(
    _ decoder: WhisperDecoder, _ vocabulary: WhisperVocabulary, sound: WhisperDecoder.Sound, language: Int, tokens: [Int], frames: Int
  ) throws {
    typealias Vocabulary = WhisperVocabulary
    let prompt = [Vocabulary.startOfTranscript, language, Vocabulary.transcribe, Vocabulary.noTimestamps]
    let all = prompt + tokens + [Vocabulary.endOfText]
    var sum = Matrix(rows: tokens.count + 1, columns: frames)
    let heads = vocabulary.alignmentHeads
    var state = WhisperDecoder.State(sound)
    let hidden = try decoder(all, &state) { layer, query, key in
      for (_, head) in heads.filter({ $0.layer == layer }) {
        let weights = Self.smoothed(Self.weights(query, key, head: head, frames: frames))
        for row in 0...tokens.count {
          for column in 0..<frames { sum.values[row * frames + column] += weights[row + 3, column] }
        }
      }
    }
    sum *= 1 / Float(heads.count)
    matrix = sum
    path = Self.cheapestPath(sum)
    probabilities = tokens.enumerated().map { index, token in
      let logits = Array(decoder.logits(hidden, row: prompt.count - 1 + index).prefix(Vocabulary.endOfText))
      return exp(logProbability(of: token, logits))
    }
  }

  /// softmax(q k / 8) over the first frames.
  private static func weights(_ query: Matrix, _ key: Matrix, head: Int, frames: Int) -> Matrix {
    let size = WhisperConversion.width / WhisperConversion.heads
    let columns = Array(head * size..<(head + 1) * size)
    let q = query.selectingColumns(columns)
    let k = Matrix(rows: key.rows, columns: key.columns, values: key.values).selectingColumns(columns)
    let transposed = Matrix(rows: frames, columns: size, values: Array(k.values.prefix(frames * size))).transposed()
    var scores = Matrix(
      rows: q.rows, columns: frames, values: BLAS.multiply(q.values, transposed.values, m: q.rows, k: size, n: frames))
    scores *= 1 / Float(size).squareRoot()
    scores.softmaxRows()
    return scores
  }

  /// Each column standardised over the rows, then medians of seven along time, mirrored without the ends.
  private static func smoothed(_ weights: Matrix) -> Matrix {
    var result = weights
    let (rows, columns) = (weights.rows, weights.columns)
    for column in 0..<columns {
      let values = (0..<rows).map { Double(weights[$0, column]) }
      let (mean, deviation) = (values.mean, values.deviation)
      for row in 0..<rows { result[row, column] = deviation > 0 ? Float((values[row] - mean) / deviation) : 0 }
    }
    guard columns > 3 else { return result }
    var smooth = result
    for row in 0..<rows {
      for column in 0..<columns {
        var window = (-3...3).map { offset -> Float in
          let at = abs(column + offset)
          return result[row, at < columns ? at : 2 * (columns - 1) - at]
        }
        window.sort()
        smooth[row, column] = window[3]
      }
    }
    return smooth
  }

  /// Dynamic time warping of cost -matrix.
  private static func cheapestPath(_ matrix: Matrix) -> [(row: Int, column: Int)] {
    let (rows, columns) = (matrix.rows, matrix.columns)
    guard rows > 0, columns > 0 else { return [] }
    let width = columns + 1
    var cost = [Double](repeating: .infinity, count: (rows + 1) * width)
    var step = [UInt8](repeating: 2, count: (rows + 1) * width)
    cost[0] = 0
    for i in 1...rows {
      for j in 1...columns {
        let (diagonal, up, left) = (cost[(i - 1) * width + j - 1], cost[(i - 1) * width + j], cost[i * width + j - 1])
        let (least, origin): (Double, UInt8) =
          diagonal < up && diagonal < left ? (diagonal, 0) : up < diagonal && up < left ? (up, 1) : (left, 2)
        cost[i * width + j] = least - Double(matrix[i - 1, j - 1])
        step[i * width + j] = origin
      }
    }
    var path: [(row: Int, column: Int)] = []
    var (i, j) = (rows, columns)
    while i > 0 || j > 0 {
      if i > 0, j > 0 { path.append((i - 1, j - 1)) }
      let origin = i == 0 ? 2 : j == 0 ? 1 : step[i * width + j]
      if origin != 2 { i -= 1 }
      if origin != 1 { j -= 1 }
    }
    return path.reversed()
  }

  /// When each row's part of the path begins, in seconds: the tokens' times and the end's.
  var starts: [Double] {
    (0..<matrix.rows).map { row in Self.secondsPerFrame * Double(path.first { $0.row == row }?.column ?? 0) }
  }

  /// When each row is attended to most, in seconds. For singing this is nearer than `starts`: attention moves on early from a
  /// held note.
  var peaks: [Double] {
    (0..<matrix.rows).map { row in
      let columns = path.filter { $0.row == row }.map(\.column)
      let best = columns.max { matrix[row, $0] < matrix[row, $1] } ?? 0
      return Self.secondsPerFrame * Double(best)
    }
  }
}
