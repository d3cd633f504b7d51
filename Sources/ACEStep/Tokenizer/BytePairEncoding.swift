/// Byte-level byte pair encoding (Sennrich et al. 2016; Radford et al. 2019): the tokens of a piece of text, by merging the pair of
/// lowest rank again and again.
struct BytePairEncoding: Sendable {
  /// Two tokens side by side.
  struct Pair: Hashable, Sendable {
    let left, right: Int32
  }
  struct Merge: Sendable {
    let rank: Int32
    let token: Int32
  }
  private let merges: [Pair: Merge]
  /// The token of each byte; -1 for none.
  private let byteTokens: [Int32]

  init(merges: [Pair: Merge], byteTokens: [Int32]) {
    precondition(byteTokens.count == 256, "a token for each byte")
    self.merges = merges
    self.byteTokens = byteTokens
  }

  private struct Candidate: Comparable {
    let rank: Int32
    let position: Int
    let pair: Pair
    static func < (one: Candidate, other: Candidate) -> Bool {
      (one.rank, one.position) < (other.rank, other.position)
    }
    static func == (one: Candidate, other: Candidate) -> Bool { one.rank == other.rank && one.position == other.position }
  }

  /// Bytes without a token are left out.
  /// - Complexity: O(n log n) for n bytes.
  func tokens(of piece: String) -> [Int] {
    var tokens = piece.utf8.map { byteTokens[Int($0)] }.filter { $0 >= 0 }
    // A list linked both ways; what was merged into its left neighbour is -1.
    var next = Array(1...max(tokens.count, 1))
    var previous = Array(-1..<max(tokens.count, 1) - 1)
    var candidates = Heap<Candidate>()
    func consider(_ left: Int, _ tokens: [Int32], _ next: [Int]) {
      guard left >= 0, next[left] < tokens.count else { return }
      let pair = Pair(left: tokens[left], right: tokens[next[left]])
      if let merge = merges[pair] { candidates.insert(Candidate(rank: merge.rank, position: left, pair: pair)) }
    }
    for index in tokens.indices { consider(index, tokens, next) }
    while let candidate = candidates.popLowest() {
      let left = candidate.position
      let right = next[left]
      // What it was seen in may be gone.
      guard right < tokens.count, tokens[left] == candidate.pair.left, tokens[right] == candidate.pair.right,
        let merge = merges[candidate.pair]
      else { continue }
      tokens[left] = merge.token
      tokens[right] = -1
      next[left] = next[right]
      if next[left] < tokens.count { previous[next[left]] = left }
      consider(previous[left], tokens, next)
      consider(left, tokens, next)
    }
    return tokens.filter { $0 >= 0 }.map(Int.init)
  }
}

/// A binary heap that gives the lowest first.
private struct Heap<Element: Comparable> {
  private var elements: [Element] = []

  mutating func insert(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0, elements[child] < elements[(child - 1) / 2] {
      elements.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popLowest() -> Element? {
    guard let last = elements.popLast() else { return nil }
    guard let lowest = elements.first else { return last }
    elements[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < elements.count && elements[child] < elements[least] {
        least = child
      }
      if least == parent { return lowest }
      elements.swapAt(parent, least)
      parent = least
    }
  }
}

/// The printable character that stands for each byte in vocabularies (GPT-2's table).
enum ByteAlphabet {
  static let scalars: [Unicode.Scalar] = {
    var scalars: [Unicode.Scalar] = []
    var spare: UInt32 = 0x100
    for byte in 0..<UInt32(256) {
      let isPrintable = (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte)
      if let scalar = Unicode.Scalar(isPrintable ? byte : spare) { scalars.append(scalar) }
      if !isPrintable { spare += 1 }
    }
    return scalars
  }()

  private static let bytes = Dictionary(uniqueKeysWithValues: scalars.enumerated().map { ($1, UInt8($0)) })

  /// The bytes that a token stands for; nil where it has other characters.
  static func bytes(of token: String) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in token.unicodeScalars {
      guard let byte = bytes[scalar] else { return nil }
      result.append(byte)
    }
    return result
  }
}
