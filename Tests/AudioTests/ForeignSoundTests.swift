import Foundation
import Testing

@testable import Audio

/// Files as strangers send them: kept as they sound, refused in words, or cut to what is allowed.
@Suite struct ForeignSoundTests {
  private let folder = NSTemporaryDirectory() + "/cantiga-foreign-\(UUID().uuidString)"

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  private func keep(_ bytes: [UInt8], limitSeconds: Double = 600) throws -> (sound: ForeignSound, kept: StereoBuffer) {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/upload.bin"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let sound = try ForeignSound(keeping: path, as: folder + "/kept.flac", limitSeconds: limitSeconds)
    return (sound, try AudioFile.read(folder + "/kept.flac"))
  }

  /// A WAV of floats: `samples` holds whole frames.
  private func wav(_ samples: [Float], channels: Int, rate: Int, announcing frames: Int? = nil) -> [UInt8] {
    func word(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    let data = samples.flatMap { sample in word(Int(sample.bitPattern), 4) }
    let announced = frames.map { $0 * channels * 4 } ?? data.count
    let format = word(3, 2) + word(channels, 2) + word(rate, 4) + word(rate * channels * 4, 4) + word(channels * 4, 2) + word(32, 2)
    return Array("RIFF".utf8) + word(36 + announced, 4) + Array("WAVEfmt ".utf8) + word(16, 4) + format + Array("data".utf8)
      + word(announced, 4) + data
  }

  private func tone(_ frames: Int, rate: Int = 48_000, gain: Float = 0.5) -> [Float] {
    (0..<frames).map { gain * Float(sin(2 * .pi * 440 * Double($0) / Double(rate))) }
  }

  @Test func fullRateIsKeptBitForBit() throws {
    // 24-bit values, so that nothing is rounded.
    let samples = (0..<9_000).map { Float(($0 * 7919) % 16_000_000 - 8_000_000) / 8_388_608 }
    let (sound, kept) = try keep(wav(samples, channels: 2, rate: 48_000))
    #expect(sound.container == .wav && sound.gain == 1 && !sound.isCut && sound.durationSeconds == 4_500.0 / 48_000)
    #expect(kept.left == stride(from: 0, to: 9_000, by: 2).map { samples[$0] })
    #expect(kept.right == stride(from: 1, to: 9_000, by: 2).map { samples[$0] })
  }

  @Test(arguments: [8_000, 22_050, 44_100, 96_000, 192_000])
  func otherRatesAreResampledAsAWhole(_ rate: Int) throws {
    let samples = tone(rate, rate: rate)
    let (sound, kept) = try keep(wav(samples, channels: 1, rate: rate))
    #expect(sound.sourceRate == rate && kept.sampleRate == 48_000)
    let expected = try Resampler.resample(samples, from: rate, to: 48_000)
    #expect(abs(kept.frames - 48_000) <= 1)
    let worst = zip(kept.left, expected).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 1e-5, "the stream differs from the whole by \(worst)")
    #expect(kept.left == kept.right)
  }

  @Test func sevenPointOneIsMixedToTwo() throws {
    // One frame a channel, each alone.
    let samples = (0..<64).map { $0 / 8 == $0 % 8 ? Float(0.5) : 0 }
    let (sound, kept) = try keep(wav(samples, channels: 8, rate: 48_000))
    #expect(sound.sourceChannels == 8)
    #expect(zip(kept.left, [0.5, 0, 0.35355, 0, 0.35355, 0, 0.35355, 0]).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(zip(kept.right, [0, 0.5, 0.35355, 0, 0, 0.35355, 0, 0.35355]).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test func whatIsNoNumberIsSilence() throws {
    let samples: [Float] = [0.25, .nan, .infinity, -.infinity, -0.25, .signalingNaN]
    let (sound, kept) = try keep(wav(samples, channels: 1, rate: 48_000))
    #expect(sound.gain == 1 && kept.left == [0.25, 0, 0, 0, -0.25, 0])
  }

