import Audio
import Foundation
import Music
import Testing

@testable import Mix

/// A song of simple tones and bursts, different for each seed: the mixer only needs sound and a score.
struct Sketch {
  var score: Score
  var dry: [StereoBuffer]

  init(seed: Int, frames: Int, tail: Int = 0) {
    var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    func random(_ range: ClosedRange<Double>) -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return range.lowerBound + Double(state >> 40) / Double(1 << 24) * (range.upperBound - range.lowerBound)
    }
    let roles: [Part.Role] = [.drums, .bass, .chords, .pad, .melody, .percussion, .arpeggio, .effects]
    let chosen = roles.filter { _ in random(0...1) < 0.75 } + [.melody]
    var parts: [Part] = []
    var dry: [StereoBuffer] = []
    for (index, role) in chosen.enumerated() {
      var notes: [Note] = []
      var buffer = StereoBuffer(frames: frames + tail)
      let loudness = pow(10, random(-50...0) / 20)
      let decay = random(0.05...1.5)
      var beat = 0
      while beat * 12_000 < frames {
        let start = beat * 12_000
        let hertz = role == .bass ? random(40...90) : random(150...3000)
        notes.append(
          Note(
            startTick: beat * 480, durationTicks: 480, pitch: Pitch(midi: role == .drums ? 36 : 60), velocity: 100))
        for frame in start..<min(start + 96_000, frames + tail) {
          let t = Double(frame - start) / 48_000
          let noise = role == .drums ? random(-1...1) : sin(2 * .pi * hertz * t)
          let value = Float(loudness * noise * exp(-t / decay) * min(t * 500, 1))
          buffer.left[frame] += value
          buffer.right[frame] += value * Float(random(0.9...1))
        }
        beat += 1 + Int(random(0...4))
      }
      parts.append(
        Part(
          id: "\(index)", name: "", role: role, instrument: .program(0), notes: notes, pan: random(-1...1),
          gainDecibels: random(-3...3)))
      dry.append(buffer)
    }
    score = Score(
      title: "", key: Key(tonic: PitchClass(rawValue: 0), mode: .major), meter: .fourFour,
      tempo: [TempoChange(tick: 0, quartersPerMinute: 120)], parts: parts,
      lengthTicks: frames * 1920 / 48_000)
    self.dry = dry
  }
}

struct MixerTests {
  static let genres = ["Modern Pop", "Classical", "Electronic", "Jazz", "Metal", nil]

  private func mix(
    _ sketch: Sketch, genre: String? = nil, frames: Int, ending: Mixer.Ending = .rest, threads: Int = 2
  ) throws -> Mixdown {
    try Mixer(profile: .named(genre), crew: Crew(threads: threads)).mix(
      DryParts(sketch.dry), score: sketch.score, frames: frames, ending: ending) { _, _, _ in }
  }

  @Test(arguments: 0..<12)
  func everyMixMeetsLoudnessAndPeakAndIsTheSumOfItsStems(seed: Int) throws {
    let frames = 48_000 * 8 + seed * 7
    let result = try mix(Sketch(seed: seed, frames: frames), genre: Self.genres[seed % 6], frames: frames)
    let loudness = try Loudness(of: result.audio)
    #expect(abs(loudness.integrated + 14) < 0.3, "\(loudness)")
    #expect(loudness.truePeak <= -1, "\(loudness)")
    #expect(result.audio.frames == frames)
    try expectSum(result)
    let mean = result.audio.left.reduce(0.0) { $0 + Double($1) } / Double(frames)
    #expect(abs(mean) < 0.001)
    #expect(result.audio.left.allSatisfy { $0.isFinite } && result.audio.right.allSatisfy { $0.isFinite })
    #expect(abs(result.audio.left[frames - 1]) < 0.001)
  }

