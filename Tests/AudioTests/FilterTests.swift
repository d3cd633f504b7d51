import Audio
import Foundation
import Testing

struct FilterTests {
  private func gain(of filter: Equalizer, at hertz: Double) -> Double {
    var tone = sine(hertz, amplitude: 0.5, frames: 48_000)
    filter.process(&tone)
    let settled = tone.left[24_000...]
    let power = settled.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(settled.count)
    return 10 * log10(power / 0.125)
  }

  @Test func filtersPassAndStopWhatTheirNamesSay() {
    #expect(abs(gain(of: Equalizer([.highPass(100)]), at: 1000)) < 0.1)
    #expect(abs(gain(of: Equalizer([.highPass(100)]), at: 100) + 3) < 0.1)
    #expect(abs(gain(of: Equalizer([.highPass(100)]), at: 50) + 12.3) < 0.3)
    #expect(abs(gain(of: Equalizer([.lowPass(1000)]), at: 4000) + 24.4) < 0.8)
    #expect(abs(gain(of: Equalizer([.peak(2000, decibels: 6)]), at: 2000) - 6) < 0.05)
    #expect(abs(gain(of: Equalizer([.lowShelf(200, decibels: -4)]), at: 30) + 4) < 0.2)
    #expect(abs(gain(of: Equalizer([.highShelf(5000, decibels: 3)]), at: 18_000) - 3) < 0.2)
    #expect(abs(gain(of: Equalizer([.bandPass(1000, q: 1)]), at: 1000)) < 0.05)
  }

  @Test func anEarHearsWhatComesOut() {
    let shape = Equalizer([.highPass(80), .peak(3000, decibels: 4)])
    let ear = Equalizer(Biquad.kWeighting)
    var sound = StereoBuffer(left: (0..<9000).map { sinf(Float($0 * $0) / 40_000) }, right: (0..<9000).map { cosf(Float($0) / 9) })
    var expected = sound
    shape.process(&expected)
    var state = Equalizer.State()
    var heardState = Equalizer.State()
    var heard = StereoBuffer(frames: 9003)
    state.advance(&sound, 0..<9003, shape, ear: ear, hearing: &heardState, into: &heard)
    #expect(sound.left == expected.left && sound.right == expected.right)
    ear.process(&expected)
    for frame in 0..<9003 - 2 * Equalizer.lag { #expect(abs(heard.left[frame + 2 * Equalizer.lag] - expected.left[frame]) < 1e-6) }
    let isSettled = state.settle()
    #expect(!isSettled)
  }

  @Test func fourSectionsTogetherEqualFourInTurn() {
    let sections: [Biquad] = [
      .highPass(80), .peak(400, decibels: -5), .peak(3000, decibels: 4), .highShelf(9000, decibels: 2),
    ]
    var noise: UInt32 = 7
    let samples = (0..<5000).map { _ -> Float in
      noise = noise &* 1_664_525 &+ 1_013_904_223
      return Float(Int32(bitPattern: noise)) / Float(Int32.max)
    }
    var together = StereoBuffer(left: samples, right: samples.reversed())
    var inTurn = together
    Equalizer(sections).process(&together)
    for section in sections { Equalizer([section]).process(&inTurn) }
    #expect(zip(together.left, inTurn.left).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(zip(together.right, inTurn.right).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test func oversamplingThereAndBackIsAShortDelay() {
    let frames = 4096
    let history = FourfoldOversampling.historyFrames
    let oversampling = FourfoldOversampling()
    let tone = sine(1500, amplitude: 0.5, frames: frames).left
    var fine = [SIMD4<Float>](repeating: SIMD4(repeating: 0), count: frames)
    var fineSpan = fine.mutableSpan
    oversampling.rise(([Float](repeating: 0, count: history) + tone).span, into: &fineSpan)
    var back = [Float](repeating: 0, count: frames)
    var backSpan = back.mutableSpan
    let padded = [SIMD4<Float>](repeating: SIMD4(repeating: 0), count: history) + fine
    oversampling.fall(padded.span, into: &backSpan)
    let delay = Double(FourfoldOversampling.roundTripDelayFrames)
    for frame in 100..<frames {
      let expected = 0.5 * sin(2 * .pi * 1500 * (Double(frame) - delay) / 48_000)
      #expect(abs(Double(back[frame]) - expected) < 0.005)
    }
  }
}
