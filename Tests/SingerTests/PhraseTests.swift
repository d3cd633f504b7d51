import Foundation
import Music
import Singer
import Testing

/// A network that says what the golden data have, whatever it is told.
struct GoldenNetwork: VoiceNetwork {
  let speech: NaturalSpeech
  let wave: [Float]

  init(_ golden: SungGolden) throws {
    speech = golden.natural
    wave = try golden.sung.floats("wave")
  }

  func read(_ tokens: [Token], _ voice: VoiceType) -> (speech: NaturalSpeech, text: Void) { (speech, ()) }

  func sound(
    _ text: Void, tokens: [Token], _ voice: VoiceType, plan: SungPlan, controls: SungControls, noise: HashNoise
  ) -> [Float] { wave }
}

@Suite struct PhraseTests {
  @Test(arguments: [("en", VoiceKind.female), ("es", .male)])
  func notesAreInTune(_ language: String, _ kind: VoiceKind) throws {
    let golden = try SungGolden(language)
    let samples = try PhraseRenderer().sing(
      golden.line, PhraseRenderer.Part(voice: .of(kind)), with: NetworkVoice(GoldenNetwork(golden), timing: .specified))
    #expect(samples.count == (try golden.plan).frames * 1_200)
    let errors = PitchMeter.cents(samples, golden.line, try golden.plan.vowels(golden.line))
    print("\(language): cents \(errors.map { Int($0.rounded()) })")
    let close = errors.filter { abs($0) < 50 }.count
    #expect(Double(close) >= 0.9 * Double(errors.count))
    let median = errors.map { abs($0) }.sorted()[errors.count / 2]
    #expect(median <= 8)
  }

  @Test func theSameSeedGivesTheSameSamplesAndDoublesDiffer() throws {
    let golden = try SungGolden("en")
    let source = NetworkVoice(try GoldenNetwork(golden), timing: .specified)
    var part = PhraseRenderer.Part(voice: .of(.soft))
    part.seed = 5
    let lead = try PhraseRenderer().sing(golden.line, part, with: source)
    #expect(lead == (try PhraseRenderer().sing(golden.line, part, with: source)))
    #expect(part.doubles.map(\.detune) == [-0.06, 0.06])
    #expect(part.doubles.map(\.delaySeconds) == [0.012, -0.012])
    let double = try PhraseRenderer().sing(golden.line, part.doubles[0], with: source)
    #expect(double != lead)
  }

  @Test func doublesAreOtherPerformancesOfTheSameVoice() throws {
    let golden = try SungGolden("en")
    let source = NetworkVoice(try GoldenNetwork(golden), timing: .specified)
    var part = PhraseRenderer.Part(voice: .of(.female))
    part.seed = 5
    let sounds = try PhraseRenderer().sing(golden.line, part, doubled: true, with: source)
    #expect(sounds.count == 3)
    #expect(sounds[0] == (try PhraseRenderer().sing(golden.line, part, with: source)))
    let vowels = try golden.plan.vowels(golden.line)
    for (double, cents) in [(sounds[1], -6.0), (sounds[2], 6.0)] {
      #expect(double.count == sounds[0].count && double != sounds[0])
      // Close to the notes, a little beside the lead.
      let errors = PitchMeter.cents(double, golden.line, vowels).sorted()
      #expect(abs(errors[errors.count / 2] - cents) < 8, "\(errors)")
    }
    #expect(sounds[1] != sounds[2])
  }

  @Test func nothingSoundsBeforeAndAfterTheLine() throws {
    let golden = try SungGolden("es")
    var part = PhraseRenderer.Part(voice: .of(.male))
    let source = NetworkVoice(try GoldenNetwork(golden), timing: .specified)
    let samples = try PhraseRenderer().sing(golden.line, part, with: source)
    let end = Int((golden.line.endSeconds + 0.5) * 48_000)
    #expect(samples[..<9_000].allSatisfy { abs($0) < 1e-3 })
    #expect(samples[min(end, samples.count)...].allSatisfy { abs($0) < 1e-3 })
    #expect(samples.contains { abs($0) > 0.05 })
    part.breathesIn = true
    let breathing = try PhraseRenderer().sing(golden.line, part, with: source)
    #expect(breathing[..<20_000].contains { abs($0) > 1e-3 })
  }

