import Checkpoint
import Foundation

/// Text to tokens and back, as Qwen's models were trained with (`acestep.md` 3): byte-level byte pair encoding of text in Unicode's
/// form C, with added tokens that stand for themselves.
///
///     let tokenizer = try Tokenizer(folder: "Qwen3-Embedding-0.6B")
///     tokenizer.encode("Hello")          // [9707]
public struct Tokenizer: Sendable {
  private let encoding: BytePairEncoding
  /// Added tokens but those of audio codes, the longest first for each first character.
  private let atoms: [Unicode.Scalar: [Atom]]
  /// The first token of `<|audio_code_n|>`, where all of them follow on it.
  public let audioCodes: Range<Int>?
  private let texts: [Int: Text]

  private struct Atom: Sendable {
    let scalars: [Unicode.Scalar]
    let token: Int
  }
  private enum Text: Sendable {
    /// Bytes of a text, not always whole characters.
    case bytes([UInt8])
    case added(String)
  }

  private static let codePrefix = Array("<|audio_code_".unicodeScalars)
  private static let codeSuffix = Array("|>".unicodeScalars)

  /// - Parameter folder: with `tokenizer.json`, or `vocab.json` and `merges.txt`.
  /// - Throws: `CheckpointError` naming the file.
  public init(folder: String) throws {
    let files = try TokenizerFiles(folder: folder)
    let malformed = { CheckpointError.malformed(file: files.path, reason: $0) }
    var merges: [BytePairEncoding.Pair: BytePairEncoding.Merge] = [:]
    merges.reserveCapacity(files.merges.count)
    for (rank, merge) in files.merges.enumerated() {
      guard let left = files.vocabulary[merge.left], let right = files.vocabulary[merge.right],
        let token = files.vocabulary[merge.left + merge.right]
      else { throw malformed("the merge of \(merge.left) and \(merge.right) gives no token") }
      let pair = BytePairEncoding.Pair(left: Int32(left), right: Int32(right))
      if merges[pair] == nil { merges[pair] = .init(rank: Int32(rank), token: Int32(token)) }
    }
    encoding = BytePairEncoding(
      merges: merges, byteTokens: ByteAlphabet.scalars.map { files.vocabulary[String($0)].map(Int32.init) ?? -1 })

    var texts: [Int: Text] = [:]
    for (token, id) in files.vocabulary { texts[id] = ByteAlphabet.bytes(of: token).map(Text.bytes) ?? .added(token) }
    for (token, id) in files.added { texts[id] = .added(token) }
    self.texts = texts

    // 65,535 tokens of audio codes are numbers, not words.
    var codes: [Int: Int] = [:]
    var atoms: [Unicode.Scalar: [Atom]] = [:]
    for (content, id) in files.added {
      let scalars = Array(content.unicodeScalars)
      if let (code, end) = Self.code(in: scalars, at: 0), end == scalars.count, String(code) == Self.digits(content) {
        codes[code] = id
      } else if let first = scalars.first {
        atoms[first, default: []].append(Atom(scalars: scalars, token: id))
      }
    }
    if let base = codes[0] {
      guard (0..<codes.count).allSatisfy({ codes[$0] == base + $0 }) else {
        throw malformed("its tokens of audio codes don't follow on each other")
      }
      audioCodes = base..<base + codes.count
    } else {
      audioCodes = nil
    }
    self.atoms = atoms.mapValues { $0.sorted { $0.scalars.count > $1.scalars.count } }
  }

  private static func digits(_ content: String) -> String {
    String(content.unicodeScalars.dropFirst(codePrefix.count).dropLast(codeSuffix.count))
  }

  /// The number of an audio code that is written at a place, and where it ends.
  private static func code(in scalars: [Unicode.Scalar], at start: Int) -> (code: Int, end: Int)? {
    guard scalars[start...].starts(with: codePrefix) else { return nil }
    var index = start + codePrefix.count
    var code = 0
    let first = index
    while index < scalars.count, index < first + 7, ("0"..."9").contains(scalars[index]) {
      code = code * 10 + Int(scalars[index].value - 48)
      index += 1
    }
    guard index > first, scalars[index...].starts(with: codeSuffix) else { return nil }
    return (code, index + codeSuffix.count)
  }

  /// The token of an added text: "<|endoftext|>"; nil where there is none.
  public func token(_ added: String) -> Int? {
    let scalars = Array(added.unicodeScalars)
    return scalars.first.flatMap { atoms[$0]?.first { $0.scalars == scalars }?.token }
  }

  /// The tokens of a text. Bytes that the vocabulary lacks are left out.
  public func encode(_ text: String) -> [Int] {
    let scalars = Array(text.unicodeScalars)
    var tokens: [Int] = []
    var start = 0
    var index = 0
    func encodeText(to end: Int) {
      guard start < end else { return }
      var view = String.UnicodeScalarView()
      view.append(contentsOf: scalars[start..<end])
      for piece in PreTokenizer(String(view).precomposedStringWithCanonicalMapping).pieces() {
        tokens += encoding.tokens(of: piece)
      }
    }
    while index < scalars.count {
      if let (token, end) = atom(in: scalars, at: index) {
        encodeText(to: index)
        tokens.append(token)
        (index, start) = (end, end)
      } else {
        index += 1
      }
    }
    encodeText(to: index)
    return tokens
  }

  private func atom(in scalars: [Unicode.Scalar], at index: Int) -> (token: Int, end: Int)? {
    for atom in atoms[scalars[index]] ?? [] where scalars[index...].starts(with: atom.scalars) {
      return (atom.token, index + atom.scalars.count)
    }
    if let audioCodes, let (code, end) = Self.code(in: scalars, at: index), code < audioCodes.count,
      // Written without leading zeros.
      end - index == Self.codePrefix.count + String(code).count + Self.codeSuffix.count
    {
      return (audioCodes.lowerBound + code, end)
    }
    return nil
  }

  /// The text of tokens; bytes that are no UTF-8 become U+FFFD, tokens that the tokenizer doesn't have nothing.
  public func decode(_ tokens: [Int]) -> String {
    var bytes: [UInt8] = []
    for token in tokens {
      switch texts[token] {
      case .bytes(let part): bytes += part
      case .added(let text): bytes += Array(text.utf8)
      case nil: break
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
