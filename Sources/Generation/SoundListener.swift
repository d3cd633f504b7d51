public import Audio
public import Music

/// Listens to any recording: what `analyze`, the uploads page, stem extraction and audio-to-MIDI stand on (`listening.md`).
///
/// Called on a thread that may be blocked for as long as it takes. The same sound and wishes give the same answer. Recordings are of
/// any length and rate; infinite samples count as silence.
public protocol SoundListener: Sendable {
  /// Why the networks can't be used, and what to do about it, in a sentence; nil where they can. Without them tempo, key, chords,
  /// form and loudness are heard all the same.
  var complaint: String? { get }

  /// - Parameter progress: told of each stage and how much of it is done, 0...1; what it throws stops the work.
  /// - Throws: `GenerationError`, or what `progress` throws.
  func hear(
    _ sound: StereoBuffer, _ wishes: HearingWishes, progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> HeardSong

  /// Why a stem can't be taken out of a recording, in a sentence; nil where it can.
  func refusal(of track: StemTrack) -> String?

  /// Takes stems out of a recording, each as long as it is and in step with it, at its rate. What comes out almost silent is a valid
  /// result.
  /// - Throws: `GenerationError.unavailable` or `.unsupported` with the `refusal`; what `progress` throws.
  func stems(
    _ tracks: [StemTrack], of sound: StereoBuffer, progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> [SeparatedStem]

  /// Writes down the notes of some of a recording's stems.
  /// - Parameter stems: those that are there already, at the sound's rate; the others are taken out of it.
  /// - Throws: `GenerationError.unavailable` where the networks are missing; what `progress` throws.
  func transcribe(
    _ tracks: [StemTrack], of sound: StereoBuffer, stems: [StemTrack: @Sendable () throws -> StereoBuffer], _ options: NoteOptions,
    progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> Transcription
}

/// The stages of listening, in order.
public enum HearingStage: String, Sendable, CaseIterable, Codable {
  case signal, separation, lyrics, melody, stems, notes
  /// As shown to people.
  public var title: String {
    switch self {
    case .signal: "Tempo, key and chords"
    case .separation: "Separate the voice"
    case .lyrics: "Write down the words"
    case .melody: "Write down the melody"
    case .stems: "Make the stems"
    case .notes: "Write down the notes"
    }
  }
}

/// What is to be heard, and what is known already.
public struct HearingWishes: Sendable, Hashable {
  public var lyrics: Bool
  public var melody: Bool
  /// ISO 639-1, of what is sung; nil finds it out.
  public var language: String?
  /// The octave of the tempo is then chosen by it.
  public var bpm: Double?
  /// At most so many seconds, around the liveliest stretch, are separated and read for words and melody; nil reads all.
  public var vocalSeconds: Double?
  public init(
    lyrics: Bool = true, melody: Bool = true, language: String? = nil, bpm: Double? = nil, vocalSeconds: Double? = nil
  ) {
    self.lyrics = lyrics
    self.melody = melody
    self.language = language
    self.bpm = bpm
    self.vocalSeconds = vocalSeconds
  }
}

/// A stem that was taken out of a recording.
public struct SeparatedStem: Sendable {
  public var track: StemTrack
  /// How it was made, as shown beside it: "AI separation (2 stems)", "approximate".
  public var label: String
  /// What to expect of it, 0...1: from what the method scored on songs whose stems are known (`listening.md` 6).
  public var quality: Double
  private let make: @Sendable () throws -> StereoBuffer
  /// Makes the samples, anew each time.
  public var audio: StereoBuffer { get throws { try make() } }

  public init(track: StemTrack, label: String, quality: Double, make: @escaping @Sendable () throws -> StereoBuffer) {
    self.track = track
    self.label = label
    self.quality = quality
    self.make = make
  }
}

/// How notes are told from what is heard (`api.md` 19.2).
public struct NoteOptions: Sendable, Hashable {
  /// 0.05...0.95; nil takes what suits the stem, as for all of these.
  public var onsetThreshold: Double?
  /// 0.05...0.95.
  public var frameThreshold: Double?
  /// 0.01...2.
  public var leastSeconds: Double?
  /// Of the written tempo; nil takes what is heard.
  public var bpm: Double?
  public init(onsetThreshold: Double? = nil, frameThreshold: Double? = nil, leastSeconds: Double? = nil, bpm: Double? = nil) {
    self.onsetThreshold = onsetThreshold
    self.frameThreshold = frameThreshold
    self.leastSeconds = leastSeconds
    self.bpm = bpm
  }
}

/// Notes that were written down.
public struct Transcription: Sendable {
  /// One part a track that has notes, named by `StemTrack.rawValue`; the tempo map follows the beats that were heard, so that it plays
  /// in step with the recording. `Score.midiFile` writes it, whole or (with one part) a track of it.
  public var score: Score
  /// Of the whole recording; nil where none was heard.
  public var bpm: Double?
  /// Tracks that have no notes to write down, and why.
  public var skipped: [StemTrack: String]
  public init(score: Score, bpm: Double?, skipped: [StemTrack: String]) {
    self.score = score
    self.bpm = bpm
    self.skipped = skipped
  }
}
