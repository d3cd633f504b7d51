extension SpokenSyllable {
  /// The syllable's symbols as the network takes them: onset, stress mark, vowel, coda (`singer.md` 3.1).
  ///
  /// A consonant that espeak-ng writes into the vowel's phone counts for the onset before the vowel ("ja") and for the
  /// coda after it ("ɑːɹ"), so that the vowel starts on the beat.
  /// - Parameters:
  ///   - number: of the syllable in its line.
  ///   - rising: whether a high vowel before another in one phone is its glide, as in Mandarin "iɑŋ".
  func tokens(number: Int, rising: Bool) -> [Token] {
    var result: [Token] = []
    func add(_ id: Int?, _ role: Token.Role) {
      if let id { result.append(Token(id: id, role: role, syllable: number)) }
    }
    for (phone, place) in zip(phones, places) {
      switch place {
      case .onset, .coda:
        for symbol in phone.symbols { add(VoiceSymbols.id(of: symbol), place == .onset ? .onset : .coda) }
      case .nucleus:
        if stress > 0 { add(stress == 2 ? VoiceSymbols.primaryStress : VoiceSymbols.secondaryStress, .stress) }
        for (symbol, role) in Self.roles(of: phone, rising: rising) { add(VoiceSymbols.id(of: symbol), role) }
      case .glide:
        for (symbol, role) in Self.roles(of: phone, rising: false) {
          add(VoiceSymbols.id(of: symbol), role == .nucleus ? .glide : role == .onset ? .coda : role)
        }
      }
    }
    return result
  }

  private static func roles(of phone: Phone, rising: Bool) -> [(Unicode.Scalar, Token.Role)] {
    // A phone that the network has no symbol for is sung on a schwa.
    let symbols = phone.symbols.isEmpty ? ["ə"] : phone.symbols
    let vowels = symbols.indices.filter { Phone.isVowel(symbols[$0]) }
    var nucleus = vowels.first ?? 0
    if rising, vowels.count > 1, "iuy".unicodeScalars.contains(symbols[nucleus]) { nucleus = vowels[1] }
    return symbols.enumerated().map { index, symbol in
      let role: Token.Role =
        if index == nucleus { .nucleus } else if index < nucleus { .onset } else if Phone.isLength(symbol) { .length } else if Phone.isVowel(symbol) { .glide } else { .coda }
      return (symbol, role)
    }
  }
}

extension [SpokenSyllable] {
  /// The tokens of a line: pad, syllables with a space before each new word, full stop, pad.
  func tokens(rising: Bool = false) -> [Token] {
    var result = [Token(id: VoiceSymbols.pad, role: .pad)]
    for (number, syllable) in enumerated() {
      if syllable.startsWord, number > 0 { result.append(Token(id: VoiceSymbols.space, role: .space, syllable: number)) }
      result += syllable.tokens(number: number, rising: rising)
    }
    result.append(Token(id: VoiceSymbols.fullStop, role: .end))
    result.append(Token(id: VoiceSymbols.pad, role: .pad))
    return result
  }
}
