/// Whether a voice can be heard before a song is made with it.
public enum VoiceSample: Sendable, Equatable {
  /// Where it lies below the media folder.
  case ready(path: String)
  /// It is sung as soon as no song waits.
  case waiting
  /// With the reason, for people. Asked again, it is tried again.
  case unavailable(String)
}
