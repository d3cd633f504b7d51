import Testing

@testable import Singer

@Suite struct TrainedSoundsTests {
  private static func symbols(_ text: String, voice: String) throws -> String {
    let read = PhoneReader.syllables(PhoneReader.words(try Espeak.phones(of: text, voice: voice), voice: voice))
    let tokens = TrainedSounds.rewritten(read.tokens(rising: voice.hasPrefix("cmn")), espeakVoice: voice)
    return tokens.dropFirst().dropLast(2).compactMap { VoiceSymbols.symbol(of: $0.id).map(String.init) }.joined()
  }

  @Test(arguments: [
    ("zhong1 chang4 shi4", "ꭧˈʊŋ ꭧʰˈaŋ ʂˈɨ"), ("ci2 zi4 ni3", "ʦʰˈɨ ʦˈɨ nˈi"), ("tai4 kan4 qing1", "tʰˈai kʰˈan ʨʰˈiŋ"),
    ("ren2 ge1 wo3", "ɻˈən kˈɤ wˈo"), ("du2 yue4 lai2", "tˈu ˈyɛ lˈai"),
  ])
  func mandarinHasTheSoundsThatWereLearnt(_ pinyin: String, _ expected: String) throws {
    #expect(try Self.symbols(pinyin, voice: "cmn-latn-pinyin") == expected)
  }

  @Test func germanDurchHasAVowel() throws {
    #expect(try Self.symbols("durch kurz", voice: "de") == "dʊɾç kˈʊɾʦ")
  }

  @Test func otherLanguagesStayAsTheyAre() throws {
    #expect(try Self.symbols("the sun", voice: "en-us") == "ðə sˈʌn")
  }
}
