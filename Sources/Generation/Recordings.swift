public import JSON

/// A recording that somebody brought, as the studio keeps it: 48 kHz, stereo, lossless.
public struct KeptRecording: Sendable, Hashable {
  /// The SHA-256 of the file that it came in, in hexadecimal: the same file is kept once, whoever brings it.
  public var id: String
  /// The media type of the file that it came in, told by its bytes.
  public var contentType: String
  /// Bytes of the file that it came in.
  public var bytes: Int
  /// Of what is kept.
  public var durationSeconds: Double
  /// Of the file that it came in.
  public var sampleRate: Int
  public var channels: Int
  /// Whether that file goes on after what is kept.
  public var isCut: Bool
  /// The `d` of an SVG path through the waveform, 1000 wide and 100 high.
  public var waveformPath: String
  public init(
    id: String, contentType: String, bytes: Int, durationSeconds: Double, sampleRate: Int, channels: Int, isCut: Bool,
    waveformPath: String
  ) {
    self.id = id
    self.contentType = contentType
    self.bytes = bytes
    self.durationSeconds = durationSeconds
    self.sampleRate = sampleRate
    self.channels = channels
    self.isCut = isCut
    self.waveformPath = waveformPath
  }
}

/// Why a recording can't be taken in or listened to, in a sentence for whoever brought it.
public struct RecordingRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Reason: Sendable, Hashable {
    /// Not a kind of file that is read here.
    case unknownKind
    /// Damaged, empty, or of a form that isn't read.
    case unusable
    /// It could not be fetched, or is no longer there.
    case unavailable
    /// The studio has too much to do just now.
    case busy
  }
  public var reason: Reason
  public var description: String
  public init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }
}

/// Takes in the recordings that people bring, by decoding them within bounds, and keeps them.
public protocol RecordingKeeper: Sendable {
  /// The folder in which files that are being received are written. What lies there for an hour is removed.
  var receivingFolder: String { get }
  /// Keeps a received file. It is gone afterwards, whatever comes of it.
  /// - Throws: `RecordingRefusal`; other errors where the disk fails.
  func keep(fileAt path: String) throws -> KeptRecording
}

/// A recording to listen to.
public enum RecordingSource: Sendable, Hashable {
  /// One that is kept, by its id.
  case kept(String)
  /// A finished song of this studio.
  case song(jobID: Int64, variation: Int)
  /// An http or https address, which is fetched.
  case remote(String)
}

/// Listens to recordings in the background, one at a time, and remembers what it heard.
public protocol RecordingAnalyst: Sendable {
  /// How far the hearing of a recording has got.
  /// - Parameters:
  ///   - depth: a whole hearing also answers for a quick one.
  ///   - begins: whether to begin it, unless it runs or is known already.
  ///   - seconds: how long to wait for its end.
  func hearing(of source: RecordingSource, _ depth: HearingDepth, begins: Bool, waiting seconds: Double) -> Hearing
}

/// How much of a recording is read for words and melody.
public enum HearingDepth: Sendable, Hashable {
  /// Words alone, in at most 90 seconds of it: what fits into the time that a client waits (`api.md` 9.3).
  case quick
  /// All of it.
  case whole
}

/// How far the hearing of a recording has got.
public enum Hearing: Sendable {
  case none
  case waiting
  /// `share`, 0...1, of the stage.
  case running(HearingStage, share: Double)
  /// As `HeardSong.json`.
  case heard(JSON)
  case refused(RecordingRefusal)
}
