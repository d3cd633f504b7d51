import Audio
import Foundation
import Generation
import Testing

@testable import Listening

@Suite struct StyleTests {
  private func likeness(_ file: String) throws -> HeardSong.Likeness? {
    let sound = try AudioFile.read(Golden.folder.appendingPathComponent("clips/\(file)").path)
    let mono = try Resampler.resample(
      zip(sound.left, sound.right).map { ($0 + $1) / 2 }, from: sound.sampleRate, to: SignalAnalysis.sampleRate)
    return HeardSong.Likeness(try SignalAnalysis(mono, crew: Crew(threads: 2)))
  }

  /// The clips were made by other means than the songs of the table.
  @Test(arguments: [("a3_rock.flac", "Rock"), ("a4_jazz.flac", "Jazz"), ("a6_reggae.flac", "Reggae")])
  func aClipResemblesItsPreset(file: String, preset: String) throws {
    let found = try #require(try likeness(file))
    #expect(found.preset == preset && (0.5...1).contains(found.confidence))
  }

  @Test func theTableFitsTheFeatures() {
    let count = StyleTable.means.count
    #expect(StyleTable.deviations.count == count && StyleTable.deviations.allSatisfy { $0 > 0 })
    #expect(StyleTable.presets.count == 13 && StyleTable.presets.allSatisfy { $0.weights.count == count })
  }

  /// Noise, silence and a metronome resemble nothing that is known.
  @Test func whatIsNoMusicResemblesNothing() throws {
    var state: UInt32 = 1
    let noise = (0..<22_050 * 20).map { _ -> Float in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / Float(1 << 24) - 0.5
    }
    let metronome = (0..<22_050 * 20).map { $0 % 11_025 < 50 ? Float(0.5) : 0 }
    for sound in [noise, metronome, [Float](repeating: 0, count: 22_050 * 20)] {
      #expect(HeardSong.Likeness(try SignalAnalysis(sound, crew: Crew(threads: 2))) == nil)
    }
  }
}
