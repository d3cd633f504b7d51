import Audio
import Foundation
import JSON
import Tensor
import Testing

@testable import Listening

@Suite struct MixSpectraTests {
  @Test func theSpectrumEqualsTheReference() throws {
    let golden = try Golden("spleeter")
    let mix = try Golden.stereo("mix_44k_stereo")
    #expect(Spleeter.frames(mix.frames) == 402)
    let spectra = MixSpectra([mix.left, mix.right], frames: 0..<402)
    let magnitudes = spectra.magnitudes()
    let rows = (100..<104).flatMap { row in (0..<1024).map { magnitudes[row, $0, 0] } }
    Golden.compare("stft_mag_L", rows, try golden.floats("stft_mag_L"), 1e-3)
    Golden.compare("stft_re_frame100_L", Array(spectra.real[0][100 * 2049..<101 * 2049]), try golden.floats("stft_re_frame100_L"), 1e-3)
    Golden.compare("stft_im_frame100_L", Array(spectra.imaginary[0][100 * 2049..<101 * 2049]), try golden.floats("stft_im_frame100_L"), 1e-3)
  }
}

@Suite(.enabled(if: InstalledPack.pack != nil, InstalledPack.missing))
struct SpleeterTests {
  /// Rows of a stage as [channel, row, column].
  static func rows(_ image: Image, _ rows: Range<Int>) -> [Float] {
    (0..<image.channels).flatMap { channel in rows.flatMap { row in (0..<image.width).map { image[row, $0, channel] } } }
  }

  @Test func eachStageEqualsTheReference() throws {
    let golden = try Golden("spleeter")
    let spleeter = try Spleeter(try #require(InstalledPack.pack))
    let mix = try Golden.stereo("mix_44k_stereo")
    let spectra = MixSpectra([mix.left, mix.right], frames: 0..<402)
    var statistics: [String: [Float]] = [:]
    let mask = spleeter.vocalMasks(spectra) { name, image in
      let stages: [(String, String, Range<Int>, Float)] = [
        ("_conv1", "_conv1", 48..<52, 2e-3), ("_act1", "_act1", 50..<51, 1e-3), ("_conv6", "_conv6", 2..<5, 1e-3),
        ("_up1", "_up1", 5..<6, 1e-3), ("_up6", "_up6", 96..<106, 1e-3), ("_sigmoid", "_sigmoid_frames96_106", 96..<106, 2e-4),
        ("_estimate", "_estimate_frames100_104", 100..<104, 1e-3),
      ]
      for (end, key, range, tolerance) in stages where name.hasSuffix(end) {
        let network = name.dropLast(end.count)
        guard let expected = try? golden.floats(network + key) else {
          Issue.record("no golden \(network + key)")
          continue
        }
        let found = Self.rows(image, range)
        if end == "_conv6" {
          // Stored as [channel, row, column] of e6 whose frequency axis is 16 wide.
          Golden.compareRelative(name, found, expected, tolerance)
        } else if end == "_sigmoid" {
          Golden.compare(name, found, expected, tolerance)
        } else {
          Golden.compareRelative(name, found, expected, tolerance)
        }
        let values = image.values.map(Double.init)
        if end != "_estimate" { statistics[String(network), default: []] += [Float(values.mean), Float(values.deviation)] }
      }
    }
    for network in ["vocals", "accompaniment"] {
      Golden.compareRelative(network, statistics[network] ?? [], try golden.floats(network + "_layer_stats"), 1e-3)
    }
    let left = stride(from: 0, to: 402, by: 4).flatMap { row in (0..<1024).map { mask[row, $0, 0] } }
    Golden.compare("mask_vocals_L_every4", left, try golden.floats("mask_vocals_L_every4"), 2e-3)
    let right = (100..<110).flatMap { row in (0..<1024).map { mask[row, $0, 1] } }
    Golden.compare("mask_vocals_R", right, try golden.floats("mask_vocals_R_frames100_110"), 1e-3)
  }

  @Test func theVocalsEqualTheReferenceOnAnyNumberOfThreads() throws {
    let golden = try Golden("spleeter")
    let spleeter = try Spleeter(try #require(InstalledPack.pack))
    let mix = try Golden.stereo("mix_44k_stereo")
    let vocals = try spleeter.vocals(of: mix, crew: Crew(threads: 2))
    #expect(vocals.frames == mix.frames)
    let excerpt = (132_300..<154_350).flatMap { [vocals.left[$0], vocals.right[$0]] }
    Golden.compare("vocals_audio", excerpt, try golden.floats("vocals_audio_3s_3.5s"), 1e-4)
    let expected = try #require(try Golden.expected()["spleeter"]?["rms"]?["vocals"]?.double)
    let square = zip(vocals.left, vocals.right).reduce(0.0) { $0 + Double($1.0 * $1.0 + $1.1 * $1.1) }
    #expect(abs((square / Double(2 * vocals.frames)).squareRoot() - expected) < 1e-4)

    // Two segments and a bit, on one thread and on three.
    let long = StereoBuffer(left: mix.left + mix.left + mix.left, right: mix.right + mix.right + mix.right, sampleRate: 44_100)
    let one = try spleeter.vocals(of: long, crew: Crew(threads: 1))
    let three = try spleeter.vocals(of: long, crew: Crew(threads: 3))
    #expect(one.left == three.left && one.right == three.right)
  }
}
