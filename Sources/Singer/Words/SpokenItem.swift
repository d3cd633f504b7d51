/// A word as espeak-ng is given it, and which letter of it stands for which written character.
struct SpokenItem: Sendable {
  struct Letter: Sendable, Hashable {
    /// Index into `glyphs`.
    var glyph: Int
    var text: String
  }
  var text: String
  var glyphs: [LyricText.Glyph]
  var letters: [Letter]
  /// Number of the written word.
  var word: Int

  /// The syllables of neighbouring words of one language.
  /// - Throws: `EspeakError`.
  static func readings(of items: [SpokenItem], voice: String, language: String) throws -> [Reading] {
    func words(_ text: String) throws -> [[Phone]] {
      PhoneReader.words(try Espeak.phones(of: text, voice: voice), voice: voice)
    }
    let together = try words(items.map(\.text).joined(separator: " "))
    let syllables = PhoneReader.syllables(together)
    var owners = syllables.map(\.word)
    if together.count != items.count {
      // Words were joined or taken apart: each sound belongs to the word that has it when it is said alone.
      var alone: [(phone: Phone, item: Int)] = []
      for (index, item) in items.enumerated() { alone += try words(item.text).joined().map { ($0, index) } }
      let said = syllables.enumerated().flatMap { index, syllable in syllable.phones.map { (phone: $0, syllable: index) } }
      let matches = Alignment.matches(said.count, alone.count) { SoundClass.distance(said[$0].phone, alone[$1].phone) }
      var last = 0
      var itemOfSaid: [Int] = []
      for match in matches {
        last = match.map { max(last, alone[$0].item) } ?? last
        itemOfSaid.append(last)
      }
      owners = syllables.indices.map { index in
        said.indices.first { said[$0].syllable == index && said[$0].phone.isNucleus }.map { itemOfSaid[$0] } ?? 0
      }
    }
    var result: [Reading] = []
    for (index, item) in items.enumerated() {
      let own = syllables.indices.filter { owners[$0] == index }.map { syllables[$0] }
      guard !own.isEmpty else {
        result.append(.silent(item))
        continue
      }
      let places = item.syllables(of: own)
      for (number, syllable) in own.enumerated() {
        result.append(
          Reading(
            spoken: syllable, glyphs: zip(item.glyphs, places).filter { $1 == number }.map(\.0),
            anchor: item.glyphs.first?.offset ?? 0, word: item.word, language: language,
            speech: number == 0 ? item.text : "", voice: voice))
      }
    }
    return result
  }

  /// For each written character the syllable in which it is heard.
  private func syllables(of spoken: [SpokenSyllable]) -> [Int] {
    guard spoken.count > 1 else { return glyphs.map { _ in 0 } }
    let phones = spoken.enumerated().flatMap { index, syllable in syllable.phones.map { (phone: $0, syllable: index) } }
    let signs = letters.flatMap { letter in SoundClass.latin(letter.text).map { (letter: $0, glyph: letter.glyph) } }
    let matches = Alignment.matches(signs.count, phones.count) { SoundClass.distance(signs[$0].letter, phones[$1].phone) }
    var places = [Int?](repeating: nil, count: glyphs.count)
    var hasVowel = [Bool](repeating: false, count: glyphs.count)
    for (sign, match) in zip(signs, matches) {
      guard let match, !hasVowel[sign.glyph] else { continue }
      let isVowel = phones[match].phone.isNucleus
      if places[sign.glyph] == nil || isVowel { places[sign.glyph] = phones[match].syllable }
      hasVowel[sign.glyph] = isVowel
    }
    // Silent letters stay with what is before them.
    var last = 0
    return places.map { place in
      last = max(last, place ?? last)
      return last
    }
  }
}

/// The cheapest way to set two sequences against each other.
enum Alignment {
  private static let gap: Float = 0.6

  /// For each element of the first its partner in the second, if it has one; partners are in order.
  /// - Parameter distance: 0 (the same) ... 2 (never a pair).
  /// - Complexity: O(first · second).
  static func matches(_ first: Int, _ second: Int, distance: (Int, Int) -> Float) -> [Int?] {
    let width = second + 1
    var cost = [Float](repeating: 0, count: (first + 1) * width)
    var step = [UInt8](repeating: 0, count: (first + 1) * width)
    for row in 0...first {
      for column in 0...second where row + column > 0 {
        let place = row * width + column
        var best = Float.infinity
        if row > 0 { (best, step[place]) = (cost[place - width] + gap, 1) }
        if column > 0, cost[place - 1] + gap < best { (best, step[place]) = (cost[place - 1] + gap, 2) }
        if row > 0, column > 0 {
          let pair = cost[place - width - 1] + distance(row - 1, column - 1)
          if pair <= best { (best, step[place]) = (pair, 3) }
        }
        cost[place] = best
      }
    }
    var result = [Int?](repeating: nil, count: first)
    var (row, column) = (first, second)
    while row > 0 || column > 0 {
      switch step[row * width + column] {
      case 1: row -= 1
      case 2: column -= 1
      default:
        row -= 1
        column -= 1
        result[row] = column
      }
    }
    return result
  }
}
