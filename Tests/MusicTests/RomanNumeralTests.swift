import Music
import Testing

@Suite struct RomanNumeralTests {
  @Test(arguments: [
    ("I", "C"), ("vi7", "Am7"), ("bVII", "A#"), ("V7/V", "D7"), ("IV/1", "F/C"), ("i/b7", "Cm/A#"),
    ("iiø7", "Dm7b5"), ("#iv°7", "F#dim7"), ("V7b9", "G7b9"), ("Imaj7", "Cmaj7"), ("VI+", "Aaug"),
    ("I5", "C5"), ("V13", "G13"), ("IVadd9", "Fadd9"), ("bII", "C#"), ("v", "Gm"), ("VII", "B"), ("iii7", "Em7"),
  ])
  func aNumeralNamesAChordOfTheKey(text: String, symbol: String) throws {
    let key = Key(tonic: PitchClass(rawValue: 0), mode: .major)
    #expect(try RomanNumeral(parsing: text).chord(in: key).symbol(in: key) == symbol)
  }

  @Test(arguments: ["", "VIII", "Ix", "I/9", "H", "V7/V/V", "vi add9"])
  func whatIsNoNumeralIsNamedInTheError(text: String) {
    #expect(throws: RomanNumeralError(text: text)) { try RomanNumeral(parsing: text) }
  }

  @Test func theMinorDominantIsWrittenAgainstTheMajorScale() throws {
    let key = try #require(Key(parsing: "A minor"))
    let symbols = try ["i", "bVI", "bIII", "bVII", "V7"].map { try RomanNumeral(parsing: $0).chord(in: key).symbol(in: key) }
    #expect(symbols == ["Am", "F", "C", "G", "E7"])
  }
}
