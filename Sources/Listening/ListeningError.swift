/// Why a sound could not be analysed.
public enum ListeningError: Error, Equatable, CustomStringConvertible {
  /// Nothing is in it.
  case empty
  /// The listening pack is not there; why, and what to do about it.
  case notInstalled(String)

  public var description: String {
    switch self {
    case .empty: "The sound is empty: there is nothing to analyse."
    case .notInstalled(let reason): reason
    }
  }
}
