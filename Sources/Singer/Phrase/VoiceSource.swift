public import Music

/// What a source of voice made of a line, taken apart: the seam between the voice network or espeak-ng, and the singing.
public struct SourceVoice: Sendable {
  public var spectra: VoiceSpectra
  /// Hertz in each frame as the source sounded, 0 where unvoiced.
  public var pitch: [Double]
  /// When the source starts to sound, in seconds of the phrase.
  public var startSeconds: Double

  public init(spectra: VoiceSpectra, pitch: [Double], startSeconds: Double) {
    self.spectra = spectra
    self.pitch = pitch
    self.startSeconds = startSeconds
  }
}

/// Makes the raw voice of a line.
public protocol VoiceSource {
  /// The voice with its syllables in the time of the notes.
  /// - Parameter curve: the pitch that it will be sung at.
  func voice(of line: SungLine, _ voice: VoiceType, _ delivery: Instrument.Delivery, curve: PitchCurve, noise: HashNoise) throws
    -> SourceVoice
}

/// The voice network as the singer sees it.
public protocol VoiceNetwork {
  /// What the network keeps of the symbols between reading and sounding.
  associatedtype Text
  /// Reads a line: its natural speech, and what the sound will need.
  /// - Parameter voice: whose style to read in.
  func read(_ tokens: [Token], _ voice: VoiceType) throws -> (speech: NaturalSpeech, text: Text)
  /// The sound at 24,000 samples a second, 600 samples a frame of the plan.
  func sound(
    _ text: Text, tokens: [Token], _ voice: VoiceType, plan: SungPlan, controls: SungControls, noise: HashNoise) throws -> [Float]
}

/// The voice network as a source: its durations, energy and pitch are ours (`singer.md` 3).
public struct NetworkVoice<Network: VoiceNetwork>: VoiceSource {
  public static var sampleRate: Int { 24_000 }
  private let network: Network
  private let timing: NetworkTiming
  private let clock: SingingClock

  public init(_ network: Network, timing: NetworkTiming = .heard, clock: SingingClock = .off) {
    (self.network, self.timing, self.clock) = (network, timing, clock)
  }

  public func voice(
    of line: SungLine, _ voice: VoiceType, _ delivery: Instrument.Delivery, curve: PitchCurve, noise: HashNoise
  ) throws -> SourceVoice {
    let (speech, text) = try network.read(line.tokens, voice)
    let plan =
      delivery == .spoken
      ? try SungPlan(speaking: line, naturalFrames: speech.frames, timing: timing)
      : try SungPlan(line, naturalFrames: speech.frames, timing: timing)
    let controls =
      delivery == .sung
      ? SungControls(line, plan, speech, curve: curve, centre: voice.centre)
      : SungControls(line, plan, speech, speechRange: delivery == .rap ? 0.7 : 1)
    let early = try network.sound(text, tokens: line.tokens, voice, plan: plan, controls: controls, noise: noise)
    // A half-frame has 300 samples.
    let lead = 300 * plan.timing.lead
    let sound = [Double](repeating: 0, count: lead) + early.dropLast(lead).map(Double.init)
    var vocoder = Vocoder(sampleRate: Self.sampleRate)
    let nucleus = plan.nucleusMask(line)
    // Speech is voiced where the network was told a pitch; where that is nothing, a nucleus has none to stand in.
    let pitch = clock.measure(.pitch) {
      vocoder.pitch(of: sound, command: controls.command(frames: nucleus.count), nucleus: nucleus)
    }
    let first = plan.steps.first?.frames ?? 0
    var spectra = clock.measure(.analysis) {
      vocoder.analyze(sound, pitch: pitch, nucleus: zip(nucleus, pitch).map { $0 && $1 > 0 })
    }
    if timing.holdsVowels, delivery == .sung {
      // A frame of the plan lasts 25 ms.
      spectra.carry(vowels: plan.vowelFrames(line).map { 5 * $0.frames.lowerBound..<5 * $0.frames.upperBound })
    }
    var result = SourceVoice(spectra: spectra, pitch: pitch, startSeconds: Double(first) / SungPlan.framesPerSecond)
    if timing.alignsVowels, delivery != .spoken {
      clock.measure(.moving) { result.align(plan.syllables(line), to: line.syllables.map { $0.first?.startSeconds ?? 0 }) }
    }
    return result
  }
}
