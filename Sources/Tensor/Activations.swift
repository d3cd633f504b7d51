import Kernels

/// Rows of numbers as products in some precision take them: rounded once for all layers that read them.
public struct Activations: Sendable {
  public let rows: Int
  public let columns: Int
  public let precision: Precision
  /// Rows of zeros before and after those that count.
  let margin: Int
  /// Elements of 32 bits between rows: an odd number of cache lines, so that rows fall into different sets.
  let stride: Int
  /// [margin + rows + margin][stride]
  let groups: [UInt32]
  /// What one step stands for in each row: for int8 only.
  let steps: [Float]

  /// - Parameters:
  ///   - margin: for convolutions; not with int8.
  ///   - fill: writes row `row`, of `columns` numbers.
  init(
    rows: Int, columns: Int, precision: Precision, margin: Int = 0,
    fill: (_ row: Int, _ to: UnsafeMutablePointer<Float>) -> Void
  ) {
    unsafe self.init(rows: rows, columns: columns, precision: precision, margin: margin) { row, scratch in
      unsafe fill(row, scratch)
      return unsafe UnsafePointer(scratch)
    }
  }

  /// The rows of a matrix.
  public init(_ x: Matrix, precision: Precision) {
    x.checkElements()
    let columns = x.columns
    self = unsafe x.values.withUnsafeBufferPointer { values in
      // An empty matrix has no rows to read.
      let start = unsafe values.baseAddress
      return unsafe Activations(rows: x.rows, columns: columns, precision: precision, margin: 0) { row, scratch in
        guard let start = unsafe start else { return unsafe UnsafePointer(scratch) }
        return unsafe start + row * columns
      }
    }
  }

  private init(
    rows: Int, columns: Int, precision: Precision, margin: Int,
    row: (_ row: Int, _ scratch: UnsafeMutablePointer<Float>) -> UnsafePointer<Float>
  ) {
    precondition(margin == 0 || precision != .int8, "whole numbers have no margins")
    let count = (columns + precision.group - 1) / precision.group
    let stride = ((count + 15) / 16 | 1) * 16
    (self.rows, self.columns, self.precision, self.margin, self.stride) = (rows, columns, precision, margin, stride)
    let scratchSize = columns
    var steps = [Float](repeating: 0, count: precision == .int8 ? rows : 0)
    groups = unsafe [UInt32](unsafeUninitializedCapacity: (rows + 2 * margin) * stride) { memory, initialized in
      initialized = (rows + 2 * margin) * stride
      guard let start = memory.baseAddress else { return }
      unsafe kernel_use_large_pages(start, initialized * 4)
      unsafe start.update(repeating: 0, count: margin * stride)
      unsafe (start + (margin + rows) * stride).update(repeating: 0, count: margin * stride)
      unsafe steps.withUnsafeMutableBufferPointer { steps in
        let steps = unsafe steps
        let size = max(1, 16384 / max(columns, 1))
        ThreadTeam.share(rows: rows, by: size) { range in
          unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: scratchSize + 1) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            for index in range {
              let from = unsafe row(index, scratch)
              let to = unsafe start + (margin + index) * stride
              switch precision {
              case .fp32: unsafe UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: 4 * columns)
              case .bf16: unsafe kernel_round_bf16(from, columns, to)
              case .int8: unsafe steps[index] = kernel_round_int8(from, columns, to)
              }
            }
          }
        }
      }
    }
    self.steps = steps
  }
}
