internal import Generation
internal import Store

/// Why a job failed, as its owner reads it.
struct Failure {
  let sentence: String
  /// Whether the log must have the details, because the sentence can't.
  let isUnexpected: Bool

  init(_ error: any Error, jobID: Int64) {
    switch error {
    case is DiskFull, StoreError.diskFull:
      sentence = "The disk is full: the song could not be kept. Free some space on the server, then retry."
      isUnexpected = false
    case let error as GenerationError:
      sentence = error.description
      isUnexpected = false
    case let error as RecordingRefusal:
      sentence = error.description
      isUnexpected = false
    case let error as UnusableRequest:
      sentence = error.description
      isUnexpected = false
    default:
      sentence =
        "Something unexpected went wrong while making this song; retrying may help. The server's log has the details "
        + "under job \(jobID)."
      isUnexpected = true
    }
  }
}

/// Nothing more fits. Told apart from other failed writes while the files that fill the disk are still there.
struct DiskFull: Error {}

/// A row whose request this version can't carry out.
enum UnusableRequest: Error, CustomStringConvertible {
  case unknownTask(String)
  case unknownEngine(String)
  case unreadable

  var description: String {
    switch self {
    case .unknownTask(let name): "This server cannot do the task \"\(name)\"."
    case .unknownEngine(let name): "The engine \"\(name)\" is not part of this server."
    case .unreadable: "The request that was kept with this job cannot be read."
    }
  }
}
