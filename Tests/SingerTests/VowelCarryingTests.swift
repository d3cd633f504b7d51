import Glibc
import Testing

@testable import Singer

@Suite struct VowelCarryingTests {
  private static let vowels = [20..<60, 80..<120, 140..<180, 200..<260]

  /// Vowels at some levels in decibels, silence 80 dB down between them.
  private static func spectra(levels: [Double]) -> VoiceSpectra {
    var spectra = VoiceSpectra(frames: 300, sampleRate: 24_000)
    for frame in 0..<spectra.frames {
      let level = zip(vowels, levels).first { $0.0.contains(frame) }?.1 ?? -80
      for bin in 0..<spectra.bins {
        spectra.envelope[frame * spectra.bins + bin] = pow(10, level / 10) / Double(spectra.bins)
        spectra.aperiodicity[frame * spectra.bins + bin] = 0.7
      }
    }
    return spectra
  }

  private static func level(_ spectra: VoiceSpectra, _ frame: Int) -> Double {
    10 * log10(spectra.envelope[frame * spectra.bins..<(frame + 1) * spectra.bins].reduce(0, +))
  }

  @Test func aWhisperedVowelIsHeard() {
    var spectra = Self.spectra(levels: [0, -3, 1, -32])
    let before = spectra
    spectra.carry(vowels: Self.vowels)
    for frame in 206..<246 { #expect(abs(Self.level(spectra, frame) + 10) < 0.01, "frame \(frame)") }
    #expect(abs(spectra.aperiodicity[230 * spectra.bins + 40] - 0.4) < 1e-9)
    // Its ends fade into what is beside it.
    #expect(Self.level(spectra, 200) < -25 && Self.level(spectra, 259) < -28)
    #expect(spectra.envelope[..<(200 * spectra.bins)] == before.envelope[..<(200 * before.bins)])
    #expect(spectra.envelope[(260 * spectra.bins)...] == before.envelope[(260 * before.bins)...])
  }

  @Test func noMoreThanThirtyDecibels() {
    var spectra = Self.spectra(levels: [0, 0, 0, -70])
    spectra.carry(vowels: Self.vowels)
    #expect(abs(Self.level(spectra, 230) + 40) < 0.01)
  }

  @Test func whatCanBeHeardStaysAsItIs() {
    let spectra = Self.spectra(levels: [0, -9, 4, -6])
    var carried = spectra
    carried.carry(vowels: Self.vowels)
    #expect(carried.envelope == spectra.envelope && carried.aperiodicity == spectra.aperiodicity)
  }

  @Test func shortVowelsAndNoVowelsAreLeftAlone() {
    for vowels in [[], [20..<40, 80..<100, 140..<150], [290..<400, -20..<10]] {
      let spectra = Self.spectra(levels: [0, 0, -40, -40])
      var carried = spectra
      carried.carry(vowels: vowels)
      #expect(carried.envelope == spectra.envelope)
    }
  }
}
