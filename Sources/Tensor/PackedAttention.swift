import Kernels

/// Keys and values that sequences look at, packed as weights once: for attention of several heads, some of which share keys and
/// values (Ainslie et al. 2023).
public struct AttentionMemory: Sendable {
  public let count: Int
  public let heads: Int
  /// Features of a head.
  public let size: Int
  public let precision: Precision
  /// Of one head after the other.
  private let keys, values: [UInt32]

  /// - Parameters:
  ///   - key, value: [keys, heads x size]
  ///   - precision: fp32 or bf16.
  public init(key: Matrix, value: Matrix, heads: Int, precision: Precision) {
    precondition(key.rows == value.rows && key.columns == value.columns && key.columns % heads == 0, "a value for each key")
    precondition(precision != .int8, "attention isn't computed in whole numbers")
    key.checkElements()
    value.checkElements()
    let (count, columns, size, panel) = (key.rows, key.columns, key.columns / heads, PackedWeights.panel)
    precondition(size % 2 == 0, "features turn in pairs")
    (self.count, self.heads, self.size, self.precision) = (count, heads, size, precision)
    let group = precision.group
    let keyPanels = (count + panel - 1) / panel
    let featurePanels = (size + panel - 1) / panel
    let (keySize, valueSize) = (keyPanels * panel * size / group, featurePanels * panel * keyPanels * panel / group)
    func pack(_ from: UnsafePointer<Float>, _ strides: (Int, Int), _ outputs: Int, _ inputs: Int, _ to: UnsafeMutablePointer<UInt32>) {
      switch precision {
      case .fp32: unsafe kernel_pack_fp32(from, strides.0, strides.1, outputs, inputs, to)
      case .bf16, .int8: unsafe kernel_pack_bf16(from, strides.0, strides.1, outputs, inputs, to)
      }
    }
    keys = unsafe key.values.withUnsafeBufferPointer { key in
      let key = unsafe key.baseAddress
      return unsafe [UInt32](unsafeUninitializedCapacity: heads * keySize) { memory, initialized in
        initialized = heads * keySize
        guard let start = memory.baseAddress, let key = unsafe key else { return }
        ThreadTeam.share(pieces: heads * keyPanels) { piece in
          let (head, index) = (piece / keyPanels, piece % keyPanels)
          unsafe pack(
            key + (index * panel * columns + head * size), (columns, 1), min(panel, count - index * panel), size,
            start + (head * keySize + index * panel * size / group))
        }
      }
    }
    values = unsafe value.values.withUnsafeBufferPointer { value in
      let value = unsafe value.baseAddress
      return unsafe [UInt32](unsafeUninitializedCapacity: heads * valueSize) { memory, initialized in
        initialized = heads * valueSize
        guard let start = memory.baseAddress, let value = unsafe value else { return }
        ThreadTeam.share(pieces: heads * featurePanels) { piece in
          let (head, index) = (piece / featurePanels, piece % featurePanels)
          let groups = keyPanels * panel / group
          let to = unsafe start + (head * valueSize + index * panel * groups)
          unsafe pack(value + (head * size + index * panel), (1, columns), min(panel, size - index * panel), count, to)
          let written = (count + group - 1) / group
          unsafe (to + written * panel).update(repeating: 0, count: (groups - written) * panel)
        }
      }
    }
  }

  /// softmax(q k^T / sqrt(size)) v without ever holding all scores (Dao et al. 2022).
  /// - Parameters:
  ///   - query: [time, queryHeads x size]; head h looks at head h / (queryHeads / heads).
  ///   - queryHeads: a multiple of `heads`.
  /// - Returns: [time, queryHeads x size]; zeros for a query that sees no key.
  /// - Complexity: O(keys seen x queryHeads x size); memory for a block of scores besides the result.
  public func attend(_ query: Matrix, queryHeads: Int, span: KeySpan = .all) -> Matrix {
    precondition(queryHeads % heads == 0 && query.columns == queryHeads * size, "as many heads for each head of the keys")
    let rounded = Activations(query, precision: precision)
    var result = Matrix.uninitialized(rows: query.rows, columns: query.columns)
    guard count > 0, query.rows > 0 else { return Matrix(rows: query.rows, columns: query.columns) }
    let spans = (0..<query.rows).map { span.keys(of: $0, count: count) }
    let (from, to) = (spans.map(\.lowerBound), spans.map(\.upperBound))
    let height = 96
    let blocks = (query.rows + height - 1) / height
    let keySize = keys.count / heads
    let valueSize = values.count / heads
    unsafe result.values.withUnsafeMutableBufferPointer { result in
      unsafe keys.withUnsafeBufferPointer { keys in
        unsafe values.withUnsafeBufferPointer { values in
          unsafe rounded.groups.withUnsafeBufferPointer { queries in
            guard let result = unsafe result.baseAddress, let keys = unsafe keys.baseAddress,
              let values = unsafe values.baseAddress, let queries = unsafe queries.baseAddress
            else { return }
            // Heads that share keys one after the other.
            ThreadTeam.share(pieces: queryHeads * blocks) { piece in
              let (head, row) = (piece / blocks, piece % blocks * height)
              let shared = head / (queryHeads / heads)
              var memory = unsafe kernel_memory(
                keys: keys + shared * keySize, values: values + shared * valueSize, count: count, size: size)
              unsafe from.withUnsafeBufferPointer { from in
                unsafe to.withUnsafeBufferPointer { to in
                  guard let from = unsafe from.baseAddress, let to = unsafe to.baseAddress else { return }
                  unsafe kernel_attend(
                    precision.kernel, &memory, queries + (row * rounded.stride + head * size / precision.group), rounded.stride,
                    min(height, query.rows - row), from + row, to + row, 1 / Float(size).squareRoot(),
                    result + (row * query.columns + head * size), query.columns)
                }
              }
            }
          }
        }
      }
    }
    return result
  }
}
