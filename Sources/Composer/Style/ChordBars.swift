import Music

/// A progression: bars of one or more chords. "I | vi IV | V" has three bars, its second split in two;
/// `%` repeats the bar before.
struct ChordBars: Sendable {
  let bars: [[RomanNumeral]]

  init(bars: [[RomanNumeral]]) { self.bars = bars }

  init(parsing text: String) throws {
    var bars: [[RomanNumeral]] = []
    for bar in text.split(separator: "|") {
      let tokens = bar.split(whereSeparator: \.isWhitespace)
      if tokens == ["%"], let last = bars.last {
        bars.append(last)
      } else {
        bars.append(try tokens.map { try RomanNumeral(parsing: String($0)) })
      }
    }
    guard !bars.isEmpty, bars.allSatisfy({ !$0.isEmpty }) else { throw RomanNumeralError(text: text) }
    self.bars = bars
  }

  var startsOnTonic: Bool { bars[0][0].semitones == 0 }
}
