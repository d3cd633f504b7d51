import Glibc

/// What the voice network is told besides the symbols: energy, voicing and pitch, two values a frame (`singer.md` 3.3, 3.4).
public struct SungControls: Sendable, Hashable {
  public let energy: [Float]
  /// Hertz; 0 where unvoiced.
  public let pitch: [Float]
  public let isVoiced: [Bool]
  private let lead: Int

  /// A line sung.
  /// - Parameters:
  ///   - curve: the notes as sung.
  ///   - centre: the MIDI number at which the network's voice is at home: 61 for female packs, 49 for male. It sounds poor
  ///     far from there, so it is fed a compressed curve; the vocoder moves the sound to the true pitch.
  public init(_ line: SungLine, _ plan: SungPlan, _ natural: NaturalSpeech, curve: PitchCurve, centre: Double) {
    let stretched = Self.stretch(natural.energy, natural, plan)
    let isVoiced = Self.voicing(line, plan, natural)
    let median = line.medianPitch
    let offset = min(max(median - centre, -3), 3)
    let pitch = isVoiced.indices.map { index -> Float in
      guard isVoiced[index] else { return 0 }
      let note = curve.pitch(at: (Double(index) + 0.5) / 80)
      return Float(hertz(ofPitch: centre + min(max(0.6 * (note - median), -4), 4) + offset))
    }
    self.init(energy: plan.timing.holdsVowels ? Self.held(stretched, line, plan) : stretched, pitch, isVoiced, plan.timing)
  }

  /// Speech in the time of a plan: the melody of speech is stretched with its symbols.
  /// - Parameter speechRange: how much of that melody is left, in semitones around the median: 1 is natural, rap has 0.7.
  public init(_ line: SungLine, _ plan: SungPlan, _ natural: NaturalSpeech, speechRange: Double) {
    let isVoiced = Self.voicing(line, plan, natural)
    let voiced = natural.pitch.filter { $0 > 30 }.sorted()
    let median = voiced.isEmpty ? 150 : Double(voiced[voiced.count / 2])
    // Pitch goes on through unvoiced gaps, so that none of their values leak into a vowel.
    let pitch = zip(Self.stretch(Self.withoutGaps(natural.pitch), natural, plan), isVoiced).map { hertz, isVoiced in
      isVoiced ? Float(median * pow(Double(hertz) / median, speechRange)) : 0
    }
    self.init(energy: Self.stretch(natural.energy, natural, plan), pitch, isVoiced, plan.timing)
  }

  /// What lies at the times at which it is to be heard, moved to where the network wants it.
  private init(energy: [Float], _ pitch: [Float], _ isVoiced: [Bool], _ timing: NetworkTiming) {
    lead = min(timing.lead, energy.count)
    self.energy = energy.dropFirst(lead) + [Float](repeating: energy.last ?? 0, count: lead)
    self.pitch = pitch.dropFirst(lead) + [Float](repeating: 0, count: lead)
    self.isVoiced = isVoiced.dropFirst(lead) + [Bool](repeating: false, count: lead)
  }

  private static func voicing(_ line: SungLine, _ plan: SungPlan, _ natural: NaturalSpeech) -> [Bool] {
    let speech = stretch(natural.pitch.map { $0 > 30 ? 1 : 0 }, natural, plan)
    var result: [Bool] = []
    for step in plan.steps {
      let count = 2 * step.frames
      switch line.tokens[step.token].role {
      case .nucleus, .glide, .length, .stress: result += [Bool](repeating: true, count: count)
      case .pad, .end, .space: result += [Bool](repeating: false, count: count)
      case .onset, .coda: result += speech[result.count..<result.count + count].map { $0 > 0.5 }
      }
    }
    return result
  }

  /// A curve of natural speech in the time of a plan: as many points for each symbol as it has half-frames, from its
  /// first to its last value, on straight lines between the values.
  private static func stretch(_ values: [Float], _ natural: NaturalSpeech, _ plan: SungPlan) -> [Float] {
    var ends: [Int] = []
    var end = 0
    for frames in natural.frames {
      end += 2 * frames
      ends.append(end)
    }
    return plan.steps.flatMap { step in
      let last = max(0, ends[step.token] - 1 - plan.timing.lead)
      let first = max(0, ends[step.token] - 2 * natural.frames[step.token] - plan.timing.lead)
      let count = 2 * step.frames
      return (0..<count).map { point in
        let position = Double(point) * Double(last - first) / Double(count - 1)
        let index = min(first + Int(position), last)
        let fraction = Float(position - Double(index - first))
        return values[index] + (values[min(index + 1, last)] - values[index]) * fraction
      }
    }
  }

  /// Every vowel is carried: it comes to a level between its own and that of the line's other vowels, stays there however
  /// long it is held, and leaves it in its last 100 ms.
  private static func held(_ energy: [Float], _ line: SungLine, _ plan: SungPlan) -> [Float] {
    let vowels = plan.vowelFrames(line).map { 2 * $0.frames.lowerBound..<2 * $0.frames.upperBound }
    let peaks = vowels.map { energy[$0].max() ?? 0 }
    guard !peaks.isEmpty else { return energy }
    let usual = peaks.sorted()[peaks.count / 2]
    var result = energy
    for (vowel, peak) in zip(vowels, peaks) {
      let level = min(max(peak, usual - 0.3), usual + 1)
      let attack = min(4, vowel.count / 4)
      let release = min(8, vowel.count / 4)
      for (place, index) in vowel.enumerated() {
        let rise = min(1, Float(place + 1) / Float(attack + 1))
        let fall = min(1, Float(vowel.count - place) / Float(release + 1))
        result[index] = max(energy[index], energy[index] + (level - 0.1 - energy[index]) * min(rise, fall))
      }
    }
    return result
  }

  /// Unvoiced values between voiced ones on straight lines, those at the ends as their neighbours.
  private static func withoutGaps(_ pitch: [Float]) -> [Float] {
    guard let first = pitch.firstIndex(where: { $0 > 30 }) else { return pitch.map { _ in 150 } }
    var result = pitch
    for index in 0..<first { result[index] = pitch[first] }
    var last = first
    for index in pitch.indices[(first + 1)...] where pitch[index] > 30 {
      for between in last + 1..<index {
        result[between] = pitch[last] + (pitch[index] - pitch[last]) * Float(between - last) / Float(index - last)
      }
      last = index
    }
    for index in pitch.indices[last...] { result[index] = pitch[last] }
    return result
  }

  /// The pitch for each 5-ms frame, in hertz, when it is to be heard.
  public func command(frames: Int) -> [Double] {
    // A half-frame lasts 12.5 ms: frame i starts in half-frame 2i / 5.
    (0..<frames).map { frame in
      let index = frame * 2 / 5 - lead
      return pitch.indices.contains(index) ? Double(pitch[index]) : 0
    }
  }
}

/// The frequency of a MIDI number, A4 = 440 Hz.
func hertz(ofPitch pitch: Double) -> Double { 440 * pow(2, (pitch - 69) / 12) }
