/// Why a sound could not be analysed.
public enum ListeningError: Error, Equatable, CustomStringConvertible {
  /// Nothing is in it.
  case empty

  public var description: String {
    switch self {
    case .empty: "The sound is empty: there is nothing to analyse."
    }
  }
}
