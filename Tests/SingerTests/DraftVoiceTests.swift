import Foundation
import Music
import Singer
import Testing

@Suite struct DraftVoiceTests {
  @Test(arguments: [("en", "Silver stars are shining over me", "en-us", VoiceKind.female), ("es", "Bajo la luna canto para ti", "es", .male)])
  func theDraftVoiceSingsInTuneAndOnTime(_ language: String, _ text: String, _ espeakVoice: String, _ kind: VoiceKind) throws {
    let golden = try SungGolden(language)
    let samples = try PhraseRenderer().sing(
      golden.line, PhraseRenderer.Part(voice: .of(kind)), with: DraftVoice(text: text, espeakVoice: espeakVoice))
    #expect(abs(Double(samples.count) / 48_000 - golden.line.durationSeconds) < 0.01)
    let vowels = golden.line.notes.map { Optional($0.startSeconds..<$0.startSeconds + 0.6 * ($0.endSeconds - $0.startSeconds)) }
    let errors = PitchMeter.cents(samples, golden.line, vowels)
    print("draft \(language): cents \(errors.map { Int($0.rounded()) })")
    let close = errors.filter { abs($0) < 50 }.count
    #expect(Double(close) >= 0.9 * Double(errors.count))
    #expect(samples.contains { abs($0) > 0.02 } && samples.allSatisfy { abs($0) < 2 })
    for note in golden.line.notes {
      let vowel = samples[Int((note.startSeconds + 0.03) * 48_000)..<Int((note.startSeconds + 0.12) * 48_000)]
      let level = (vowel.reduce(0) { $0 + $1 * $1 } / Float(vowel.count)).squareRoot()
      #expect(level > 0.003)
    }
  }

  @Test(arguments: [Instrument.Delivery.rap, .spoken])
  func theDraftVoiceSpeaks(_ delivery: Instrument.Delivery) throws {
    let golden = try SungGolden("en")
    var part = PhraseRenderer.Part(voice: .of(.male))
    part.delivery = delivery
    let samples = try PhraseRenderer().sing(
      golden.line, part, with: DraftVoice(text: "Silver stars are shining over me", espeakVoice: "en-us"))
    #expect(samples.contains { abs($0) > 0.02 })
  }

  @Test(arguments: ["one", "this line has many more syllables than there are notes to carry them all", "日本"])
  func anyNumberOfSyllablesFitsTheNotes(_ text: String) throws {
    let golden = try SungGolden("en")
    let samples = try PhraseRenderer().sing(
      golden.line, PhraseRenderer.Part(voice: .of(.child)), with: DraftVoice(text: text, espeakVoice: "en-us"))
    #expect(samples.allSatisfy { $0.isFinite })
  }

  @Test func aLineWithoutWordsIsRefused() throws {
    let golden = try SungGolden("en")
    #expect(throws: SingerError.self) {
      try PhraseRenderer().sing(
        golden.line, PhraseRenderer.Part(voice: .of(.female)), with: DraftVoice(text: "…", espeakVoice: "en-us"))
    }
  }
}
