public import Audio
import Foundation

/// What can be told about a piece of music without any network: tempo, beats, bars, key, chords, form (`listening.md` 5).
///
/// All of it is a guess about a recording; each part says how sure it is. A pure function of the samples, on any number of threads.
public struct SignalAnalysis: Sendable {
  public static let sampleRate = OnsetStrength.sampleRate

  /// Nil where no tempo could be found: silence, a drone.
  public let tempo: Tempo?
  /// Seconds, increasing; empty without a tempo.
  public let beats: [Double]
  public let downbeats: [Double]
  public let metre: Metre?
  /// Nil in silence.
  public let key: KeyEstimate?
  /// How far from A = 440 Hz, in cents.
  public let tuningCents: Double
  public let chords: [RecognisedChord]
  public let sections: [HeardSection]
  /// Onsets a beat, on average.
  public let onsetsPerBeat: Double

  /// How far the greatest change in the song is above the usual one; nil for less than 32 beats.
  let formContrast: Double?
  let onsets: OnsetStrength
  let tracking: BeatTracking
  let chroma: Chroma
  /// How much each beat looks like the first of a bar.
  let accents: [Double]
  let keyVector: [Double]
  let chordEdges: [Double]

  /// - Parameters:
  ///   - samples: mono at 22,050 Hz; infinite ones count as silence.
  ///   - givenBPM: what the caller knows: the octave of the tempo is then chosen by it.
  public init(_ samples: [Float], givenBPM: Double? = nil, crew: Crew) throws {
    let rate = Self.sampleRate
    let samples = samples.map { $0.isFinite ? min(max($0, -64), 64) : 0 }
    let duration = Double(samples.count) / Double(rate)
    let onsets = OnsetStrength(
      try Spectrogram(of: samples, sampleRate: rate, size: OnsetStrength.size, hop: OnsetStrength.hop, crew: crew))
    self.onsets = onsets
    let chroma = try Chroma(samples, sampleRate: rate, crew: crew)
    self.chroma = chroma
    tuningCents = 100 * chroma.tuning

    var tempo = Tempo.estimate(onsets.detrended)
    if let givenBPM, let found = tempo {
      // The candidate that is nearest to an octave of what was given, in the given octave.
      let octaves = found.candidates.map { log2(givenBPM / $0.bpm) }
      if let best = octaves.indices.min(by: { abs(octaves[$0] - octaves[$0].rounded()) < abs(octaves[$1] - octaves[$1].rounded()) }) {
        tempo?.bpm = found.candidates[best].bpm * pow(2, octaves[best].rounded())
      }
    }
    // Bars tell which of the tempi is the beat's.
    var pulse = tempo.flatMap { Pulse($0, isGiven: givenBPM != nil, onsets: onsets, chroma: chroma) }
    if let pulse {
      tempo?.bpm = pulse.bpm
      if givenBPM == nil {
        tempo?.candidates = pulse.candidates
        tempo?.confidence = 1 - Tempo.rival(pulse.candidates)
      }
    }
    let period = tempo.map { 60 / $0.bpm } ?? 0.5
    if let local = tempo.flatMap({ Tempo.localPeriods(onsets.detrended, bpm: $0.bpm) }) {
      tempo?.isVariable = true
      pulse = pulse?.tracked(BeatTracking(onsets.detrended, periods: local), onsets: onsets, chroma: chroma)
    }
    let hasTempo = tempo != nil
    let tracking = pulse?.tracking ?? BeatTracking(
      hasTempo ? onsets.detrended : [], periods: [period * OnsetStrength.framesPerSecond])
    self.tracking = tracking
    let beats = tracking.beats
    self.tempo = tempo
    self.beats = beats

    let recognition = ChordRecognition(chroma, beats: beats, period: period, samples: samples, sampleRate: rate)
    chordEdges = recognition.edges
    let frames = 0...max(0, chroma.treble.count - 1)
    let (treble, bass) = (chroma.treble.mean(frames), chroma.bass.mean(frames))
    keyVector = zip(treble, bass).map { $0 + 0.3 * $1 }
    key = (treble.max() ?? 0) > 0 ? KeyEstimate(keyVector, chords: recognition.chords(in: nil)) : nil
    chords = recognition.chords(in: key?.key)

    let bars = pulse.map { BarFinding($0, onsets: onsets) }
    accents = pulse?.evidence.accents ?? []
    metre = bars?.metre
    downbeats = bars?.downbeats ?? []
    (sections, formContrast) =
      samples.isEmpty
      ? ([], nil)
      : FormFinding.sections(
        beats: beats, downbeats: downbeats, beatsPerBar: bars?.metre.beatsPerBar ?? 4, duration: duration, chroma: chroma,
        onsets: onsets)
    let floor = onsets.detrended.mean
    let peaks = onsets.detrended.indices.dropFirst().dropLast().count { t in
      let value = onsets.detrended[t]
      return value > 1.5 * floor && value > onsets.detrended[t - 1] && value >= onsets.detrended[t + 1]
    }
    onsetsPerBeat = beats.isEmpty ? 0 : Double(peaks) / Double(beats.count)
  }
}
