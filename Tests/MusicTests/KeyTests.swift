import Music
import Testing

@Suite struct KeyTests {
  @Test(arguments: [
    ("C Major", "C Major"), ("Am", "A Minor"), ("F# minor", "F# Minor"), ("Bb", "Bb Major"),
    ("A minor", "A Minor"), ("a MIN", "A Minor"), ("E♭ maj", "Eb Major"), ("c♯ m", "C# Minor"),
    ("D dorian", "D Dorian"), ("b flat minor", "Bb Minor"), ("f sharp major", "F# Major"), ("bb", "Bb Major"),
    ("b", "B Major"), ("bm", "B Minor"), ("bbm", "Bb Minor"), ("CM", "C Major"), ("Cm", "C Minor"),
    ("Gmaj", "G Major"), ("  g   Mixolydian ", "G Mixolydian"), ("E harmonic minor", "E Harmonic Minor"),
    ("Ab-minor", "G# Minor"), ("Cb", "B Major"), ("D Minor", "D Minor"), ("a-flat major", "Ab Major"),
  ])
  func aKeyIsReadAsPeopleWriteIt(text: String, name: String) throws {
    #expect(try #require(Key(parsing: text)).name == name)
  }

  @Test(arguments: ["", "H", "C dur moll", "12", "X minor", "C blah", "minor", "A B", "C major minor", "#"])
  func whatIsNoKeyIsRefused(text: String) {
    #expect(Key(parsing: text) == nil)
  }

  @Test func everyKeyIsReadBackFromItsName() {
    for mode in Mode.allCases {
      for tonic in 0..<12 {
        let key = Key(tonic: PitchClass(rawValue: tonic), mode: mode)
        #expect(Key(parsing: key.name) == key)
      }
    }
  }

  @Test func signaturesFollowTheCircleOfFifths() throws {
    for (name, signature) in [
      ("C Major", 0), ("A Minor", 0), ("D Dorian", 0), ("G Major", 1), ("E Minor", 1), ("F Major", -1),
      ("D Minor", -1), ("F# Minor", 3), ("C Minor", -3), ("F# Major", 6), ("Eb Minor", -6), ("Db Major", -5),
    ] {
      #expect(try #require(Key(parsing: name)).signature == signature, "\(name)")
    }
  }

  @Test func aScaleStacksItsOwnChords() throws {
    let key = try #require(Key(parsing: "A minor"))
    #expect((1...7).map { key.triad($0).symbol(in: key) } == ["Am", "Bdim", "C", "Dm", "Em", "F", "G"])
    let major = try #require(Key(parsing: "Eb"))
    #expect(
      (1...7).map { major.seventhChord($0).symbol(in: major) }
        == ["Ebmaj7", "Fm7", "Gm7", "Abmaj7", "Bb7", "Cm7", "Dm7b5"])
  }

  @Test(arguments: [("2/4", "2/4"), ("3", "3/4"), (" 4/4 ", "4/4"), ("6 / 8", "6/8"), ("6", "6/8")])
  func aMetreIsReadWholeOrByItsUpperFigure(text: String, name: String) {
    #expect(Meter(parsing: text)?.name == name)
  }

  @Test(arguments: ["5/4", "7/8", "", "8", "4/8", "waltz"])
  func otherMetresAreRefused(text: String) {
    #expect(Meter(parsing: text) == nil)
  }

  @Test func sixEightIsFeltInTwo() {
    #expect(Meter.sixEight.feltBeats == 2)
    #expect(Meter.sixEight.ticksPerBar == 2880)
    #expect(Meter.sixEight.quartersPerMinute(bpm: 60) == 90)
    #expect(Meter.fourFour.quartersPerMinute(bpm: 60) == 60)
  }
}
