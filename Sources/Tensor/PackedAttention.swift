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
    keys = unsafe Self.packed(
      key, heads: heads, panels: (count + panel - 1) / panel, panelSize: PackedWeights.panelSize(inputs: size, precision: precision)
    ) { head, index, from, to in
      unsafe Self.pack(
        from + (index * panel * columns + head * size), (columns, 1), min(panel, count - index * panel), size, precision, to)
    }
    // Whole panels of keys, those without a value filled up with zeros.
    let valueSize = PackedWeights.panelSize(inputs: (count + panel - 1) / panel * panel, precision: precision)
    values = unsafe Self.packed(value, heads: heads, panels: (size + panel - 1) / panel, panelSize: valueSize) { head, index, from, to in
      unsafe Self.pack(from + (head * size + index * panel), (1, columns), min(panel, size - index * panel), count, precision, to)
      let written = PackedWeights.panelSize(inputs: count, precision: precision)
      unsafe (to + written).update(repeating: 0, count: valueSize - written)
    }
  }

  /// All panels of all heads, one after the other.
  private static func packed(
    _ x: Matrix, heads: Int, panels: Int, panelSize: Int,
    _ packPanel: (_ head: Int, _ index: Int, _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<UInt32>) -> Void
  ) -> [UInt32] {
    unsafe x.values.withUnsafeBufferPointer { values in
      let from = unsafe values.baseAddress
      return unsafe [UInt32](unsafeUninitializedCapacity: heads * panels * panelSize) { memory, initialized in
        initialized = heads * panels * panelSize
        guard let start = memory.baseAddress, let from = unsafe from else { return }
        ThreadTeam.share(pieces: heads * panels) { piece in
          unsafe packPanel(piece / panels, piece % panels, from, start + piece * panelSize)
        }
      }
    }
  }

  private static func pack(
    _ from: UnsafePointer<Float>, _ strides: (output: Int, input: Int), _ outputs: Int, _ inputs: Int, _ precision: Precision,
    _ to: UnsafeMutablePointer<UInt32>
  ) {
    if precision == .fp32 {
      unsafe kernel_pack_fp32(from, strides.output, strides.input, outputs, inputs, to)
    } else {
      unsafe kernel_pack_bf16(from, strides.output, strides.input, outputs, inputs, to)
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
    // Each head's features are rows of their own.
    let rounded = Activations(
      Matrix(rows: query.rows * queryHeads, columns: size, values: query.values), precision: precision)
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
              var rows = unsafe kernel_rows(
                groups: queries + (row * queryHeads + head) * Activations.run, stride: queryHeads * Activations.run, tap_stride: 0,
                plane: rounded.plane, steps: nil)
              unsafe from.withUnsafeBufferPointer { from in
                unsafe to.withUnsafeBufferPointer { to in
                  guard let from = unsafe from.baseAddress, let to = unsafe to.baseAddress else { return }
                  unsafe kernel_attend(
                    precision.kernel, &memory, &rows, min(height, query.rows - row), from + row, to + row, 1 / Float(size).squareRoot(),
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
