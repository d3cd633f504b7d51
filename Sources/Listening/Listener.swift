public import Audio
public import Foundation
import Music
import Packs
import Tensor

/// Everything that is heard in a sound: what signal analysis finds, and, with the listening pack, the vocals' words and melody.
public struct SoundReport: Sendable {
  public var measures: SoundMeasures
  var defects: SoundDefects
  public var signal: SignalAnalysis
  /// Nil without the pack.
  public var lyrics: HeardLyrics?
  /// The notes of the separated voice, or of the leading line where nobody sings; nil without the pack.
  public var melody: [HeardNote]?
  /// When somebody sings, in seconds; nil where nobody listened for it.
  public var voice: [ClosedRange<Double>]?
  /// What is missing, and how it comes to be there: sentences.
  public var notes: [String]
}

/// Listens to sounds (`listening.md` 8).
///
/// The networks are loaded for a sound and let go after it, one at a time: they would take 700 MB together.
public struct Listener: Sendable {
  let pack: ListeningPack?
  /// Why the networks can't be used, and what to do about it; nil where they can.
  public let complaint: String?
  let crew: Crew

  /// - Parameter listeners: the folder of the listening pack; without one there, the networks' parts are left out, and the report says
  ///   what to do about it.
  public init(listeners: URL, crew: Crew) {
    self.crew = crew
    do {
      (pack, complaint) = (try ListeningPack(folder: listeners), nil)
    } catch { (pack, complaint) = (nil, "Lyrics and melody need the networks that listen. \(error)") }
  }

  public enum Stage: String, Sendable, CaseIterable {
    case signal = "signal", separation = "separating the vocals", lyrics = "writing down the lyrics", melody = "writing down the melody"
  }

  /// - Parameters:
  ///   - sound: of any rate.
  ///   - hears: which of the networks' parts are wanted.
  ///   - language: of the lyrics, if it is known.
  ///   - bpm: of the music, if it is known: the octave of the tempo is then chosen by it.
  ///   - vocalSeconds: at most so many seconds are separated and read for words and melody, where the middle is loudest.
  ///   - progress: the stage and how much of it is done; what it throws stops the work.
  /// - Throws: `ListeningError.empty`, `CheckpointError` where the pack is damaged, `AudioError`.
  public func report(
    on sound: StereoBuffer, language: String? = nil, lyrics wantsLyrics: Bool = true, melody wantsMelody: Bool = true,
    bpm: Double? = nil, vocalSeconds: Double? = nil, progress: (Stage, Double) throws -> Void = { _, _ in }
  ) throws -> SoundReport {
    guard sound.frames > 0 else { throw ListeningError.empty }
    let whole = sound.finite
    try progress(.signal, 0)
    let signal = try SignalAnalysis(
      try Resampler.resample(whole.mono, from: sound.sampleRate, to: SignalAnalysis.sampleRate), givenBPM: bpm, crew: crew)
    try progress(.signal, 0.7)
    var report = SoundReport(
      measures: try SoundMeasures(whole, crew: crew), defects: try SoundDefects(whole, crew: crew), signal: signal, notes: complaint.map { [$0] } ?? [])
    guard let pack, wantsLyrics || wantsMelody else { return report }

    let stretch = whole.stretch(seconds: vocalSeconds)
    let start = Double(stretch.lowerBound) / Double(sound.sampleRate)
    if stretch.count < whole.frames {
      let end = Double(stretch.upperBound) / Double(sound.sampleRate)
      report.notes.append("Words and melody were listened for from \(Int(start)) to \(Int(end)) s only.")
    }
    let heard = StereoBuffer(
      left: Array(whole.left[stretch]), right: Array(whole.right[stretch]), sampleRate: sound.sampleRate)
    try progress(.separation, 0)
    let voice = try vocals(of: heard) { try progress(.separation, $0) }.mono
    let voice16 = try Resampler.resample(voice, from: Spleeter.sampleRate, to: WhisperFeatures.sampleRate)
    let resampled = try Resampler.resample(heard.mono, from: sound.sampleRate, to: WhisperFeatures.sampleRate)
    let mix16 = Array(resampled.prefix(voice16.count)) + [Float](repeating: 0, count: max(0, voice16.count - resampled.count))
    let activity = try VoiceActivity(vocals: voice16, mix: mix16, crew: crew)
    let isSung = activity.seconds(in: 0...Double(voice16.count)) >= 0.05 * Double(stretch.count) / Double(sound.sampleRate)
    report.voice = isSung ? activity.spans.map { $0.lowerBound + start...$0.upperBound + start } : []
    if wantsLyrics {
      try progress(.lyrics, 0)
      let transcriber = Transcriber(try Whisper(pack))
      report.lyrics = try transcriber.lyrics(
        in: mix16, vocals: voice16, activity: activity, language: language, crew: crew
      ) { try progress(.lyrics, $0) }.moved(by: start)
    }
    if wantsMelody {
      try progress(.melody, 0)
      let notes = try NoteListener(pack)
      let melody = isSung
        ? try notes.melody(
          in: try Resampler.resample(voice, from: Spleeter.sampleRate, to: NoteListener.sampleRate), crew: crew
        ) { try progress(.melody, $0) }
        .filter { note in activity.spans.contains { $0.contains((note.start + note.end) / 2) } }
        // Nobody sings: the strongest line above the accompaniment's middle.
        : try notes.melody(
          in: try Resampler.resample(heard.mono, from: sound.sampleRate, to: NoteListener.sampleRate), NoteEvents.Thresholds(),
          range: 57...96, crew: crew
        ) { try progress(.melody, $0) }
      report.melody = melody.map { $0.moved(by: start) }
    }
    return report
  }

