/// Japanese text in kana, as it is said.
enum Kana {
  /// Kana of a unit, each with the character that it stands for; empty where nothing can be read.
  ///
  /// A unit in kana alone is taken as it is written. Chinese characters are read by MeCab, in the company of their neighbours.
  static func letters(of glyphs: [LyricText.Glyph], mecab: MeCab?) -> [SpokenItem.Letter] {
    let scalars = glyphs.enumerated().flatMap { index, glyph in glyph.spoken.unicodeScalars.map { (scalar: $0, glyph: index) } }
    guard scalars.contains(where: { Script($0.scalar) == .han }) else {
      return scalars.flatMap { scalar, glyph in said(scalar).map { SpokenItem.Letter(glyph: glyph, text: $0) } }
    }
    guard let mecab else { return [] }
    var result: [SpokenItem.Letter] = []
    var start = 0
    for word in mecab.words(of: glyphs.map(\.spoken).joined()) {
      let count = word.surface.unicodeScalars.count
      guard start + count <= scalars.count else { break }
      let surface = Array(scalars[start..<(start + count)])
      start += count
      if let pronunciation = word.pronunciation {
        result += spread(Array(pronunciation.unicodeScalars), over: surface)
      } else {
        result += surface.flatMap { scalar, glyph in said(scalar).map { SpokenItem.Letter(glyph: glyph, text: $0) } }
      }
    }
    return result
  }

  /// Sets a word's kana against its written characters: kana to itself from both ends, the rest in equal shares.
  private static func spread(
    _ kana: [Unicode.Scalar], over surface: [(scalar: Unicode.Scalar, glyph: Int)]
  ) -> [SpokenItem.Letter] {
    var head = 0
    while head < kana.count, head < surface.count, kana[head] == katakana(surface[head].scalar) { head += 1 }
    var tail = 0
    while tail < kana.count - head, tail < surface.count - head,
      kana[kana.count - 1 - tail] == katakana(surface[surface.count - 1 - tail].scalar)
    {
      tail += 1
    }
    let (middle, places) = (kana.count - head - tail, surface.count - head - tail)
    return kana.indices.map { index in
      let place: Int
      if index < head || places == 0 {
        place = min(index, max(0, head - 1))
      } else if index >= kana.count - tail {
        place = surface.count - (kana.count - index)
      } else {
        place = head + (index - head) * places / max(1, middle)
      }
      return SpokenItem.Letter(glyph: surface[place].glyph, text: String(kana[index]))
    }
  }

  private static func katakana(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    (0x3041...0x3096).contains(scalar.value) ? Unicode.Scalar(scalar.value + 0x60) ?? scalar : scalar
  }

  private static func said(_ scalar: Unicode.Scalar) -> String? {
    Script(scalar) == .japanese ? String(scalar) : digits[scalar]
  }

  private static let digits: [Unicode.Scalar: String] = [
    "0": "ゼロ", "1": "イチ", "2": "ニ", "3": "サン", "4": "ヨン", "5": "ゴ", "6": "ロク", "7": "ナナ", "8": "ハチ", "9": "キュウ",
  ]
}