  private func expectSum(_ result: Mixdown) throws {
    let stems = try (0..<result.stemCount).map { try result.stem($0) }
    #expect(stems.allSatisfy { $0.frames == result.audio.frames })
    var error = 0.0
    var power = 0.0
    for frame in 0..<result.audio.frames {
      let sum = stems.reduce(Float(0)) { $0 + $1.left[frame] }
      error += Double((sum - result.audio.left[frame]) * (sum - result.audio.left[frame]))
      power += Double(result.audio.left[frame] * result.audio.left[frame])
    }
    #expect(10 * log10(error / power) < -100)
  }

  @Test func theMixIsTheSameOnAnyNumberOfThreads() throws {
    let sketch = Sketch(seed: 5, frames: 100_000)
    let one = try mix(sketch, genre: "Electronic", frames: 100_000, threads: 1)
    let three = try mix(sketch, genre: "Electronic", frames: 100_000, threads: 3)
    #expect(one.audio.left == three.audio.left && one.audio.right == three.audio.right)
    for index in 0..<one.stemCount {
      let (a, b) = (try one.stem(index), try three.stem(index))
      #expect(a.left == b.left && a.right == b.right)
    }
  }

  @Test(arguments: [1, 100, 4800, 48_000])
  func shortSongsAreMixedToo(frames: Int) throws {
    let result = try mix(Sketch(seed: 3, frames: frames), frames: frames)
    #expect(result.audio.frames == frames)
    #expect(result.audio.left.allSatisfy { $0.isFinite })
    #expect(try Loudness(of: result.audio).truePeak <= -1)
    let loudness = try Loudness.integrated(of: result.audio)
    #expect(frames < 48_000 || abs(loudness + 14) < 0.5)
  }

  @Test func silenceStaysSilence() throws {
    var sketch = Sketch(seed: 1, frames: 48_000)
    sketch.dry = sketch.dry.map { StereoBuffer(frames: $0.frames) }
    let result = try mix(sketch, frames: 48_000)
    #expect(result.audio.left.allSatisfy { $0 == 0 })
    #expect(try (0..<result.stemCount).allSatisfy { try result.stem($0).frames == 48_000 })
    let empty = Score(
      title: "", key: sketch.score.key, meter: .fourFour, tempo: [], lengthTicks: 0)
    let nothing = try Mixer(profile: .named(nil)).mix(
      DryParts([]), score: empty, frames: 1000, ending: .rest) { _, _, _ in }
    #expect(nothing.audio.frames == 1000)
  }

  /// Played twice in a row, a loop jumps no more at its seam than anywhere else in it.
  @Test(arguments: [2, 4, 6])
  func aLoopHasNoSeam(seed: Int) throws {
    let frames = 48_000 * 4
    let sketch = Sketch(seed: seed, frames: frames, tail: Mixer.loopTailFrames)
    let result = try mix(sketch, genre: "Hip Hop", frames: frames, ending: .loop)
    #expect(result.audio.frames == frames)
    let loudness = try Loudness.integrated(of: result.audio)
    #expect(abs(loudness + 14) < 0.3)
    let x = result.audio.left
    func bend(_ a: Float, _ b: Float, _ c: Float) -> Float { abs(a - 2 * b + c) }
    let inside = (1..<frames - 1).map { bend(x[$0 - 1], x[$0], x[$0 + 1]) }.max() ?? 0
    #expect(bend(x[frames - 2], x[frames - 1], x[0]) <= inside)
    #expect(bend(x[frames - 1], x[0], x[1]) <= inside)
    try expectSum(result)
    // What rings on past the end is at the start: a loop isn't silent there.
    #expect(x[0..<480].contains { abs($0) > 1e-4 })
  }

  @Test func gainAndGenreChangeTheBalance() throws {
    let frames = 48_000 * 4
    var sketch = Sketch(seed: 11, frames: frames)
    for index in sketch.score.parts.indices { sketch.score.parts[index].gainDecibels = 0 }
    let even = try mix(sketch, frames: frames)
    sketch.score.parts[0].gainDecibels = -6
    let lowered = try mix(sketch, frames: frames)
    func share(_ mixdown: Mixdown) throws -> Double {
      try Loudness.integrated(of: mixdown.stem(0)) - Loudness.integrated(of: mixdown.stem(1))
    }
    let change = try share(even) - share(lowered)
    // The tone of the whole moves with it.
    #expect(3 < change && change < 9)
  }

