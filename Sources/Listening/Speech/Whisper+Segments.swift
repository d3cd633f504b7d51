import Audio
import Foundation
import Tensor

extension Whisper {
  /// What is sung between two timestamps.
  struct Segment: Sendable {
    var words: [Word]
    var averageLogProbability: Double
  }

  /// The language of some windows.
  ///
  /// One window of singing misleads, so that several are heard; where they leave doubt, the best candidates and English each
  /// transcribe the first, and the text they are surest of decides (`listening.md` 3.5).
  /// - Parameter windows: encoded, and what each counts.
  func language(
    _ windows: [(encoded: Matrix, weight: Double)], given: String?, crew: Crew
  ) throws -> (token: Int, code: String, confidence: Double) {
    func named(_ token: Int) -> String {
      let code = vocabulary.languages.first { $0.token == token }?.code ?? "en"
      return code == "jw" ? "jv" : code
    }
    if let given, let token = vocabulary.token(ofLanguage: given) { return (token, given, 1) }
    var logs = [Double](repeating: 0, count: vocabulary.languages.count)
    let total = windows.reduce(0) { $0 + $1.weight }
    let heard = try crew.map(windows.count) { index in
      var state = WhisperDecoder.State(decoder.sound(windows[index].encoded))
      let logits = decoder.logits(try decoder([WhisperVocabulary.startOfTranscript], &state), row: 0)
      let scores = vocabulary.languages.map { logits[$0.token] }
      return scores.indices.map { logProbability(of: $0, scores) }
    }
    for (window, scores) in zip(windows, heard) {
      for at in logs.indices { logs[at] += scores[at] * window.weight / max(total, 1e-9) }
    }
    for at in logs.indices where !Self.often.contains(vocabulary.languages[at].code) { logs[at] += Self.rarity }
    let sum = logs.reduce(0) { $0 + exp($1) }
    let ranked = logs.indices.sorted { logs[$0] > logs[$1] }
    let probabilities = logs.map { exp($0) / max(sum, 1e-300) }
    let best = vocabulary.languages[ranked[0]]
    if probabilities[ranked[0]] >= 0.7 { return (best.token, named(best.token), probabilities[ranked[0]]) }
    let english = vocabulary.languages.firstIndex { $0.code == "en" }.map { [$0] } ?? []
    let candidates = Array(ranked.prefix(4)) + (ranked.prefix(4).contains { english.contains($0) } ? [] : english)
    guard let window = windows.first else { return (best.token, named(best.token), 0) }
    let rules = WhisperRules(vocabulary, timestamps: true)
    let sound = decoder.sound(window.encoded)
    let scored = try crew.map(candidates.count) { candidate -> (index: Int, score: Double) in
      let index = candidates[candidate]
      let language = vocabulary.languages[index]
      let transcript = try decoder.greedy(
        sound, prompt: [WhisperVocabulary.startOfTranscript, language.token, WhisperVocabulary.transcribe], rules: rules, limit: 60)
      let text = vocabulary.text(transcript.tokens)
      // A loop is likely in any language, and says nothing.
      let loop = max(0, 0.6 - Self.variety(text))
      let isForeign = Self.isLatin(text) && Self.unlatin.contains(language.code)
      return (index, transcript.averageLogProbability + 0.05 * log(max(probabilities[index], 1e-9)) - 2 * loop - (isForeign ? 0.5 : 0))
    }.sorted { $0.score > $1.score }
    let margin = scored[0].score - (scored.count > 1 ? scored[1].score : scored[0].score - 1)
    let token = vocabulary.languages[scored[0].index].token
    // Two texts that are equally likely say nothing: a lead of 0.3 in the mean log-probability is near certainty.
    return (token, named(token), min(0.95, max(probabilities[scored[0].index], 0.4 + min(margin, 0.3) * 1.8)))
  }

  /// Languages that much is sung in. Whisper takes singing for one of the others, of which it has heard little, more often than it is
  /// one: so those count a tenth.
  private static let often: Set<String> = [
    "en", "es", "fr", "de", "it", "pt", "nl", "sv", "no", "da", "fi", "pl", "cs", "ro", "hu", "el", "ru", "uk", "tr", "ar", "he", "hi", "ja",
    "ko", "zh", "vi", "id", "th",
  ]
  private static let rarity = log(0.1)

  /// Languages that aren't written in Latin letters.
  private static let unlatin: Set<String> = [
    "am", "ar", "as", "ba", "be", "bg", "bn", "bo", "el", "fa", "gu", "he", "hi", "hy", "ja", "ka", "kk", "km", "kn", "ko", "lo", "mk", "ml",
    "mn", "mr", "my", "ne", "pa", "ps", "ru", "sa", "sd", "si", "ta", "te", "tg", "th", "tt", "uk", "ur", "yi", "zh",
  ]