  @Test func whatIsTooLoudIsScaled() throws {
    let (sound, kept) = try keep(wav([0.5, 2, -1e30, 1], channels: 1, rate: 48_000))
    #expect(abs(sound.gain - 1 / 64) < 1e-9)
    #expect(abs((kept.left.map(abs).max() ?? 0) - 1) < 1e-6)
  }

  @Test func aLongFileIsCut() throws {
    let (sound, kept) = try keep(wav(tone(48_000 * 3), channels: 1, rate: 48_000), limitSeconds: 2)
    #expect(sound.isCut && sound.durationSeconds == 2 && kept.frames == 96_000)
    let (whole, _) = try keepAgain(seconds: 2)
    #expect(!whole.isCut)
  }

  private func keepAgain(seconds: Int) throws -> (sound: ForeignSound, kept: StereoBuffer) {
    try ForeignSoundTests().keep(wav(tone(48_000 * seconds), channels: 1, rate: 48_000), limitSeconds: Double(seconds))
  }

  /// Ten hours of silence in a few kilobytes, and a header that promises a terabyte: neither takes time or memory.
  @Test func aBombIsBounded() throws {
    let path = folder + "/bomb.flac"
    let quiet = StereoBuffer(frames: 48_000 * 1_100)
    try AudioFile.write(quiet, to: path, format: .flac)
    let began = ContinuousClock.now
    let (sound, _) = try keep(Array(try Data(contentsOf: URL(fileURLWithPath: path))), limitSeconds: 5)
    #expect(sound.isCut && sound.durationSeconds == 5)
    #expect(ContinuousClock.now - began < .seconds(5))
    let (promised, _) = try ForeignSoundTests().keep(wav([0.1, 0.2], channels: 1, rate: 48_000, announcing: 500_000_000))
    #expect(promised.durationSeconds < 1)
  }

  @Test func whatIsNoSoundIsRefusedByItsBytes() throws {
    func refusal(_ bytes: [UInt8]) throws -> ForeignSoundError? {
      do {
        _ = try ForeignSoundTests().keep(bytes)
        return nil
      } catch let error as ForeignSoundError { return error }
    }
    #expect(try refusal([]) == .empty)
    #expect(try refusal(Array("<!DOCTYPE html><title>Not found</title>".utf8)) == .unknownKind("A web page"))
    #expect(try refusal([0, 0, 0, 24] + Array("ftypM4A ".utf8)) == .unknownKind("An MP4, M4A or AAC file"))
    #expect(try refusal([UInt8](repeating: 0, count: 5000)) == .unknownKind(nil))
    #expect(try refusal(Array("RIFF".utf8)) == .unknownKind(nil))
    #expect(try refusal(wav([], channels: 1, rate: 48_000)) == .empty)
    #expect(try refusal(wav([0, 0], channels: 1, rate: 1)) == .rate(1))
    #expect(try refusal(wav([Float](repeating: 0, count: 12), channels: 12, rate: 48_000)) == .tooManyChannels(12))
    for head in ["fLaC", "OggS", "ID3", "caff", ".snd", "RIFF\u{1}\u{1}\u{1}\u{1}WAVE", "FORM\u{1}\u{1}\u{1}\u{1}AIFF"] {
      let error = try refusal(Array(head.utf8) + (0..<600).map { UInt8(truncatingIfNeeded: $0 * 37) })
      #expect(error != nil, "\(head) and noise was taken for a sound")
    }
  }

  /// Every format we write, cut off anywhere: it is kept as far as it goes, or refused; nothing else happens.
  @Test(arguments: AudioFormat.allCases)
  func aTruncatedFileDoesNoHarm(_ format: AudioFormat) throws {
    let path = folder + "/whole"
    let left = tone(24_000)
    try AudioFile.write(StereoBuffer(left: left, right: left), to: path, format: format)
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let (sound, _) = try keep(whole)
    #expect(sound.container.rawValue == format.rawValue)
    for share in [0.01, 0.1, 0.3, 0.5, 0.9, 0.99] {
      do {
        let part = try ForeignSoundTests().keep(Array(whole.prefix(Int(Double(whole.count) * share))))
        #expect(part.sound.durationSeconds <= 0.6)
      } catch is ForeignSoundError {}
    }
  }
}
