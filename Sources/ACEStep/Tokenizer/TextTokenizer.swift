import Checkpoint

/// The text encoder's tokenizer: it closes every text with `<|endoftext|>` (`acestep.md` 3.5).
public struct TextTokenizer: Sendable {
  private let tokenizer: Tokenizer
  /// `<|endoftext|>`
  public let end: Int

  /// - Throws: `CheckpointError`, also where there is no `<|endoftext|>`.
  public init(folder: String) throws {
    tokenizer = try Tokenizer(folder: folder)
    guard let end = tokenizer.token("<|endoftext|>") else {
      throw CheckpointError.malformed(file: folder, reason: "its tokenizer has no token <|endoftext|>")
    }
    self.end = end
  }

  /// The tokens of a text and the end, at most `limit` of them: a text that is too long is cut off.
  public func encode(_ text: String, limit: Int) -> [Int] { tokenizer.encode(text).prefix(max(0, limit - 1)) + [end] }

  /// Whether `encode` cuts a text off.
  public func exceeds(_ text: String, limit: Int) -> Bool { tokenizer.encode(text).count > limit - 1 }
}
