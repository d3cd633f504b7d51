import Kernels

extension Matrix {
  /// Each element to x sigmoid(x).
  public mutating func applySiLU() {
    unsafe values.withUnsafeMutableBufferPointer { values in
      if let start = unsafe values.baseAddress { unsafe kernel_silu(start, values.count) }
    }
  }

  /// Each element to x sigmoid(x) times another's: the gate of a SwiGLU (Shazeer 2020).
  public mutating func applySiLU(times other: Matrix) {
    precondition(rows == other.rows && columns == other.columns, "a gate for each element")
    checkElements()
    other.checkElements()
    unsafe values.withUnsafeMutableBufferPointer { gate in
      unsafe other.values.withUnsafeBufferPointer { up in
        if let gate = unsafe gate.baseAddress, let up = unsafe up.baseAddress {
          unsafe kernel_silu_multiply(gate, up, rows * columns)
        }
      }
    }
  }

  /// Adds another matrix, each of its columns times a factor.
  public mutating func add(_ other: Matrix, gate: ArraySlice<Float>) {
    precondition(rows == other.rows && columns == other.columns && gate.count == columns, "a factor for each column")
    checkElements()
    other.checkElements()
    unsafe values.withUnsafeMutableBufferPointer { sum in
      unsafe other.values.withUnsafeBufferPointer { value in
        unsafe gate.withUnsafeBufferPointer { gate in
          guard let sum = unsafe sum.baseAddress, let value = unsafe value.baseAddress, let gate = unsafe gate.baseAddress
          else { return }
          for row in 0..<rows {
            unsafe kernel_add_gated(value + row * columns, gate, sum + row * columns, columns)
          }
        }
      }
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
