public import Music
import Audio
import Glibc

/// Sings a line: from its symbols and notes to dry samples (`singer.md` 3.5, 4.4, 4.5).
///
/// A pure function of its arguments, on any thread.
public struct PhraseRenderer: Sendable {
  /// The studio's samples a second.
  public static let sampleRate = 48_000

  /// Who sings, and how.
  public struct Part: Sendable, Hashable {
    public var voice: VoiceType
    public var delivery = Instrument.Delivery.sung
    /// By how many octaves the notes are moved: `VoiceType.octaves(for:)` of the whole melody.
    public var octaves = 0
    /// Chance of drift, vibrato and noise.
    public var seed: UInt32 = 0
    /// Semitones and seconds beside the notes: how doubles differ from the lead.
    public var detune = 0.0
    public var delaySeconds = 0.0
    /// Whether to breathe in before the line: after rests of more than 0.4 s.
    public var breathesIn = false
    /// Whether to add what the source lacks above 12 kHz.
    public var hasAir = true

    public init(voice: VoiceType) { self.voice = voice }

    /// The two doubles of this part, to be heard left and right: 6 cents down and 12 ms late, up and early.
    public var doubles: [Part] {
      [-1.0, 1.0].enumerated().map { index, side in
        var part = self
        part.detune += 0.06 * side
        part.delaySeconds -= 0.012 * side
        part.seed = seed &+ 0x9E37_79B9 &* UInt32(index + 1)
        part.breathesIn = false
        return part
      }
    }
  }

  private let clock: SingingClock

  public init(clock: SingingClock = .off) { self.clock = clock }

  /// The dry phrase: mono, from the phrase's time 0 to the end of its tail.
  /// - Throws: `SingerError`, what the source throws, `AudioError.cannotResample`.
  public func sing(_ line: SungLine, _ part: Part, with source: some VoiceSource) throws -> [Float] {
    try sing(line, part, doubled: false, with: source)[0]
  }

  /// The dry phrase and, where asked for, its two doubles (`Part.doubles`).
  ///
  /// The source is asked once: what makes a double another performance is its pitch, its noise, and its time, which wanders.
  /// - Returns: one sound or three, as `sing` has them.
  /// - Throws: `SingerError`, what the source throws, `AudioError.cannotResample`.
  public func sing(_ line: SungLine, _ part: Part, doubled: Bool, with source: some VoiceSource) throws -> [[Float]] {
    let lead = try line.moved(semitones: Double(12 * part.octaves), seconds: part.delaySeconds)
    let raw = try source.voice(of: lead, part.voice, part.delivery, curve: curve(of: lead, part), noise: HashNoise(seed: part.seed))
    let sound = try sing(raw, lead, part)
    clock.note(phraseSeconds: Double(sound.count) / Double(Self.sampleRate))
    guard doubled else { return [sound] }
    return try [sound] + part.doubles.map { double in
      let delay = double.delaySeconds - part.delaySeconds
      var voice = raw
      voice.wander(by: delay, HashNoise(seed: double.seed))
      voice.startSeconds += delay
      return try sing(voice, lead.moved(seconds: delay), double)
    }
  }

  private func curve(of line: SungLine, _ part: Part) -> PitchCurve {
    var manner = part.voice.manner(seed: part.seed)
    manner.detune = part.detune
    return PitchCurve(line, manner: manner, seed: part.seed)
  }

  /// A voice at the pitch of its notes.
  private func sing(_ raw: SourceVoice, _ line: SungLine, _ part: Part) throws -> [Float] {
    var raw = raw
    let (curve, noise) = (curve(of: line, part), HashNoise(seed: part.seed))
    let target = part.delivery == .sung ? curve.hertz(voiced: raw.pitch.map { $0 > 0 }) : raw.pitch
    if part.delivery == .sung { swell(&raw.spectra, line, curve) }
    var vocoder = Vocoder(sampleRate: raw.spectra.sampleRate)
    let dry = clock.measure(.synthesis) { vocoder.sing(raw.spectra, pitch: target, noise: noise) }
    return try clock.measure(.finishing) { try finish(dry.map(Float.init), raw, line, part, noise) }
  }

