/// What is wrong with an ABC text, with all its places (at most twenty).
public struct ABCError: Error, Hashable, CustomStringConvertible {
  public struct Problem: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
      /// Something that can't be read.
      case syntax
      /// A bar whose notes don't add up; lengths in eighths of the text's metre ("7", "7/2").
      case barLength(voice: String, bar: Int, expected: String, found: String)
      /// More of something than is taken.
      case limit
      /// Proper ABC that a score can't hold, such as a metre of 5/4.
      case unsupported
    }
    public var kind: Kind
    /// Counted from 1.
    public var line: Int
    /// Counted from 1, in characters.
    public var column: Int
    public var message: String

    public var description: String { "Line \(line), column \(column): \(message)" }
  }
  public let problems: [Problem]

  public var description: String { problems.map(\.description).joined(separator: " ") }
}
