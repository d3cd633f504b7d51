import Checkpoint
import Foundation
import Singer
import Tensor
import Testing

/// What computing the decoder in bf16 does to the sound, against fp32: in the waveform, and in what the vocoder takes from it.
@Suite(
  .enabled(if: NetworkGolden.network != nil, "no voice pack: run `cantiga voices install` or set CANTIGA_VOICES"),
  .enabled(if: Precision.bf16.isNative, "this processor doesn't multiply bfloat16"))
struct KokoroPrecisionTests {
  static let fast = Result { try Kokoro(weights: SafetensorsFile(path: NetworkGolden.network ?? ""), precision: .bf16) }

  @Test(arguments: ["en", "es", "ja"])
  func bf16IsInaudible(_ language: String) throws {
    let golden = try NetworkGolden(language)
    let pitch = try golden.floats("f0")
    let energy = try golden.floats("n")
    func sound(_ kokoro: Kokoro) -> [Float] {
      let text = kokoro.natural(ids: golden.ids, style: golden.style).text
      return kokoro.sound(
        text: text, plan: golden.plan, f0: pitch, energy: energy, style: golden.style, noise: HashNoise(seed: 0))
    }
    let exact = sound(try NetworkGolden.loaded.get())
    let fast = sound(try Self.fast.get())
    let ratio = NetworkGolden.signalToNoise(fast, exact)

    // As the singer analyses it: pitch near the command, then the envelope of every frame.
    let frames = exact.count / 120
    let command = (0..<frames).map { Double(max(pitch[min($0 * 120 / 300, pitch.count - 1)], 0)) }.map { $0 > 30 ? $0 : 0 }
    func analysis(_ sound: [Float]) -> (pitch: [Double], spectra: VoiceSpectra) {
      var vocoder = Vocoder(sampleRate: 24_000)
      let samples = sound.map(Double.init)
      let found = vocoder.pitch(of: samples, command: command, nucleus: command.map { _ in false })
      return (found, vocoder.analyze(samples, pitch: found, nucleus: found.map { $0 > 0 }))
    }
    let (a, b) = (analysis(exact), analysis(fast))
    let loud = a.spectra.envelope.max() ?? 0
    var (cents, decibels): ([Double], [Double]) = ([], [])
    for frame in 0..<frames where a.pitch[frame] > 0 && b.pitch[frame] > 0 {
      cents.append(abs(1_200 * log2(b.pitch[frame] / a.pitch[frame])))
      for bin in frame * a.spectra.bins..<(frame + 1) * a.spectra.bins where a.spectra.envelope[bin] > 1e-6 * loud {
        decibels.append(abs(10 * log10(b.spectra.envelope[bin] / a.spectra.envelope[bin])))
      }
    }
    let voicing = zip(a.pitch, b.pitch).count { ($0 > 0) != ($1 > 0) }
    // One voice sung twice, at one pitch.
    func sung(_ analysis: (pitch: [Double], spectra: VoiceSpectra)) -> [Double] {
      var vocoder = Vocoder(sampleRate: 24_000)
      return vocoder.sing(analysis.spectra, pitch: a.pitch, noise: HashNoise(seed: 0))
    }
    let sungRatio = signalToNoise(sung(a), sung(b))
    func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    print(
      """
      \(language) bf16: waveform \(ratio) dB; pitch median \(median(cents)) worst \(cents.max() ?? 0) cents; envelope median \
      \(median(decibels)) 99 % \(decibels.sorted()[decibels.count * 99 / 100]) dB; voicing \(voicing) of \(frames); \
      sung again \(sungRatio) dB
      """)
    #expect(ratio > 38)
    #expect(median(cents) < 0.5)
    #expect(median(decibels) < 0.2)
  }
}
