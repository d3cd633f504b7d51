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

  @Test func spreadSawsEqualSingleOnes() {
    let increments: [Float] = [0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.0005]
    let gains: [Float] = [0.1, -0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    var phases: [Float] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    var saws = SpreadSaws(phases: phases, leftGains: gains, rightGains: gains.reversed())
    for block in 0..<40 {
      saws.advance(increments)
      for frame in 0..<Block.frames {
        var (left, right): (Float, Float) = (0, 0)
        for voice in increments.indices {
          phases[voice] += increments[voice]
          if phases[voice] >= 1 { phases[voice] -= 1 }
          let saw = Waves.saw(phases[voice], increments[voice])
          left += saw * gains[voice]
          right += saw * gains[gains.count - 1 - voice]
        }
        // Beside a step a phase that is a millionth off may be on its other side.
        #expect(abs(saws.left[frame] - left) < 0.05 && abs(saws.right[frame] - right) < 0.05, "\(block) \(frame)")
      }
    }
  }

  @Test func squaresAreUpForHalfATurn() {
    var squares = Squares(increments: [0.01, 0.25], phases: [0, 0.125])
    squares.advance()
    for frame in 0..<Block.frames {
      let first = Double(frame + 1) * 0.01
      let second = 0.125 + Double(frame + 1) * 0.25
      // Not where rounding decides.
      guard abs(first - 0.5) > 0.001 else { continue }
      let expected = (first < 0.5 ? -0.5 : 0.5) + (second - second.rounded(.down) < 0.5 ? -0.5 : 0.5)
      #expect(squares.sound[frame] == Float(expected), "\(frame)")
    }
  }

  @Test func aSkinEqualsTheLoopItStandsFor() {
    let (step, sweep, sweepFall, fall, drive): (Float, Float, Float, Float, Float) = (0.001, 0.004, 0.998, 0.9995, 2.2)
    var skin = Skin(step: step, sweep: sweep, sweepFall: sweepFall, fall: fall, drive: drive)
    var (phase, swept, amplitude): (Double, Double, Double) = (0, 1, 1)
    for _ in 0..<100 {
      skin.advance()
      for frame in 0..<Block.frames {
        phase += Double(step) + Double(sweep) * swept
        phase -= phase.rounded(.down)
        let expected = Waves.saturate(Float(sin(2 * .pi * phase) * amplitude) * drive)
        #expect(abs(skin.sound[frame] - expected) < 0.002)
        swept *= Double(sweepFall)
        amplitude *= Double(fall)
      }
    }
  }

  /// Zavalishin's form, step by step.
  @Test func theFilterEqualsTheBooks() {
    var filter = StateVariableFilter()
    var stereo = StereoStateVariableFilter()
    var noise = Noise(seed: 4)
    var (first, second) = (0.0, 0.0)
    for frame in 0..<20_000 {
      let cutoff = 60 + 9000 * (0.5 + 0.5 * sin(Double(frame) / 700))
      let g = tan(.pi * cutoff / 48_000)
      let damping = 2 * (1 - 0.4)
      filter.tune(cutoff: Float(cutoff), resonance: 0.4, sampleRate: 48_000)
      stereo.tune(cutoff: Float(cutoff), resonance: 0.4, sampleRate: 48_000)
      let input = noise.next()
      let out = filter.process(input)
      let both = stereo.process(SIMD2(input, -input))
      let high = (Double(input) - (g + damping) * first - second) / (1 + g * (g + damping))
      let band = g * high + first
      first = g * high + band
      let low = g * band + second
      second = g * band + low
      #expect(abs(Double(out.low) - low) < 1e-4 && abs(Double(out.band) - band) < 1e-4 && abs(Double(out.high) - high) < 1e-4)
      #expect(abs(both.low.x - out.low) < 1e-5 && abs(both.low.y + out.low) < 1e-5 && abs(both.high.x - out.high) < 1e-5)
    }
  }

  @Test func strokesVaryWithinTheirBoundsAndRepeatably() {
    let notes = (0..<200).map { Performance.Note(start: $0 * 6000, end: $0 * 6000 + 100, key: 42, velocity: 0.7, index: $0) }
    let variations = notes.map { StrokeVariation(of: $0) }
    #expect(variations.allSatisfy { abs($0.velocity) <= 5 && abs($0.cents) <= 10 && (-500...0).contains($0.filterCents) })
    #expect(Set(variations.map(\.cents)).count > 190)
    #expect(zip(variations, variations.dropFirst()).allSatisfy { $0.cents != $1.cents })
    #expect(zip(variations, notes).allSatisfy { $0.cents == StrokeVariation(of: $1).cents })
  }

  @Test func breathFollowsTheStrokesAndSwellsOnLongNotes() {
    let notes = [
      Performance.Note(start: 0, end: 10_000, key: 60, velocity: 0.5, index: 0),
      Performance.Note(start: 12_000, end: 140_000, key: 64, velocity: 0.9, index: 1),
      Performance.Note(start: 12_500, end: 140_000, key: 67, velocity: 0.8, index: 2),
    ]
    let points = Breath.points(for: notes)
    #expect(points.first?.value == 64)
    #expect(zip(points, points.dropFirst()).allSatisfy { $0.frame < $1.frame })
    let swell = points.filter { $0.frame >= 12_000 }
    let top = swell.max { $0.value < $1.value }
    #expect((40_000...90_000).contains(top?.frame ?? 0))
    #expect((top?.value ?? 0) > (swell.first?.value ?? 127) && (top?.value ?? 0) > (swell.last?.value ?? 127))
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