  @Test func progressIsTrueAndCancellingWorks() throws {
    let frames = 48_000 * 20
    let sketch = Sketch(seed: 8, frames: frames)
    var reports: [(phase: Mixer.Phase, done: Int, total: Int)] = []
    _ = try Mixer(profile: .named(nil)).mix(DryParts(sketch.dry), score: sketch.score, frames: frames, ending: .rest) {
      reports.append(($0, $1, $2))
    }
    for phase in [Mixer.Phase.parts, .master] {
      let own = reports.filter { $0.phase == phase }
      #expect(own.last.map { $0.done == $0.total } == true)
      #expect(zip(own, own.dropFirst()).allSatisfy { $0.done <= $1.done && $0.total == $1.total })
    }
    #expect(reports.last?.phase == .master)
    var calls = 0
    #expect(throws: CancellationError.self) {
      try Mixer(profile: .named(nil)).mix(DryParts(sketch.dry), score: sketch.score, frames: frames, ending: .rest) { _, _, _ in
        calls += 1
        if calls == 4 { throw CancellationError() }
      }
    }
  }

  @Test(arguments: [-40.0, -12, -3]) func theWidthIsLedAndTheMiddleStays(wanted: Double) throws {
    let frames = 48_000 * 24
    let sketch = Sketch(seed: 5, frames: frames)
    func mix(_ profile: MixProfile) throws -> Mixdown {
      try Mixer(profile: profile).mix(DryParts(sketch.dry), score: sketch.score, frames: frames, ending: .rest) { _, _, _ in }
    }
    let usual = try mix(.named(nil))
    let led = try mix(.named(nil).mastered(like: MasterMeasures(width: wanted, dynamics: 9)))
    let own = try #require(StereoWidth.decibels(of: usual.audio))
    let reached = try #require(StereoWidth.decibels(of: led.audio))
    print("width \(own) -> \(reached) dB for \(wanted)")
    // As far as its way goes; the one gain over time weighs the moments a little otherwise.
    let expected = own + min(max(max(wanted, -30) - own, -24), 6)
    #expect(abs(reached - expected) < 1)
    try expectSum(led)
    var sound = usual.audio
    StereoWidth(of: sound, towards: wanted).apply(to: &sound)
    let middle = zip(zip(sound.left, sound.right), zip(usual.audio.left, usual.audio.right)).map { abs($0.0 + $0.1 - $1.0 - $1.1) }
    #expect(middle.max() ?? 1 < 1e-5)
    #expect(StereoWidth(of: StereoBuffer(left: sound.left, right: sound.left), towards: -6).gain == 1)
  }

  @Test func theLoudnessRangeIsLed() throws {
    // Stretches of ten seconds, 8 dB apart.
    let frames = 48_000 * 60
    let hops = Hops.count(in: frames)
    let weighted = (0..<hops).map { hop -> Float in hop / 30_000 % 2 == 0 ? 0.16 : 0.025 }
    let flat = GainCurve(frames: frames)
    let dynamics = MacroDynamics(weighted: weighted, gain: flat)
    func range(_ curve: GainCurve) -> Double {
      MacroDynamics.range(stride(from: 0, to: hops, by: 300).map { start in
        (start..<start + 300).reduce(0.0) { $0 + Double(weighted[$1] * curve.points[$1] * curve.points[$1]) } / 4800
      })
    }
    #expect(abs(range(flat) - 8) < 0.3)
    for wanted in [5.0, 8, 11] { #expect(abs(range(dynamics.curve(towards: wanted, frames: frames)) - wanted) < 0.5) }
    // Not beyond its way.
    #expect(range(dynamics.curve(towards: 0, frames: frames)) > 3.5)
    let away = dynamics.curve(towards: 60, frames: frames).points.map { 20 * log10($0) }
    #expect(away.max() ?? 9 < 4.01 && away.min() ?? -9 > -4.01)
  }
}
