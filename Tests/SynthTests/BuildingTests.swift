import Audio
import Foundation
import Music
import Testing

@testable import Synth

struct BuildingTests {
  @Test func thePolynomialSineIsASine() {
    for step in -4000...4000 {
      let phase = Float(step) / 1000
      #expect(abs(Waves.sine(phase) - Float(sin(2 * .pi * Double(phase)))) < 0.000_1)
    }
  }

  /// A saw at 3,100 Hz whose partials fold back would sound between its harmonics.
  @Test func theSawHardlyAliases() {
    let increment: Float = 3100 / 48_000
    var phase: Float = 0
    var naive: [Double] = []
    var limited: [Double] = []
    for _ in 0..<48_000 {
      phase += increment
      if phase >= 1 { phase -= 1 }
      naive.append(Double(2 * phase - 1))
      limited.append(Double(Waves.saw(phase, increment)))
    }
    // 16 * 3100 = 49,600 Hz folds to 1,600 Hz.
    let fromNaive = amplitude(of: 1600, in: naive)
    let fromLimited = amplitude(of: 1600, in: limited)
    #expect(fromLimited < fromNaive / 20)
    #expect(amplitude(of: 3100, in: limited) > 0.5)
  }

  @Test func eightSawsEqualEightTimesOne() {
    let increment = SIMD8<Float>(0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.003, 0.0005)
    var phase = SIMD8<Float>(0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
    for _ in 0..<1000 {
      phase += increment
      phase.replace(with: phase - 1, where: phase .>= 1)
      let together = Waves.saws(phase, increment, 1 / increment)
      for lane in 0..<8 {
        #expect(abs(together[lane] - Waves.saw(phase[lane], increment[lane])) < 1e-4)
      }
    }
  }

  @Test func theClockFollowsTempoChanges() {
    var changing = score([])
    changing.tempo = [
      TempoChange(tick: 0, quartersPerMinute: 120), TempoChange(tick: 1920, quartersPerMinute: 60),
      TempoChange(tick: 2880, quartersPerMinute: 93.7),
    ]
    let clock = FrameClock(score: changing, sampleRate: 48_000)
    #expect(clock.frame(atTick: 960) == 24_000)
    #expect(clock.frame(atTick: 1920 + 480) == 48_000 + 24_000)
    for tick in stride(from: 0, to: 9000, by: 77) {
      let expected = (changing.seconds(atTick: tick) * 48_000).rounded()
      #expect(abs(Double(clock.frame(atTick: tick)) - expected) <= 1)
    }
  }

  @Test func notesOfOneKeyNeverOverlap() {
    for seed in 0..<20 {
      let busy = part(.program(0), notes: randomNotes(seed: seed, count: 200, range: 60...64))
      let performance = Performance(
        part: busy, clock: FrameClock(score: score([busy]), sampleRate: 48_000), frames: 480_000)
      for key in 60...64 {
        let notes = performance.notes.filter { $0.key == key }
        #expect(zip(notes, notes.dropFirst()).allSatisfy { $0.end < $1.start || $0.start == $1.start })
      }
      #expect(performance.notes.allSatisfy { $0.end > $0.start && $0.start >= 0 })
    }
  }

  @Test func aClosedHatEndsTheOpenOne() {
    let notes = [tone(46, at: 0), tone(38, at: 1), tone(42, at: 2), tone(46, at: 3)]
    let hats = part(.synth("808"), role: .drums, notes: notes)
    let performance = Performance(
      part: hats, clock: FrameClock(score: score([hats]), sampleRate: 48_000), frames: 480_000)
    let choked = DrumMachine.choke(performance.notes)
    #expect(choked[0].end == 48_000)
    #expect(choked[3].end == .max)
  }

  private func amplitude(of hertz: Double, in samples: [Double]) -> Double {
    var (re, im) = (0.0, 0.0)
    for (index, sample) in samples.enumerated() {
      let angle = 2 * .pi * hertz * Double(index) / 48_000
      re += sample * cos(angle)
      im += sample * sin(angle)
    }
    return 2 * sqrt(re * re + im * im) / Double(samples.count)
  }
}
