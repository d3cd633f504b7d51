import Audio
import Glibc
import Testing

struct LoudnessTests {
  /// EBU Tech 3341: a stereo 1 kHz sine whose peaks are at -23 dBFS reads -23 LUFS.
  @Test(arguments: [-23.0, -33.0])
  func theReferenceToneReadsItsLevel(level: Double) throws {
    let tone = sine(1000, amplitude: decibels(level), frames: 48_000 * 10)
    let loudness = try Loudness(of: tone)
    #expect(abs(loudness.integrated - level) < 0.1)
    #expect(abs(loudness.truePeak - level) < 0.1)
    #expect(loudness.range < 0.1)
    #expect(abs(try Loudness.integrated(of: tone) - loudness.integrated) < 1e-9)
  }

  /// A quarter-rate sine sampled 45 degrees off its crests peaks 3 dB above its samples.
  @Test func thePeakBetweenSamplesIsFound() throws {
    let samples = (0..<48_000).map { Float([0.5, 0.5, -0.5, -0.5][$0 % 4]) }
    let loudness = try Loudness(of: StereoBuffer(left: samples, right: samples))
    #expect(abs(loudness.truePeak - (-3.01)) < 0.3)
  }

  @Test func silenceIsInfinitelyQuiet() throws {
    let loudness = try Loudness(of: StereoBuffer(frames: 96_000))
    #expect(loudness.integrated == -.infinity)
    #expect(loudness.truePeak == -.infinity)
  }

  private func decibels(_ value: Double) -> Double { pow(10, value / 20) }
}
