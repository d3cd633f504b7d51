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

  let onsets: OnsetStrength
  let tracking: BeatTracking
  let chroma: Chroma
  let bars: BarFinding?
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
    chroma = try Chroma(samples, sampleRate: rate, crew: crew)
    tuningCents = 100 * chroma.tuning

    var tempo = Tempo.estimate(onsets.detrended)
    if let givenBPM, let found = tempo {
      // The candidate that is nearest to an octave of what was given, in the given octave.
      let octaves = found.candidates.map { log2(givenBPM / $0.bpm) }
      if let best = octaves.indices.min(by: { abs(octaves[$0] - octaves[$0].rounded()) < abs(octaves[$1] - octaves[$1].rounded()) }) {
        tempo?.bpm = found.candidates[best].bpm * pow(2, octaves[best].rounded())
      }
    }
    let local = tempo.flatMap { Tempo.localPeriods(onsets.detrended, bpm: $0.bpm) }
    let period = tempo.map { 60 / $0.bpm } ?? 0.5
    var tracking = BeatTracking(
      tempo == nil ? [] : onsets.detrended, periods: local ?? [period * OnsetStrength.framesPerSecond])
    if local != nil {
      tempo?.isVariable = true
    } else if let fitted = BeatTracking.tempo(of: tracking.beats), let bpm = tempo?.bpm, abs(fitted / bpm - 1) < 0.04 {
      // The grid of tempi is coarse: once more with the tempo of the beats themselves.
      tracking = BeatTracking(onsets.detrended, periods: [60 / fitted * OnsetStrength.framesPerSecond])
      let refitted = BeatTracking.tempo(of: tracking.beats) ?? fitted
      tempo?.bpm = abs(refitted / bpm - 1) < 0.04 ? refitted : fitted
    }
    self.tracking = tracking
    let beats = tracking.beats
    self.tempo = tempo
    self.beats = beats

    let fitted = tempo.map { 60 / $0.bpm } ?? period
    let recognition = ChordRecognition(chroma, beats: beats, period: fitted, samples: samples, sampleRate: rate)
    chordEdges = recognition.edges
    let frames = 0...max(0, chroma.treble.count - 1)
    let (treble, bass) = (chroma.treble.mean(frames), chroma.bass.mean(frames))
    keyVector = zip(treble, bass).map { $0 + 0.3 * $1 }
    key = (treble.max() ?? 0) > 0 ? KeyEstimate(keyVector, chords: recognition.chords(in: nil)) : nil
    chords = recognition.chords(in: key?.key)

    let bars = beats.count < 4 ? nil : BarFinding(beats: beats, period: fitted, onsets: onsets, chroma: chroma)
    self.bars = bars
    metre = bars?.metre
    downbeats = bars?.downbeats ?? []
    sections =
      samples.isEmpty
      ? []
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
