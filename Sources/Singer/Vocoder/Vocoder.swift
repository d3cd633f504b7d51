/// Takes a voice apart, and sings with it at any pitch: analysis and synthesis after WORLD (`singer.md` 4.1-4.4).
///
/// Working memory is its own, so each thread takes one. A pure function of its arguments otherwise.
public struct Vocoder: Sendable {
  /// In a frame that is known to be voiced no bin has more noise than this.
  public static let noiseLimitInNucleus = 0.7

  public let sampleRate: Int
  private var search: PitchNearCommand
  private var envelopes: CheapTrick
  private var noises: D4C
  private var synthesis: VoiceSynthesis

  /// - Parameter sampleRate: 16,000 ... 48,000; the singer's sources have 24,000 and 22,050.
  public init(sampleRate: Int) {
    precondition((16_000...48_000).contains(sampleRate))
    self.sampleRate = sampleRate
    search = PitchNearCommand(sampleRate: sampleRate)
    envelopes = CheapTrick(sampleRate: sampleRate)
    noises = D4C(sampleRate: sampleRate)
    synthesis = VoiceSynthesis(sampleRate: sampleRate)
  }

  /// Hertz in each 5-ms frame, 0 where there is no tone; looked for near the command only.
  /// - Parameters:
  ///   - command: hertz in each frame, 0 where no tone was asked for.
  ///   - nucleus: frames that are known to be voiced; there the command stands where no tone is found.
  public mutating func pitch(of sound: [Double], command: [Double], nucleus: [Bool]) -> [Double] {
    search.pitch(of: sound, command: command, nucleus: nucleus)
  }

  /// Envelope and aperiodicity in each frame.
  /// - Parameters:
  ///   - pitch: hertz in each frame, 0 where there is no tone.
  ///   - nucleus: frames that are known to be voiced. There LoveTrain's gate is off: it takes one sung vowel frame in eight
  ///     for noise, and the note is then heard off pitch.
  public mutating func analyze(_ sound: [Double], pitch: [Double], nucleus: [Bool]) -> VoiceSpectra {
    precondition(pitch.count == nucleus.count)
    var spectra = VoiceSpectra(frames: pitch.count, sampleRate: sampleRate)
    guard !sound.isEmpty else { return spectra }
    for frame in pitch.indices {
      envelopes.estimate(sound, frame: frame, pitch: pitch[frame], into: &spectra)
      guard pitch[frame] > 0 else { continue }
      guard nucleus[frame] || noises.voicingScore(sound, frame: frame, pitch: pitch[frame]) > D4C.gate else { continue }
      noises.estimate(sound, frame: frame, pitch: pitch[frame], into: &spectra)
      guard nucleus[frame] else { continue }
      let row = frame * spectra.bins
      for index in row..<row + spectra.bins {
        spectra.aperiodicity[index] = min(spectra.aperiodicity[index], Self.noiseLimitInNucleus)
      }
    }
    return spectra
  }

  /// The voice at those pitches: hertz in each frame, 0 where there is no tone.
  /// - Returns: 5 ms a frame; nothing is delayed.
  public mutating func sing(_ spectra: VoiceSpectra, pitch: [Double], noise: HashNoise) -> [Double] {
    synthesis.sing(spectra, pitch: pitch, noise: noise)
  }

  /// LoveTrain's score of each frame; 0 where there is no tone.
  package mutating func voicingScores(_ sound: [Double], pitch: [Double]) -> [Double] {
    pitch.indices.map { noises.voicingScore(sound, frame: $0, pitch: pitch[$0]) }
  }

  /// The envelope and the aperiodicity of a frame, without the gate.
  package mutating func analyzeUngated(_ sound: [Double], pitch: [Double]) -> VoiceSpectra {
    var spectra = VoiceSpectra(frames: pitch.count, sampleRate: sampleRate)
    for frame in pitch.indices where pitch[frame] > 0 {
      noises.estimate(sound, frame: frame, pitch: pitch[frame], into: &spectra)
    }
    return spectra
  }
}
