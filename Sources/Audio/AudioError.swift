/// Why a sound file could not be read, written or tagged.
public enum AudioError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The library's own reason, with the file it was about.
  case cannotOpen(path: String, reason: String)
  case cannotWrite(path: String, reason: String)
  case cannotRead(path: String, reason: String)
  case cannotTag(path: String, reason: String)
  case tooLong(path: String, seconds: Double, limitSeconds: Double)
  case tooManyChannels(path: String, channels: Int)
  case cannotResample(reason: String)
  case meterFailed
  case malformedPeaks
  case cannotDraw

  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "The sound file \(path) can't be opened: \(reason)"
    case .cannotWrite(let path, let reason): "The sound file \(path) can't be written: \(reason)"
    case .cannotRead(let path, let reason): "The sound file \(path) can't be decoded: \(reason)"
    case .cannotTag(let path, let reason): "The tags of \(path) can't be stored: \(reason)"
    case .tooLong(let path, let seconds, let limit):
      "The sound file \(path) lasts \(Int(seconds)) seconds; at most \(Int(limit)) are read."
    case .tooManyChannels(let path, let channels):
      "The sound file \(path) has \(channels) channels; mono and stereo are read."
    case .cannotResample(let reason): "The sound can't be resampled: \(reason)."
    case .meterFailed: "The loudness meter ran out of memory."
    case .cannotDraw: "The picture of the waveform can't be drawn: memory ran out."
    case .malformedPeaks: "These bytes are not waveform peaks of version 2 with 8 bits."
    }
  }
}
