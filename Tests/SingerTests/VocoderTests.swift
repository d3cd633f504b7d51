import Foundation
import Singer
import Testing

/// One second of speech against pyworld (`Fixtures/README.md`, world.safetensors).
@Suite struct VocoderTests {
  let golden: Golden
  let sound: [Double]
  let pitch: [Double]

  init() throws {
    golden = try Golden("world")
    sound = try golden.doubles("x")
    pitch = try golden.doubles("f0")
  }

  @Test func pitchIsFoundNearTheCommand() throws {
    var vocoder = Vocoder(sampleRate: 24_000)
    let found = vocoder.pitch(of: sound, command: pitch, nucleus: pitch.map { _ in false })
    let worst = zip(found, try golden.doubles("nccf_f0")).map { abs($0 - $1) }.max() ?? 0
    print("pitch: worst \(worst) Hz")
    #expect(worst < 0.1)
  }

  @Test func envelopesEqualTheReference() throws {
    var vocoder = Vocoder(sampleRate: 24_000)
    let spectra = vocoder.analyze(sound, pitch: pitch, nucleus: pitch.map { _ in false })
    #expect(spectra.bins == 513)
    let difference = try differences("envelope", spectra, \.envelope, decibelsAPower: 10)
    print("envelope: worst \(difference.worst) dB")
    #expect(difference.worst < 0.05)
  }

  @Test func aperiodicityEqualsTheReference() throws {
    var vocoder = Vocoder(sampleRate: 24_000)
    let gated = vocoder.analyze(sound, pitch: pitch, nucleus: pitch.map { _ in false })
    let ungated = vocoder.analyzeUngated(sound, pitch: pitch)
    for (tensor, spectra) in [("aperiodicity", gated), ("aperiodicity_nogate", ungated)] {
      let difference = try differences(tensor, spectra, \.aperiodicity, decibelsAPower: 20)
      print("\(tensor): worst \(difference.worst) dB, mean \(difference.mean) dB")
      #expect(difference.worst < 1)
      #expect(difference.mean < 0.05)
    }
  }

  @Test func voicingScoresEqualTheReference() throws {
    var vocoder = Vocoder(sampleRate: 24_000)
    let expected = try golden.doubles("lovetrain")
    let found = vocoder.voicingScores(sound, pitch: pitch)
    let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
    print("LoveTrain: worst \(worst)")
    #expect(worst < 1e-4)
  }

  @Test(arguments: [("resynthesis", 1.0), ("resynthesis_up", 1.2)])
  func resynthesisEqualsTheReference(_ tensor: String, _ factor: Double) throws {
    var vocoder = Vocoder(sampleRate: 24_000)
    let spectra = vocoder.analyze(sound, pitch: pitch, nucleus: pitch.map { _ in false })
    let found = vocoder.sing(spectra, pitch: pitch.map { $0 * factor }, noise: HashNoise(seed: 0))
    let expected = try golden.doubles(tensor)
    #expect(found.count == expected.count)
    let ratio = signalToNoise(expected, found)
    print("\(tensor): \(ratio) dB")
    #expect(ratio > 60)
  }

  @Test func withLittleNoiseSynthesisIsThatOfPyworld() throws {
    var vocoder = Vocoder(sampleRate: 24_000)
    var spectra = vocoder.analyze(sound, pitch: pitch, nucleus: pitch.map { _ in false })
    for index in spectra.aperiodicity.indices { spectra.aperiodicity[index] = 0.001 }
    let found = vocoder.sing(spectra, pitch: pitch, noise: HashNoise(seed: 0))
    let expected = try golden.doubles("resynthesis_pyworld_ap0001")
    func correlation(_ range: Range<Int>) -> Double {
      let a = expected[range]
      let b = found[range]
      let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
      return product / sqrt(a.reduce(0) { $0 + $1 * $1 } * b.reduce(0) { $0 + $1 * $1 })
    }
    let first = try #require(pitch.firstIndex { $0 > 0 })
    let end = try #require(pitch[first...].firstIndex { $0 == 0 })
    print("correlation: \(correlation((first + 3) * 120..<(end - 3) * 120)), \(correlation(0..<found.count))")
    #expect(correlation((first + 3) * 120..<(end - 3) * 120) > 0.9999)
    #expect(correlation(0..<found.count) > 0.95)
  }

  @Test func silenceStaysSilentAndFinite() {
    var vocoder = Vocoder(sampleRate: 22_050)
    let silence = [Double](repeating: 0, count: 4_410)
    let command = [Double](repeating: 90, count: 40)
    let known = [Bool](repeating: true, count: 40)
    let pitch = vocoder.pitch(of: silence, command: command, nucleus: known)
    let found = vocoder.sing(vocoder.analyze(silence, pitch: pitch, nucleus: known), pitch: pitch, noise: HashNoise(seed: 1))
    #expect(found.count == 4_410)
    #expect(found.allSatisfy { abs($0) < 1e-4 })
  }

  @Test func theSameSeedGivesTheSameSamples() {
    func sing(_ seed: UInt32) -> [Double] {
      var vocoder = Vocoder(sampleRate: 24_000)
      let spectra = vocoder.analyze(sound, pitch: pitch, nucleus: pitch.map { _ in false })
      return vocoder.sing(spectra, pitch: pitch, noise: HashNoise(seed: seed))
    }
    #expect(sing(3) == sing(3))
    #expect(sing(3) != sing(4))
  }

  /// Worst and mean difference in decibels over the rows that the reference has.
  private func differences(
    _ tensor: String, _ spectra: VoiceSpectra, _ values: KeyPath<VoiceSpectra, [Double]>, decibelsAPower: Double
  ) throws -> (worst: Double, mean: Double) {
    let expected = try golden.doubles(tensor)
    let found = spectra[keyPath: values]
    var differences: [Double] = []
    for (index, row) in try golden.integers("rows").enumerated() {
      for bin in 0..<spectra.bins {
        differences.append(
          abs(decibelsAPower * log10(found[row * spectra.bins + bin] / expected[index * spectra.bins + bin])))
      }
    }
    return (differences.max() ?? 0, differences.reduce(0, +) / Double(differences.count))
  }
}
