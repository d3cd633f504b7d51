import Audio
import Foundation
import Testing

@Suite struct ResamplerTests {
  @Test(arguments: [(24_000, 48_000), (22_050, 48_000), (48_000, 44_100), (44_100, 24_000)])
  func aToneStaysWhereItIs(_ from: Int, _ to: Int) throws {
    let tone = { (rate: Int, count: Int) in
      (0..<count).map { index -> Float in
        let time = Double(index) / Double(rate)
        // A burst in the middle of silence, so that neither end matters.
        let bell = exp(-pow((time - 0.25) / 0.05, 2))
        return Float(bell * sin(2 * .pi * 1_234 * (time - 0.25)))
      }
    }
    let found = try Resampler.resample(tone(from, from / 2), from: from, to: to)
    #expect(found.count == to / 2)
    let worst = zip(found, tone(to, to / 2)).map { abs($0 - $1) }.max() ?? 1
    #expect(worst < 1e-4)
  }

  @Test func lengthsAreExact() throws {
    for count in [1, 2, 7, 1_000, 24_001] {
      #expect(try Resampler.resample([Float](repeating: 0.5, count: count), from: 24_000, to: 48_000).count == 2 * count)
    }
    #expect(try Resampler.resample([], from: 24_000, to: 48_000).isEmpty)
    #expect(try Resampler.resample([1, 2], from: 48_000, to: 48_000) == [1, 2])
    #expect(throws: AudioError.self) { try Resampler.resample([1], from: 0, to: 48_000) }
  }
}
