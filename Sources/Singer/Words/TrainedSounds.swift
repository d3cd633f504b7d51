/// The sounds of a language as the voice network has learnt them, where espeak-ng writes others.
///
/// espeak-ng's Mandarin marks retroflexes with a full stop and a tone with a vowel sign: the network would pause and sing another vowel.
enum TrainedSounds {
  /// - Parameter espeakVoice: who read the line.
  static func rewritten(_ tokens: [Token], espeakVoice: String) -> [Token] {
    espeakVoice.hasPrefix("cmn") ? mandarin(tokens) : tokens
  }

  private static func mandarin(_ tokens: [Token]) -> [Token] {
    var result: [Token] = []
    var rest = tokens[...]
    while let first = rest.first {
      guard let number = first.syllable else {
        result.append(first)
        rest = rest.dropFirst()
        continue
      }
      let syllable = rest.prefix { $0.syllable == number }
      rest = rest.dropFirst(syllable.count)
      result += buzzing(replaced(withoutTone(Array(syllable))))
    }
    return result
  }

  /// The second tone is written as a vowel, and then taken for the nucleus after "i" or "u".
  private static func withoutTone(_ tokens: [Token]) -> [Token] {
    func symbol(_ index: Int) -> Unicode.Scalar { VoiceSymbols.symbol(of: tokens[index].id) ?? " " }
    guard let tone = tokens.indices.last(where: { symbol($0) == "ɜ" }) else { return tokens }
    var result = tokens
    result.remove(at: tone)
    guard tokens[tone].role == .nucleus,
      let vowel = tokens[..<tone].lastIndex(where: { $0.role == .onset && VoiceSymbols.symbol(of: $0.id).map(Phone.isVowel) ?? false })
    else { return result }
    var nucleus = result.remove(at: vowel)
    nucleus.role = .nucleus
    // After the stress mark, if there is one.
    result.insert(nucleus, at: tone - 1)
    return result
  }

  private static let pairs: [(from: [Unicode.Scalar], to: [Unicode.Scalar])] = [
    ("ʦ.h", "ꭧʰ"), ("ʦ.", "ꭧ"), ("s.", "ʂ"), ("ʦh", "ʦʰ"), ("ʨh", "ʨʰ"), ("th", "tʰ"), ("kh", "kʰ"), ("ph", "pʰ"), ("onɡ", "ʊŋ"),
    ("nɡ", "ŋ"), ("ji", "j"), ("wu", "w"), ("ʒ", "ɻ"), ("ɑ", "a"),
  ].map { (Array($0.0.unicodeScalars), Array($0.1.unicodeScalars)) }

  /// Longest match first; a sound keeps the role of the first symbol that it was written with.
  private static func replaced(_ tokens: [Token]) -> [Token] {
    let symbols = tokens.map { VoiceSymbols.symbol(of: $0.id) ?? " " }
    var result: [Token] = []
    var index = 0
    while index < tokens.count {
      let hasVowelAfter = tokens[index...].dropFirst(2).contains { $0.role == .nucleus }
      let rule = pairs.first { rule in
        // "ji" is "j" where another vowel follows: "yi" stays.
        (rule.to.count == 1 && ["j", "w"].contains(rule.to[0]) ? hasVowelAfter : true) && symbols[index...].starts(with: rule.from)
      }
      if let rule {
        for (offset, symbol) in rule.to.enumerated() {
          var token = tokens[index + min(offset, rule.from.count - 1)]
          if let id = VoiceSymbols.id(of: symbol) { token.id = id }
          if rule.to.count < rule.from.count, offset > 0, token.role == .glide { token.role = .coda }
          result.append(token)
        }
        index += rule.from.count
      } else {
        // What is left of a retroflex.
        if symbols[index] != "." { result.append(tokens[index]) }
        index += 1
      }
    }
    return result
  }

  /// The vowel of "zi" and "shi", and that of "ge".
  private static func buzzing(_ tokens: [Token]) -> [Token] {
    let onset = tokens.last { $0.role == .onset && VoiceSymbols.symbol(of: $0.id) != "ʰ" }.flatMap { VoiceSymbols.symbol(of: $0.id) }
    let isAlone = !tokens.contains { [.glide, .coda].contains($0.role) }
    guard isAlone, let index = tokens.firstIndex(where: { $0.role == .nucleus }) else { return tokens }
    var result = tokens
    switch VoiceSymbols.symbol(of: tokens[index].id) {
    case "i" where onset.map { "ʦsꭧʂɻ".unicodeScalars.contains($0) } ?? false: result[index].id = VoiceSymbols.id(of: "ɨ") ?? tokens[index].id
    case "o" where !(onset.map { "wbpmfu".unicodeScalars.contains($0) } ?? false): result[index].id = VoiceSymbols.id(of: "ɤ") ?? tokens[index].id
    default: break
    }
    return result
  }
}
