/// Why something could not be fetched, as the end of the sentence "Could not fetch source audio: ...".
public enum FetchError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Not an address that may be asked for; the reason says what is allowed.
  case invalidAddress(String)
  /// The host has an address that is not on the public internet.
  case forbiddenHost(String)
  case unknownHost(String)
  case tooManyRedirects(limit: Int)
  case status(Int)
  case tooLarge(limit: Int)
  /// It took too long, or came too slowly.
  case tooSlow
  case empty
  /// What the library says of the connection.
  case connection(String)
  /// The file that should take it.
  case cannotWrite(path: String, code: Int32)

  public var description: String {
    switch self {
    case .invalidAddress(let reason): reason
    case .forbiddenHost(let host): "\(host) is not on the public internet, and nothing is fetched from private networks"
    case .unknownHost(let host): "the host \(host) was not found"
    case .tooManyRedirects(let limit): "more than \(limit) redirects"
    case .status(let code): "HTTP \(code)"
    case .tooLarge(let limit): "the file is larger than \(limit >> 20) MiB"
    case .tooSlow: "the server was too slow"
    case .empty: "the server sent nothing"
    case .connection(let reason): reason
    case .cannotWrite(_, let code): "it could not be kept (error \(code))"
    }
  }
}
