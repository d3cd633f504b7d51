import Audio
import Foundation
import Music
import Testing

@testable import Mix

struct DeskTests {
  @Test func theReverbDiesAwayInItsTime() {
    for space in [Reverb.Space.room, .plate, .hall, .club] {
      var reverb = Reverb(space)
      var levels: [Double] = []
      for block in 0..<Int(2 * space.decaySeconds * 48_000) / 256 {
        var left = [Float](repeating: 0, count: 256)
        var right = left
        var click = left
        if block == 0 { click[0] = 1 }
        var l = left.mutableSpan
        var r = right.mutableSpan
        reverb.process(click.span, click.span, into: &l, &r)
        levels.append(10 * log10(left.reduce(1e-30) { $0 + Double($1 * $1) }))
      }
      func mean(at seconds: Double) -> Double {
        let middle = Int(seconds * 48_000) / 256
        return levels[middle - 8...middle + 8].reduce(0, +) / 17
      }
      let drop = mean(at: 0.2) - mean(at: 0.2 + space.decaySeconds / 2)
      #expect(24 < drop && drop < 48, "\(space): \(drop) dB in half its decay")
    }
  }

  @Test func reverbsOfStemsAddUpToTheReverbOfTheirSum() {
    func wet(_ signal: [Float]) -> [Float] {
      var reverb = Reverb(.plate)
      var sound = StereoBuffer(left: signal, right: signal)
      reverb.reverberate(&sound)
      return zip(sound.left, sound.right).map { $0 - 2 * $1 }
    }
    let a = (0..<9600).map { Float(sin(Double($0) * 0.05)) * 0.3 }
    let b = (0..<9600).map { Float(sin(Double($0) * 0.31)) * 0.2 }
    let sum = wet(zip(a, b).map(+))
    #expect(zip(sum, zip(wet(a), wet(b)).map(+)).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test(arguments: [false, true])
  func theLimiterKeepsEveryPeakUnderItsCeiling(isCircular: Bool) {
    let frames = 16 * 2000
    var peaks = [Float](repeating: 0.3, count: 2000)
    for hop in [0, 1, 40, 41, 45, 700, 701, 702, 1999] { peaks[hop] = Float(1 + hop % 7) }
    let gain = GainCurve(frames: frames, gain: 1.5)
    let curve = Limiter(ceiling: 0.8, isCircular: isCircular).curve(peaks: peaks, gain: gain, frames: frames)
    for hop in 0..<2000 {
      let highest = max(curve.points[hop], curve.points[hop + 1]) * 1.5 * peaks[hop]
      #expect(highest <= 0.8001, "hop \(hop)")
    }
    // Where nothing is near, hardly anything is taken away.
    #expect(curve.points[1500] > 0.95 && curve.points[1900] > 0.99)
    if isCircular { #expect(curve.points[0] == curve.points[2000]) }
  }

  @Test func theKickMakesRoomWhenItSounds() {
    let curve = Ducking.byKick([24_000, 48_000], decibels: 6, releaseSeconds: 0.2, frames: 96_000)
    #expect(abs(curve.points[24_000 / 16] - 0.501) < 0.01)
    #expect(abs(curve.points[48_000 / 16] - 0.501) < 0.01)
    #expect(curve.points[23_000 / 16] == 1)
    #expect(curve.points[(24_000 + 14_000) / 16] == 1)
    #expect(zip(curve.points, curve.points.dropFirst()).allSatisfy { abs($0 - $1) < 0.06 })
  }

  @Test func theOwnLoudnessMeterAgreesWithTheReferenceLibrary() throws {
    var noise: UInt32 = 5
    let samples = (0..<480_000).map { frame -> Float in
      noise = noise &* 1_664_525 &+ 1_013_904_223
      return Float(Int32(bitPattern: noise)) / Float(Int32.max) * (frame < 200_000 ? 0.3 : 0.02)
    }
    var buffer = StereoBuffer(left: samples, right: samples.reversed())
    let expected = try Loudness.integrated(of: buffer)
    Equalizer(Biquad.kWeighting).process(&buffer)
    var weighted = [Float](repeating: 0, count: 480_000 / 16)
    for frame in 0..<480_000 {
      weighted[frame / 16] += buffer.left[frame] * buffer.left[frame] + buffer.right[frame] * buffer.right[frame]
    }
    let own = try #require(Energies.loudness(weighted: weighted))
    #expect(abs(own - expected) < 0.05)
  }

  @Test func aPeakBetweenSamplesIsMeasuredWhereItIs() {
    var channel = [Float](repeating: 0, count: 16 * 300)
    for frame in 1600..<3200 { channel[frame] = [0.5, 0.5, -0.5, -0.5][frame % 4] }
    let peaks = Hops.truePeaks(of: channel)
    #expect(peaks.count == 300)
    #expect(abs(peaks[150] - 0.707) < 0.03)
    #expect(peaks[98] < 0.02)
  }

  /// A click with all up to 20 kHz and its peak of 1 midway: its samples are at most 0.74.
  @Test func aBrightPeakMidwayIsMeasured() {
    var channel = [Float](repeating: 0, count: 16 * 100)
    for frame in 760..<840 {
      let x = (Double(frame) - 799.5) * 20 / 24
      channel[frame] = Float(sin(.pi * x) / (.pi * x))
    }
    let highest = Hops.truePeaks(of: channel).max() ?? 0
    #expect(highest > 0.96 && highest < 1.02)
  }

  @Test func everyPresetHasAProfileOfItsOwn() {
    let names = [
      "Modern Pop", "Rock", "Hip Hop", "Jazz", "Classical", "Electronic", "Country", "Folk", "Blues", "Reggae",
      "Latin", "R&B", "Metal",
    ]
    #expect(Set(names.map { MixProfile.named($0) }).count == names.count)
    #expect(MixProfile.named("unheard of") == MixProfile.named(nil))
  }
}