  @Test(arguments: [Instrument.Delivery.rap, .spoken])
  func speechKeepsThePitchOfSpeech(_ delivery: Instrument.Delivery) throws {
    let golden = try SungGolden("en")
    var part = PhraseRenderer.Part(voice: .of(.female))
    part.delivery = delivery
    let plan =
      delivery == .rap
      ? try golden.plan : try SungPlan(speaking: golden.line, naturalFrames: golden.natural.frames, timing: .specified)
    let controls = SungControls(golden.line, plan, golden.natural, speechRange: 0.7)
    #expect(controls.pitch.count == 2 * plan.frames)
    let voiced = controls.pitch.filter { $0 > 0 }
    let natural = golden.natural.pitch.filter { $0 > 30 }
    #expect((voiced.max() ?? 0) <= (natural.max() ?? 0) && (voiced.min() ?? 0) >= (natural.min() ?? 0))
    let first = plan.vowels(golden.line)[0]?.lowerBound ?? 0
    #expect(abs(first - golden.line.startSeconds) <= 0.0251)
    let samples = try PhraseRenderer().sing(golden.line, part, with: NetworkVoice(try GoldenNetwork(golden), timing: .specified))
    #expect(samples.allSatisfy { $0.isFinite })
  }

  @Test func melodiesMoveByOctavesIntoTheRange() {
    #expect(VoiceType.of(.female).octaves(for: [64, 67, 69]) == 0)
    #expect(VoiceType.of(.male).octaves(for: [64, 67, 69]) == -1)
    #expect(VoiceType.of(.female).octaves(for: [40, 45, 47]) == 2)
    #expect(VoiceType.of(.deep).octaves(for: []) == 0)
    for kind in VoiceKind.allCases {
      let voice = VoiceType.of(kind)
      #expect(abs(voice.packs.reduce(0) { $0 + $1.weight } - 1) < 1e-6)
      for pitch in stride(from: 30.0, through: 90, by: 1) {
        let moved = Int(pitch) + 12 * voice.octaves(for: [pitch])
        #expect(kind.range.contains(moved))
      }
    }
  }

  @Test func formantsMoveByTheFactor() {
    var spectra = VoiceSpectra(frames: 1, sampleRate: 24_000)
    for bin in 0..<spectra.bins { spectra.envelope[bin] = exp(-pow((Double(bin) - 100) / 10, 2)) + 1e-6 }
    spectra.scaleFormants(by: 1.2)
    let peak = spectra.envelope.indices.max { spectra.envelope[$0] < spectra.envelope[$1] }
    #expect(peak == 120)
  }
}

/// The acceptance meter of `singer.md` 4.5: the median pitch over each vowel, from min(50 ms, 20 %) after its start to
/// 20 ms before its end, by autocorrelation within an octave of the note.
enum PitchMeter {
  static func cents(_ samples: [Float], _ line: SungLine, _ vowels: [Range<Double>?]) -> [Double] {
    zip(line.syllables, vowels).compactMap { notes, vowel in
      guard let note = notes.first, notes.count == 1, let vowel else { return nil }
      let length = vowel.upperBound - vowel.lowerBound
      let expected = 440 * pow(2, (note.pitch - 69) / 12)
      var found: [Double] = []
      var time = vowel.lowerBound + min(0.05, 0.2 * length)
      while time <= vowel.upperBound - 0.02 {
        if let hertz = pitch(samples, at: time, near: expected) { found.append(1_200 * log2(hertz / expected)) }
        time += 0.005
      }
      return found.isEmpty ? 1_200 : found.sorted()[found.count / 2]
    }
  }

  private static func pitch(_ samples: [Float], at time: Double, near expected: Double) -> Double? {
    let rate = 48_000.0
    let width = Int(2.5 * rate / expected)
    let shortest = Int(rate / expected / 1.6)
    let longest = Int(rate / expected * 1.6)
    let start = Int(time * rate) - (width + longest) / 2
    guard start >= 0, start + width + longest + 2 < samples.count else { return nil }
    func likeness(_ lag: Int) -> Double {
      var product = 0.0
      var a = 0.0
      var b = 0.0
      for index in start..<start + width {
        let x = Double(samples[index])
        let y = Double(samples[index + lag])
        product += x * y
        a += x * x
        b += y * y
      }
      return product / max((a * b).squareRoot(), 1e-12)
    }
    let values = (shortest - 1...longest + 1).map(likeness)
    guard let best = (1..<values.count - 1).max(by: { values[$0] < values[$1] }), values[best] > 0.5 else { return nil }
    let bend = values[best - 1] - 2 * values[best] + values[best + 1]
    let shift = bend < 0 ? (values[best - 1] - values[best + 1]) / (2 * bend) : 0
    return rate / (Double(shortest - 1 + best) + shift)
  }
}