  /// Of the words of a segment, on average.
  private static let leastProbability = 0.1

  /// Whether most of a text's letters are Latin ones.
  static func isLatin(_ text: String) -> Bool {
    let letters = text.unicodeScalars.filter(\.properties.isAlphabetic)
    return !letters.isEmpty && 2 * letters.count { $0.value < 0x250 || (0x1E00...0x1EFF).contains($0.value) } > letters.count
  }

  /// The transcript of a window, guarded against loops and invention, with its words' times.
  /// - Parameters:
  ///   - voice: the same window of the separated voice, if that is to be heard too.
  ///   - seconds: of the window that have sound.
  ///   - width: of the beam search.
  func segments(_ encoded: Matrix, voice: Matrix? = nil, language: Int, seconds: Double, width: Int = 5) throws -> [Segment] {
    let limit = min(224, Int(12 + 7 * seconds))
    let sound = decoder.sound(encoded)
    let transcript = try decoder.beamSearch(
      from: [sound] + (voice.map { [decoder.sound($0)] } ?? []),
      prompt: [WhisperVocabulary.startOfTranscript, language, WhisperVocabulary.transcribe],
      rules: WhisperRules(vocabulary, timestamps: true), limit: limit, width: width)
    let groups = transcript.tokens.split { $0 >= WhisperVocabulary.firstTimestamp }.map { Array($0) }
    let tokens = groups.flatMap { $0 }
    let text = vocabulary.text(tokens).trimmingCharacters(in: .whitespacesAndNewlines)
    guard text.contains(where: \.isLetter), transcript.averageLogProbability >= -1.5 else { return [] }
    if transcript.averageLogProbability < -0.5, Self.isStock(text) { return [] }
    guard Self.variety(text) >= 0.25 else { return [] }
    let frames = min(1500, max(1, Int(seconds * 50)))
    // The decoder holds 448 tokens, five of them for the frame around the text.
    let aligned = Array(tokens.prefix(440))
    let times = try WordTimes(decoder, vocabulary, sound: sound, language: language, tokens: aligned, frames: frames)
    let words = Self.words(aligned, times, vocabulary)
    let kept = Self.collapsed(words.map(\.text))
    // Where more than half was a loop, nothing of it is to be believed.
    guard !kept.isEmpty, 2 * kept.count >= words.count else { return [] }
    // The same segments as the transcript's, by their number of words.
    var result: [Segment] = []
    var position = 0
    var taken = 0
    for group in groups where taken < aligned.count {
      taken += group.count
      let until = Self.words(Array(aligned.prefix(taken)), times, vocabulary).count
      let part = kept.filter { $0 >= position && $0 < until }.map { words[$0] }
      position = until
      // A word or two for what is no voice are hardly believed by the network itself.
      guard part.map(\.probability).mean >= Self.leastProbability else { continue }
      if part.contains(where: { $0.text.contains(where: \.isLetter) }) { result.append(Segment(words: part, averageLogProbability: transcript.averageLogProbability)) }
    }
    return result
  }

  /// The share of a text's runs of three characters that are different: near 1 for plain text, near 0 for a loop.
  static func variety(_ text: String) -> Double {
    let characters = Array(text.lowercased())
    // Too short to tell, but for one character over and over.
    guard characters.count > 12 else { return characters.count >= 6 && Set(characters).count <= 2 ? 0 : 1 }
    let runs = (0..<characters.count - 2).map { String(characters[$0..<$0 + 3]) }
    return Double(Set(runs).count) / Double(runs.count)
  }

  /// Indices of the words that stay when a phrase of one to eight words that comes three or more times in a row is kept once.
  static func collapsed(_ words: [String]) -> [Int] {
    let plain = words.map { $0.lowercased().filter { $0.isLetter || $0.isNumber } }
    var kept: [Int] = []
    var index = 0
    while index < plain.count {
      var skipped = 0
      for length in 1...8 where index + 3 * length <= plain.count {
        let phrase = plain[index..<index + length]
        var repeats = 1
        while index + (repeats + 1) * length <= plain.count,
          plain[index + repeats * length..<index + (repeats + 1) * length].elementsEqual(phrase)
        { repeats += 1 }
        if repeats >= 3 {
          kept += Array(index..<index + length)
          skipped = repeats * length
          break
        }
      }
      if skipped > 0 { index += skipped } else {
        kept.append(index)
        index += 1
      }
    }
    return kept
  }

  /// What Whisper says of music without words.
  private static func isStock(_ text: String) -> Bool {
    let plain = text.lowercased()
    let stock = ["thank you for watching", "thanks for watching", "subtitles", "amara.org", "ご視聴ありがとうございました", "продолжение следует", "字幕"]
    return stock.contains { plain.contains($0) } || plain.allSatisfy { "♪ ".contains($0) }
  }
}
