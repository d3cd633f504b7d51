import Kernels

/// Rows of numbers as products in some precision take them: rounded once for all layers that read them.
public struct Activations: Sendable {
  public let rows: Int
  public let columns: Int
  public let precision: Precision
  /// Rows of zeros before and after those that count.
  let margin: Int
  /// Elements of 32 bits between one run of a row and its next: an odd number of cache lines, so that runs fall into different sets.
  let plane: Int
  /// [runs][margin + rows + margin][run], and what a plane has more
  let groups: [UInt32]
  /// What one step stands for in each row: for int8 only.
  let steps: [Float]

  static let run = Int(kernel_run)

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
    let run = Self.run
    let runs = (columns + precision.group * run - 1) / (precision.group * run)
    let plane = (rows + 2 * margin | 1) * run
    (self.rows, self.columns, self.precision, self.margin, self.plane) = (rows, columns, precision, margin, plane)
    let scratchSize = columns
    var steps = [Float](repeating: 0, count: precision == .int8 ? rows : 0)
    groups = unsafe [UInt32](unsafeUninitializedCapacity: runs * plane) { memory, initialized in
      initialized = runs * plane
      guard let start = memory.baseAddress else { return }
      unsafe kernel_use_large_pages(start, initialized * 4)
      for first in stride(from: 0, to: runs * plane, by: plane) {
        unsafe (start + first).update(repeating: 0, count: margin * run)
        unsafe (start + first + (margin + rows) * run).update(repeating: 0, count: margin * run)
      }
      unsafe steps.withUnsafeMutableBufferPointer { steps in
        let steps = unsafe steps
        ThreadTeam.share(rows: rows, of: columns) { range in
          unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: scratchSize + 1) { scratch in
            guard let scratch = scratch.baseAddress else { return }
            for index in range {
              let from = unsafe row(index, scratch)
              let step = unsafe kernel_round(precision.kernel, from, columns, start + (margin + index) * run, plane)
              if unsafe !steps.isEmpty { unsafe steps[index] = step }
            }
          }
        }
      }
    }
    self.steps = steps
  }
}
