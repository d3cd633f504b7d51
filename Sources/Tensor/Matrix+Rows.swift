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
    checkElements()
    unsafe values.withUnsafeMutableBufferPointer { values in
      guard let start = unsafe values.baseAddress else { return }
      ThreadTeam.share(rows: rows, of: columns) { range in
        for row in range { unsafe kernel_add(summand, start + row * columns, columns) }
      }
    }
  }
}
