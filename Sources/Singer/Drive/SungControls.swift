import Glibc

/// What the voice network is told besides the symbols: energy, voicing and pitch, two values a frame (`singer.md` 3.3, 3.4).
public struct SungControls: Sendable, Hashable {
  public let energy: [Float]
  /// Hertz; 0 where unvoiced.
  public let pitch: [Float]
  public let isVoiced: [Bool]

  /// A line sung.
  /// - Parameters:
  ///   - curve: the notes as sung.
  ///   - centre: the MIDI number at which the network's voice is at home: 61 for female packs, 49 for male. It sounds poor
  ///     far from there, so it is fed a compressed curve; the vocoder moves the sound to the true pitch.
  ///   - holdsVowels: whether long vowels keep their energy. The last vowel of speech dies away; stretched to a note of a
  ///     second, half of it would be silent.
  public init(
    _ line: SungLine, _ plan: SungPlan, _ natural: NaturalSpeech, curve: PitchCurve, centre: Double,
    holdsVowels: Bool = true
  ) {
    let stretched = Self.stretch(natural.energy, natural, plan)
    energy = holdsVowels ? Self.held(stretched, line, plan) : stretched
    let isVoiced = Self.voicing(line, plan, natural)
    self.isVoiced = isVoiced
    let median = line.medianPitch
    let offset = min(max(median - centre, -3), 3)
    pitch = isVoiced.indices.map { index in
      guard isVoiced[index] else { return 0 }
      let note = curve.pitch(at: (Double(index) + 0.5) / 80)
      return Float(hertz(ofPitch: centre + min(max(0.6 * (note - median), -4), 4) + offset))
    }
  }

  /// Speech in the time of a plan: the melody of speech is stretched with its symbols.
  /// - Parameter speechRange: how much of that melody is left, in semitones around the median: 1 is natural, rap has 0.7.
  public init(_ line: SungLine, _ plan: SungPlan, _ natural: NaturalSpeech, speechRange: Double) {
    energy = Self.stretch(natural.energy, natural, plan)
    let isVoiced = Self.voicing(line, plan, natural)
    self.isVoiced = isVoiced
    let voiced = natural.pitch.filter { $0 > 30 }.sorted()
    let median = voiced.isEmpty ? 150 : Double(voiced[voiced.count / 2])
    // Pitch goes on through unvoiced gaps, so that none of their values leak into a vowel.
    pitch = zip(Self.stretch(Self.withoutGaps(natural.pitch), natural, plan), isVoiced).map { hertz, isVoiced in
      isVoiced ? Float(median * pow(Double(hertz) / median, speechRange)) : 0
    }
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
      let last = ends[step.token] - 1
      let first = ends[step.token] - 2 * natural.frames[step.token]
      let count = 2 * step.frames
      return (0..<count).map { point in
        let position = Double(point) * Double(last - first) / Double(count - 1)
        let index = min(first + Int(position), last)
        let fraction = Float(position - Double(index - first))
        return values[index] + (values[min(index + 1, last)] - values[index]) * fraction
      }
    }
  }

  /// Vowels of more than half a second don't fall below their peak by more than one, but in their last 100 ms.
  private static func held(_ energy: [Float], _ line: SungLine, _ plan: SungPlan) -> [Float] {
    var energy = energy
    var start = 0
    for step in plan.steps {
      let count = 2 * step.frames
      if line.tokens[step.token].role == .nucleus, count > 40 {
        let release = 8
        var peak = energy[start]
        for index in start..<start + count - release {
          peak = max(peak, energy[index])
          energy[index] = max(energy[index], peak - 1)
        }
        let last = energy[start + count - release - 1]
        for index in 0..<release {
          let place = start + count - release + index
          let fall = Float(index + 1) / Float(release)
          energy[place] = max(energy[place], last + (energy[place] - last) * fall)
        }
      }
      start += count
    }
    return energy
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

  /// The pitch for each 5-ms frame, in hertz.
  public func command(frames: Int) -> [Double] {
    // A half-frame lasts 12.5 ms: frame i starts in half-frame 2i / 5.
    (0..<frames).map { $0 * 2 / 5 < pitch.count ? Double(pitch[$0 * 2 / 5]) : 0 }
  }
}

/// The frequency of a MIDI number, A4 = 440 Hz.
func hertz(ofPitch pitch: Double) -> Double { 440 * pow(2, (pitch - 69) / 12) }