  /// The voices of a sound, at Spleeter's rate.
  /// - Throws: `ListeningError.notInstalled`, `CheckpointError`, `AudioError`; what `progress` throws.
  func vocals(of sound: StereoBuffer, progress: (Double) throws -> Void) throws -> StereoBuffer {
    guard let pack else { throw ListeningError.notInstalled(complaint ?? "") }
    let mix = StereoBuffer(
      left: try Resampler.resample(sound.left, from: sound.sampleRate, to: Spleeter.sampleRate),
      right: try Resampler.resample(sound.right, from: sound.sampleRate, to: Spleeter.sampleRate), sampleRate: Spleeter.sampleRate)
    return try Spleeter(pack).vocals(of: mix, crew: crew, progress: progress)
  }
}

extension StereoBuffer {
  /// The frames of the given length in which the middle of the stereo image, where singers stand, is loudest; all without a length.
  fileprivate func stretch(seconds: Double?) -> Range<Int> {
    guard let seconds, seconds < durationSeconds else { return 0..<frames }
    let length = max(1, Int(seconds * Double(sampleRate)))
    let block = max(1, sampleRate)
    let energies = stride(from: 0, to: frames, by: block).map { start in
      (start..<min(frames, start + block)).reduce(0.0) { $0 + Double(max(0, left[$1] * right[$1])) }
    }
    let count = max(1, length / block)
    guard energies.count > count else { return 0..<min(length, frames) }
    var sum = energies[..<count].reduce(0, +)
    var (best, at) = (sum, 0)
    for index in 1...(energies.count - count) {
      sum += energies[index + count - 1] - energies[index - 1]
      if sum > best * 1.000001 { (best, at) = (sum, index) }
    }
    let start = min(at * block, frames - length)
    return start..<start + length
  }
}

extension HeardLyrics {
  fileprivate func moved(by seconds: Double) -> HeardLyrics {
    var lyrics = self
    for line in lyrics.lines.indices {
      for word in lyrics.lines[line].words.indices {
        lyrics.lines[line].words[word].start += seconds
        lyrics.lines[line].words[word].end += seconds
      }
    }
    return lyrics
  }
}

extension HeardNote {
  fileprivate func moved(by seconds: Double) -> HeardNote {
    var note = self
    note.start += seconds
    note.end += seconds
    return note
  }
}
