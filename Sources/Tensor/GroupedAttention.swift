import Kernels

/// Which keys a query sees: always a run of them.
public enum KeySpan: Sendable, Equatable {
  case all
  /// Those up to its own place.
  case causal
  /// Those at most so many places away, on both sides.
  case within(Int)
  /// Those of its own group of so many, at most so many places away.
  case groups(of: Int, within: Int)

  /// The keys that query `index` sees, of `count`.
  public func keys(of index: Int, count: Int) -> Range<Int> {
    switch self {
    case .all: 0..<count
    case .causal: 0..<min(count, index + 1)
    case .within(let radius): min(count, max(0, index - radius))..<min(count, index + radius + 1)
    case .groups(let size, let radius):
      KeySpan.within(radius).keys(of: index, count: count)
        .clamped(to: min(count, index / size * size)..<min(count, (index / size + 1) * size))
    }
  }
}

/// Attention of several heads, some of which share keys and values (Ainslie et al. 2023), softmax(q k^T / sqrt(d)) v,
/// without ever holding all scores: keys come in blocks, and the softmax is carried from one to the next (Dao et al. 2022).
/// - Parameters:
///   - query: [time, heads x d]
///   - key, value: [keys, keyHeads x d]; head h of the query belongs to head h / (heads / keyHeads).
///   - heads: a multiple of keyHeads.
/// - Returns: [time, heads x d]; zeros for a query that sees no key.
/// - Complexity: O(keys seen x heads x d); memory for a block of scores besides the result.
public func attention(
  query: Matrix, key: Matrix, value: Matrix, heads: Int, keyHeads: Int, span: KeySpan = .all
) -> Matrix {
  precondition(heads > 0 && keyHeads > 0 && heads % keyHeads == 0, "as many heads for each head of the keys")
  let size = query.columns / heads
  precondition(size * heads == query.columns && size * keyHeads == key.columns, "heads of one size")
  precondition(key.rows == value.rows && key.columns == value.columns, "a value for each key")
  var result = Matrix(rows: query.rows, columns: query.columns)
  var block = AttentionBlock(query: query, key: key, value: value, size: size, span: span)
  for head in 0..<heads {
    for start in stride(from: 0, to: query.rows, by: AttentionBlock.queries) {
      block.attend(head: head, keyHead: head / (heads / keyHeads), from: start, into: &result)
    }
  }
  return result
}

/// The work of one head on one block of queries, with memory for its scores.
private struct AttentionBlock {
  static let queries = 128
  static let keys = 256

  let query, key, value: Matrix
  let size: Int
  let span: KeySpan
  private var scores: [Float]
  private var highest = [Float](repeating: 0, count: queries)
  private var sums = [Float](repeating: 0, count: queries)

  init(query: Matrix, key: Matrix, value: Matrix, size: Int, span: KeySpan) {
    self.query = query
    self.key = key
    self.value = value
    self.size = size
    self.span = span
    scores = [Float](repeating: 0, count: min(Self.queries, query.rows) * min(Self.keys, key.rows))
  }

  mutating func attend(head: Int, keyHead: Int, from start: Int, into result: inout Matrix) {
    let end = min(start + Self.queries, query.rows)
    let seen = (start..<end).map { span.keys(of: $0, count: key.rows) }.filter { !$0.isEmpty }
    guard let first = seen.map(\.lowerBound).min(), let last = seen.map(\.upperBound).max() else { return }
    for row in 0..<end - start { (highest[row], sums[row]) = (-.infinity, 0) }
    for from in stride(from: first, to: last, by: Self.keys) {
      let count = min(from + Self.keys, last) - from
      BLAS.multiply(
        .init(query.values, offset: start * query.columns + head * size, stride: query.columns),
        .init(key.values, offset: from * key.columns + keyHead * size, stride: key.columns, isTransposed: true),
        factor: 1 / Float(size).squareRoot(), adds: false, into: &scores, stride: count, m: end - start, k: size, n: count)
      weigh(rows: start..<end, keys: from, count: count, head: head, &result)
      BLAS.multiply(
        .init(scores, stride: count),
        .init(value.values, offset: from * value.columns + keyHead * size, stride: value.columns), adds: true,
        into: &result.values, offset: start * result.columns + head * size, stride: result.columns, m: end - start, k: count,
        n: size)
    }
    scale(rows: start..<end, head: head, &result) { sums[$0] > 0 ? 1 / sums[$0] : 0 }
  }

  /// Turns the scores of a block of keys into weights, and scales what earlier blocks added up.
  private mutating func weigh(rows: Range<Int>, keys from: Int, count: Int, head: Int, _ result: inout Matrix) {
    var factors = [Float](repeating: 1, count: rows.count)
    unsafe scores.withUnsafeMutableBufferPointer { scores in
      guard let start = scores.baseAddress else { return }
      for (index, row) in rows.enumerated() {
        let seen = span.keys(of: row, count: key.rows)
        let (lower, upper) = (min(max(seen.lowerBound - from, 0), count), min(max(seen.upperBound - from, 0), count))
        factors[index] = unsafe kernel_softmax_piece(
          start + index * count, count, lower, upper, &highest[index], &sums[index])
      }
    }
    scale(rows: rows, head: head, &result) { factors[$0] }
  }

  private func scale(rows: Range<Int>, head: Int, _ result: inout Matrix, by factor: (_ index: Int) -> Float) {
    let columns = result.columns
    unsafe result.values.withUnsafeMutableBufferPointer { values in
      guard let start = values.baseAddress else { return }
      for (index, row) in rows.enumerated() {
        unsafe kernel_scale(start + (row * columns + head * size), factor(index), size)
      }
    }
  }
}
