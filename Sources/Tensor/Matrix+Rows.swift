import Kernels

extension Matrix {
  /// Each element to x sigmoid(x).
  public mutating func applySiLU() {
    unsafe values.withUnsafeMutableBufferPointer { values in
      if let start = unsafe values.baseAddress { unsafe kernel_silu(start, values.count) }
    }
  }

  /// Adds the same summand to every row.
  public mutating func addToRows(_ summand: [Float]) {
    precondition(summand.count == columns, "a summand for each column")
    for row in 0..<rows {
      for column in 0..<columns { values[row * columns + column] += summand[column] }
    }
  }
}
