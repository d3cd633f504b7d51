import Checkpoint
import Foundation
public import Tensor

/// Whisper base: lyrics and their language from a voice (`listening.md` 3).
public struct Whisper: Sendable {
  let encoder: WhisperEncoder
  let decoder: WhisperDecoder
  let vocabulary: WhisperVocabulary

  /// - Parameter precision: of the products.
  /// - Throws: `CheckpointError`.
  public init(_ pack: ListeningPack, precision: Precision = .fastest) throws {
    let weights = WhisperWeights(file: try SafetensorsFile(path: pack.speech), precision: precision)
    encoder = try WhisperEncoder(weights)
    decoder = try WhisperDecoder(weights)
    vocabulary = try WhisperVocabulary(pack)
  }

  /// A word of a window of sound.
  struct Word: Sendable, Equatable {
    var text: String
    /// Seconds from the window's beginning: when attention moves on to it, and when it is greatest.
    var start: Double
    var peak: Double
    var probability: Double
  }

  /// Tokens grouped into words: one begins where the text has a space, or, in writing without spaces, at each character.
  static func words(_ tokens: [Int], _ times: WordTimes, _ vocabulary: WhisperVocabulary) -> [Word] {
    let (starts, peaks) = (times.starts, times.peaks)
    var words: [Word] = []
    var run: [Int] = []
    func close(at end: Int) {
      guard !run.isEmpty else { return }
      let first = end - run.count
      let text = vocabulary.text(run).trimmingCharacters(in: .whitespaces)
      if !text.isEmpty {
        let probability = times.probabilities[first..<end].reduce(0, +) / Double(run.count)
        words.append(Word(text: text, start: starts[first], peak: peaks[first], probability: probability))
      }
      run = []
    }
    for (index, token) in tokens.enumerated() {
      let bytes = vocabulary.bytes([token])
      let isWhole = String(validating: vocabulary.bytes(run), as: UTF8.self) != nil
      let beginsWord = bytes.first == 0x20 || (isWhole && startsIdeograph(bytes))
      if beginsWord { close(at: index) }
      run.append(token)
    }
    close(at: tokens.count)
    return words
  }

  /// Whether the bytes begin with a character of a script without spaces: Chinese, Japanese, Thai, Lao, Burmese, Khmer.
  private static func startsIdeograph(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 2 else { return (bytes.first ?? 0) >= 0xE3 && (bytes.first ?? 0) <= 0xE9 }
    switch (bytes[0], bytes[1]) {
    case (0xE3...0xE9, _): return true
    case (0xE0, 0xB8...0xBB): return true
    case (0xE1, 0x80...0x82), (0xE1, 0x9E...0x9F): return true
    default: return false
    }
  }
}
