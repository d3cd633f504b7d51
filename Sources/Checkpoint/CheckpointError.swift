/// What is wrong with a file of weights; the description names file and tensor.
public enum CheckpointError: Error, Equatable, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  case unwritable(file: String, reason: String)
  /// The file isn't in the format that it should be in.
  case malformed(file: String, reason: String)
  /// A tensor that isn't there, with the shape that it should have where that is known.
  case missingTensor(file: String, tensor: String, expected: [Int]? = nil)
  case shapeMismatch(file: String, tensor: String, expected: [Int], found: [Int])
  case typeMismatch(file: String, tensor: String, expected: String, found: String)

  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file) can't be read: \(reason)."
    case .unwritable(let file, let reason): "\(file) can't be written: \(reason)."
    case .malformed(let file, let reason): "\(file) is damaged or of another format: \(reason)."
    case .missingTensor(let file, let tensor, let expected):
      "\(file) has no tensor \(tensor)\(expected.map { " of shape \($0)" } ?? "")."
    case .shapeMismatch(let file, let tensor, let expected, let found):
      "\(file): tensor \(tensor) should have shape \(expected) and has \(found)."
    case .typeMismatch(let file, let tensor, let expected, let found):
      "\(file): tensor \(tensor) should hold \(expected) and holds \(found)."
    }
  }
}
