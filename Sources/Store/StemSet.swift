internal import GRDB

/// The stems of one variation: asked for, made by the worker, kept until their job is deleted.
/// Their files lie in the job's directory, in a folder of their own: `0.stems/`.
public struct StemSet: Sendable, Hashable {
  public enum State: String, Sendable, Hashable, CaseIterable {
    case queued = "QUEUED"
    case making = "MAKING"
    case ready = "READY"
    case failed = "FAILED"

    public var isFinished: Bool { self == .ready || self == .failed }
  }

  public var jobID: Int64
  public var variation: Int
  public var state: State
  /// 0...100 of the making.
  public var percent: Int
  /// A sentence for the owner, set when FAILED.
  public var errorMessage: String?
  /// What the owner should know of stems that are READY.
  public var note: String?
  /// The size of the archive of all; 0 until READY.
  public var archiveBytes: Int
  /// In score order; empty until READY.
  public var stems: [StemFile]
}

/// One stem of a set that is READY: `bass.flac` in the set's folder.
public struct StemFile: Sendable, Hashable {
  /// Unique in its set; the file's name without its extension.
  public var id: String
  /// As shown to people: "Upright bass".
  public var name: String
  public var bytes: Int
  /// The `d` of an SVG path through its waveform.
  public var waveformPath: String
  public init(id: String, name: String, bytes: Int, waveformPath: String) {
    self.id = id
    self.name = name
    self.bytes = bytes
    self.waveformPath = waveformPath
  }
}

/// A set of stems for the worker to make.
public struct StemWork: Sendable, Hashable {
  public var job: Job
  public var output: Output
}

extension StemSet {
  static let columns = """
    stem_sets.job_id, stem_sets.variation, stem_sets.state, stem_sets.percent, stem_sets.error_message, \
    stem_sets.note, stem_sets.archive_bytes
    """

  init(row: Row) throws {
    guard let state = State(rawValue: row[2]) else { throw StoreError.unreadable(table: "stem_sets", column: "state") }
    self.init(
      jobID: row[0], variation: row[1], state: state, percent: row[3], errorMessage: row[4], note: row[5],
      archiveBytes: row[6], stems: [])
  }
}

extension StemFile {
  init(row: Row) { self.init(id: row[1], name: row[2], bytes: row[3], waveformPath: row[4]) }
}
