import Audio
import Generation

/// Refuses to listen, until the listener behind `SoundListener` is part of this program.
struct WithoutListener: SoundListener {
  private static let reason = "This server can't listen to recordings yet."
  var complaint: String? { Self.reason }

  func hear(
    _ sound: StereoBuffer, _ wishes: HearingWishes, progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> HeardSong { throw GenerationError.unavailable(Self.reason) }

  func refusal(of track: StemTrack) -> String? { Self.reason }

  func stems(
    _ tracks: [StemTrack], of sound: StereoBuffer, progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> [SeparatedStem] { throw GenerationError.unavailable(Self.reason) }

  func transcribe(
    _ tracks: [StemTrack], of sound: StereoBuffer, _ options: NoteOptions,
    progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> Transcription { throw GenerationError.unavailable(Self.reason) }
}
