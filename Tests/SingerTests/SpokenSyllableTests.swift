import Foundation
import Testing

@testable import Singer

/// From what espeak-ng says to the network's symbols, as the golden lines have them.
@Suite struct SpokenSyllableTests {
  @Test func syllablesAndSymbolsAreThoseOfTheGoldenLines() throws {
    for line in try GoldenLine.all.get() {
      let syllables = PhoneReader.syllables(PhoneReader.words(line.ipa, voice: line.voice))
      #expect(syllables.count == line.nuclei, "\(line.language): \(line.text)")
      #expect(
        syllables.map { [$0.text(.onset), $0.text(.nucleus), $0.text(.coda)] } == line.syllables, "\(line.language): \(line.text)")
      let tokens = syllables.tokens()
      #expect(tokens.map(\.id) == line.ids, "\(line.language): \(line.text)")
      #expect(tokens.compactMap { VoiceSymbols.symbol(of: $0.id).map(String.init) }.joined() == line.symbols)
    }
  }

  @Test(arguments: ["en", "es", "ja"])
  func rolesAreThoseOfTheSungLines(name: String) throws {
    let document = try GoldenLine.document("kokoro-\(name).json")
    let text = try #require(document["text"] as? String)
    let voice = try #require(document["voice"] as? String)
    let roles = try #require(document["roles"] as? [[Any]])
    let symbols = try #require(document["symbols"] as? [String])
    let tokens = PhoneReader.syllables(PhoneReader.words(try Espeak.phones(of: text, voice: voice), voice: voice)).tokens()
    #expect(tokens.map(\.role.rawValue) == roles.map { $0[1] as? String })
    #expect(tokens.map { $0.syllable ?? -1 } == roles.map { $0[0] as? Int })
    #expect(tokens.map { VoiceSymbols.symbol(of: $0.id).map(String.init) ?? "" } == symbols)
  }

  @Test func aConsonantInTheVowelsPhoneStaysOffTheBeat() {
    let syllables = PhoneReader.syllables(PhoneReader.words("ˈja l_ˈiɑ5_ŋ", voice: "ru"))
    #expect(syllables[0].tokens(number: 0, rising: false).map(\.role) == [.stress, .onset, .nucleus])
    #expect(syllables[1].tokens(number: 1, rising: false).map(\.role) == [.onset, .stress, .nucleus, .glide, .coda])
    #expect(syllables[1].tokens(number: 1, rising: true).map(\.role) == [.onset, .stress, .onset, .nucleus, .coda])
  }

  @Test func consonantsAloneAreSungToo() {
    func places(_ ipa: String) -> [[SpokenSyllable.Place]] { PhoneReader.syllables(PhoneReader.words(ipa, voice: "en-us")).map(\.places) }
    #expect(places("ʃ") == [[.nucleus]])
    #expect(places("v l_ˈɛ_s s") == [[.onset, .onset, .nucleus, .coda, .coda]])
    #expect(places("").isEmpty)
    #expect(places("(en)_(xx) __ _-").isEmpty)
  }
}
