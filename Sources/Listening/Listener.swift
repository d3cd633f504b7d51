public import Audio
public import Foundation
import Music
import Packs
import Tensor

/// Everything that is heard in a sound: what signal analysis finds, and, with the listening pack, the vocals' words and melody.
public struct SoundReport: Sendable {
  public var measures: SoundMeasures
  public var signal: SignalAnalysis
  /// Nil without the pack.
  public var lyrics: HeardLyrics?
  /// The notes of the separated voice; nil without the pack.
  public var melody: [HeardNote]?
  /// What is missing, and how it comes to be there: sentences.
  public var notes: [String]
}

/// Listens to sounds (`listening.md` 8).
///
/// The networks are loaded for a sound and let go after it, one at a time: they would take 700 MB together.
public struct Listener: Sendable {
  private let pack: ListeningPack?
  private let problem: String?
  private let crew: Crew

  /// - Parameter listeners: the folder of the listening pack; without one there, the networks' parts are left out, and the report says
  ///   what to do about it.
  public init(listeners: URL, crew: Crew) {
    self.crew = crew
    do {
      (pack, problem) = (try ListeningPack(folder: listeners), nil)
    } catch { (pack, problem) = (nil, "Lyrics and melody need the networks that listen. \(error)") }
  }

  public enum Stage: String, Sendable, CaseIterable {
    case signal = "signal", separation = "separating the vocals", lyrics = "writing down the lyrics", melody = "writing down the melody"
  }

  /// - Parameters:
  ///   - sound: of any rate.
  ///   - hears: which of the networks' parts are wanted.
  ///   - language: of the lyrics, if it is known.
  ///   - progress: the stage and how much of it is done; what it throws stops the work.
  /// - Throws: `ListeningError.empty`, `CheckpointError` where the pack is damaged, `AudioError`.
  public func report(
    on sound: StereoBuffer, language: String? = nil, lyrics wantsLyrics: Bool = true, melody wantsMelody: Bool = true,
    progress: (Stage, Double) throws -> Void = { _, _ in }
  ) throws -> SoundReport {
    guard sound.frames > 0 else { throw ListeningError.empty }
    let sound = StereoBuffer(
      left: sound.left.map(Self.bounded), right: sound.right.map(Self.bounded), sampleRate: sound.sampleRate)
    try progress(.signal, 0)
    let mono = zip(sound.left, sound.right).map { ($0 + $1) / 2 }
    let signal = try SignalAnalysis(
      try Resampler.resample(mono, from: sound.sampleRate, to: SignalAnalysis.sampleRate), crew: crew)
    try progress(.signal, 0.7)
    var report = SoundReport(
      measures: try SoundMeasures(sound, crew: crew), signal: signal, notes: problem.map { [$0] } ?? [])
    guard let pack, wantsLyrics || wantsMelody else { return report }

    try progress(.separation, 0)
    let mix = StereoBuffer(
      left: try Resampler.resample(sound.left, from: sound.sampleRate, to: Spleeter.sampleRate),
      right: try Resampler.resample(sound.right, from: sound.sampleRate, to: Spleeter.sampleRate), sampleRate: Spleeter.sampleRate)
    let vocals = try Spleeter(pack).vocals(of: mix, crew: crew) { try progress(.separation, $0) }
    let voice = zip(vocals.left, vocals.right).map { ($0 + $1) / 2 }

    let voice16 = try Resampler.resample(voice, from: Spleeter.sampleRate, to: WhisperFeatures.sampleRate)
    let mix16 = try Resampler.resample(mono, from: sound.sampleRate, to: WhisperFeatures.sampleRate)
    let activity = try VoiceActivity(
      vocals: voice16, mix: Array(mix16.prefix(voice16.count)) + [Float](repeating: 0, count: max(0, voice16.count - mix16.count)),
      crew: crew)
    if wantsLyrics {
      try progress(.lyrics, 0)
      let transcriber = Transcriber(try Whisper(pack))
      report.lyrics = try transcriber.lyrics(
        vocals: voice16, activity: activity, language: language, crew: crew
      ) { try progress(.lyrics, $0) }
    }
    if wantsMelody {
      try progress(.melody, 0)
      let voice22 = try Resampler.resample(voice, from: Spleeter.sampleRate, to: NoteListener.sampleRate)
      report.melody = try NoteListener(pack).melody(in: voice22, crew: crew) { try progress(.melody, $0) }
        .filter { note in activity.spans.contains { $0.contains((note.start + note.end) / 2) } }
    }
    return report
  }

  /// Infinite samples are silence, absurd ones are bounded.
  private static func bounded(_ sample: Float) -> Float { sample.isFinite ? min(max(sample, -64), 64) : 0 }
}
