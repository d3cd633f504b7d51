import Audio
import Foundation
import Music
import Testing

@testable import Listening

@Suite struct VoiceActivityTests {
  @Test func gapsAreClosedAndIslandsDropped() {
    var active = [Bool](repeating: false, count: 1000)
    for index in 100..<200 { active[index] = true }
    for index in 220..<300 { active[index] = true }
    for index in 500..<510 { active[index] = true }
    for index in 700..<760 { active[index] = true }
    let spans = VoiceActivity.spans(active, duration: 10)
    #expect(spans.count == 2)
    #expect(zip(spans, [0.8...3.2, 6.8...7.8]).allSatisfy { abs($0.lowerBound - $1.lowerBound) < 0.02 && abs($0.upperBound - $1.upperBound) < 0.02 })
  }

  @Test func silenceAndNoiseAreNoVoice() throws {
    let crew = Crew(threads: 2)
    let silence = [Float](repeating: 0, count: 32_000)
    #expect(try VoiceActivity(vocals: silence, mix: silence, crew: crew).spans.isEmpty)
    #expect(try VoiceActivity(vocals: [], mix: [], crew: crew).spans.isEmpty)
    // What a separation leaves of a loud mix: 20 dB below it.
    let mix = (0..<32_000).map { Float(sin(Double($0) * 0.4)) * 0.5 }
    #expect(try VoiceActivity(vocals: mix.map { $0 * 0.1 }, mix: mix, crew: crew).spans.isEmpty)
    #expect(try VoiceActivity(vocals: mix, mix: mix, crew: crew).spans.count == 1)
  }

  @Test func windowsAreCutAtTheLongestGaps() throws {
    var vocals = [Float](repeating: 0, count: 16_000 * 40)
    for (start, end) in [(1, 8), (9, 15), (20, 30), (31, 39)] {
      for index in start * 16_000..<end * 16_000 { vocals[index] = Float(sin(Double(index) * 0.2)) * 0.3 }
    }
    let activity = try VoiceActivity(vocals: vocals, mix: vocals, crew: Crew(threads: 2))
    let windows = activity.windows(atMost: 20, duration: 40)
    #expect(windows.count == 2)
    #expect(windows.allSatisfy { $0.upperBound - $0.lowerBound <= 20.5 })
    #expect(windows[0].upperBound < 16 && windows[1].lowerBound > 19)
  }

  @Test func lettersTellForeignWriting() {
    #expect(Whisper.isLatin("Walking down the road, naïve") && Whisper.isLatin("đêm nay"))
    #expect(!Whisper.isLatin("もう 今は solo") && !Whisper.isLatin("Καμινώ") && !Whisper.isLatin("..., 12"))
  }

  @Test func loopsAreKeptOnce() {
    func kept(_ text: String) -> String {
      let words = text.split(separator: " ").map(String.init)
      return Whisper.collapsed(words).map { words[$0] }.joined(separator: " ")
    }
    #expect(kept("na na na na hey") == "na hey")
    #expect(kept("oh my love, oh my love, Oh my love! and then") == "oh my love, and then")
    #expect(kept("twice twice then then on") == "twice twice then then on")
    #expect(kept("") == "")
    #expect(Whisper.variety("all the city lights are burning low") > 0.9)
    #expect(Whisper.variety("O.O.O.O.O.O.O.O.O.O.O.O.O.O.O.O") < 0.2)
    #expect(Whisper.variety("la la") == 1)
    #expect(Whisper.variety("흐흐흐흐흐흐흐") == 0)
  }
}

@Suite(.enabled(if: InstalledPack.pack != nil, InstalledPack.missing))
struct ListenerTests {
  /// From the mix alone: separated, gated, transcribed, with times near the syllables'.
  @Test func theLyricsOfAMixAreHeard() throws {
    let mix = try Golden.stereo("mix_44k_stereo")
    let report = try Listener(listeners: InstalledPack.folder, crew: Crew(threads: 2)).report(on: mix)
    let lyrics = try #require(report.lyrics)
    print("heard:", lyrics.lines.map(\.text), lyrics.language ?? "-", lyrics.languageConfidence)
    #expect(lyrics.language == "en")
    let words = lyrics.lines.flatMap(\.words)
    let plain = Set(words.map { $0.text.lowercased().filter(\.isLetter) })
    // Of sixteen words that are sung, at least ten.
    let sung = "i will find my way back home to you all the city lights are burning low".split(separator: " ").map(String.init)
    #expect(sung.count { plain.contains($0) } >= 10)
    #expect(zip(words, words.dropFirst()).allSatisfy { $0.start < $1.start && $0.end <= $1.start + 1e-9 })
    #expect(words.allSatisfy { $0.start >= 0 && $0.end <= mix.durationSeconds + 0.01 && (0...1).contains($0.confidence) })
    let melody = try #require(report.melody)
    #expect(melody.count >= 8)
    #expect(zip(melody, melody.dropFirst()).allSatisfy { $0.end <= $1.start + 1e-9 })
    #expect(report.notes.isEmpty)
  }

  @Test func anInstrumentalHasNoLyrics() throws {
    let clip = try Golden.stereo("clips/a1_pop")
    let report = try Listener(listeners: InstalledPack.folder, crew: Crew(threads: 2)).report(on: clip, melody: false)
    #expect(report.lyrics?.lines.isEmpty == true)
  }
}

@Suite struct ListenerWithoutNetworksTests {
  @Test func withoutThePackTheRestWorksAndSaysWhatToInstall() throws {
    let listener = Listener(listeners: URL(fileURLWithPath: "/nonexistent/listeners"), crew: Crew(threads: 2))
    let report = try listener.report(on: try Golden.stereo("clips/a3_rock"))
    #expect(report.lyrics == nil && report.melody == nil)
    #expect(report.signal.key?.key.name == "E Minor")
    #expect(report.notes.first?.contains("cantiga listeners install") == true)
    #expect(throws: ListeningError.empty) { try listener.report(on: StereoBuffer(frames: 0)) }
  }
}