  private func finish(_ dry: [Float], _ raw: SourceVoice, _ line: SungLine, _ part: Part, _ noise: HashNoise) throws -> [Float] {
    var samples = try Resampler.resample(dry, from: raw.spectra.sampleRate, to: Self.sampleRate)
    if part.delivery != .spoken { gate(&samples, line, from: raw.startSeconds) }
    if part.hasAir { Exciter.addAir(to: &samples) }
    if part.breathesIn { BreathIntake.add(to: &samples, before: raw.startSeconds, noise) }
    return samples
  }

  /// Loudness that goes with the vibrato, a release at the end of vowels that nothing closes, and a slow change of
  /// colour in long notes, which the network holds too still.
  private func swell(_ spectra: inout VoiceSpectra, _ line: SungLine, _ curve: PitchCurve) {
    var gains = [Double](repeating: 1, count: spectra.frames)
    var tilts = [Double](repeating: 0, count: spectra.frames)
    for frame in 0..<spectra.frames {
      let vibrato = curve.vibrato(at: Double(frame) * VoiceSpectra.framePeriod)
      gains[frame] = 1 + 0.06 * vibrato.depth * sin(vibrato.angle)
    }
    let closed = Set(line.tokens.filter { $0.role == .coda }.compactMap(\.syllable))
    for (number, notes) in line.syllables.enumerated() {
      guard let first = notes.first, let last = notes.last else { continue }
      let next = number + 1 < line.syllables.count ? line.syllables[number + 1].first?.startSeconds ?? .infinity : .infinity
      if !closed.contains(number), next - last.endSeconds > 0.08 {
        // 80 ms, then silence until the next syllable's consonants.
        for frame in frames(last.endSeconds - 0.08, last.endSeconds, spectra.frames) {
          let left = (last.endSeconds - Double(frame) * VoiceSpectra.framePeriod) / 0.08
          gains[frame] *= 0.5 - 0.5 * cos(.pi * min(max(left, 0), 1))
        }
      }
      if last.endSeconds - first.startSeconds > 2 {
        for frame in frames(first.startSeconds, last.endSeconds, spectra.frames) {
          let since = Double(frame) * VoiceSpectra.framePeriod - first.startSeconds
          tilts[frame] = 0.5 * sin(2 * .pi * 0.3 * since)
        }
      }
    }
    spectra.scale(by: gains)
    spectra.tilt(by: tilts)
  }

  private func frames(_ start: Double, _ end: Double, _ count: Int) -> Range<Int> {
    let first = min(max(Int((start / VoiceSpectra.framePeriod).rounded(.up)), 0), count)
    return first..<min(max(Int((end / VoiceSpectra.framePeriod).rounded(.up)), first), count)
  }

  /// Silence where the score has none to sing: the network hisses when it holds a rest. Open from 0.25 s before a syllable
  /// (or where the line starts) to 0.3 s after it, with ramps of 50 and 200 ms.
  private func gate(_ samples: inout [Float], _ line: SungLine, from start: Double) {
    var open: [ClosedRange<Double>] = []
    for notes in line.syllables {
      guard let first = notes.first, let last = notes.last else { continue }
      let begin = open.isEmpty ? min(first.startSeconds - 0.25, start) : first.startSeconds - 0.25
      let end = last.endSeconds + 0.3
      if let before = open.last, begin - 0.05 < before.upperBound + 0.2 {
        open[open.count - 1] = before.lowerBound...end
      } else {
        open.append(begin...end)
      }
    }
    var index = 0
    for sample in samples.indices {
      let time = Double(sample) / Double(Self.sampleRate)
      while index + 1 < open.count, time > open[index].upperBound + 0.2 { index += 1 }
      guard index < open.count else { return }
      let rise = (time - open[index].lowerBound) / 0.05 + 1
      let fall = 1 - (time - open[index].upperBound) / 0.2
      samples[sample] *= Float(min(max(min(rise, fall), 0), 1))
    }
  }
}

extension SourceVoice {
  /// Later by so many seconds, and a little earlier and later on the way: 6 ms as a standard deviation, anew every 0.4 s.
  fileprivate mutating func wander(by delay: Double, _ noise: HashNoise) {
    let stride = 80
    let points = (0...spectra.frames / stride + 1).map { 1.2 * min(max(Double(noise(stream: 12, sample: $0)), -2), 2) }
    move(
      to: (0..<spectra.frames).map { frame in
        let share = Double(frame % stride) / Double(stride)
        let wander = points[frame / stride] + (points[frame / stride + 1] - points[frame / stride]) * share
        return Double(frame) - delay / VoiceSpectra.framePeriod + wander
      })
  }
}
