import Kernels

/// Root-mean-square normalisation (Zhang, Sennrich 2019) of groups of features side by side: x / sqrt(mean x^2 + epsilon) x weight.
///
/// A weight as wide as the rows normalises each row; a narrower one each part of a row of its width (the heads of an attention).
public struct RMSNorm: Sendable {
  public let weight: [Float]
  public let epsilon: Float

  public init(weight: [Float], epsilon: Float) {
    precondition(!weight.isEmpty, "a norm has features")
    self.weight = weight
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Matrix) -> Matrix {
    var y = x
    apply(to: &y)
    return y
  }

  /// The norm of each row, rounded for the layers that read it.
  public func callAsFunction(_ x: Matrix, for precision: Precision) -> Activations {
    normalized(x, scale: nil, shift: nil, for: precision)
  }

  /// The norm, then x (1 + scale) + shift for each feature (adaptive normalisation; Peebles, Xie 2022).
  /// - Parameters: scale and shift: [features] as the rows.
  public func callAsFunction(_ x: Matrix, scale: [Float], shift: [Float], for precision: Precision) -> Activations {
    precondition(scale.count == x.columns && shift.count == x.columns, "a factor for each feature")
    return normalized(x, scale: scale, shift: shift, for: precision)
  }

  private func normalized(_ x: Matrix, scale: [Float]?, shift: [Float]?, for precision: Precision) -> Activations {
    precondition(x.columns == weight.count, "a norm of \(weight.count) features is given \(x.columns)")
    x.checkElements()
    let columns = x.columns
    return unsafe x.values.withUnsafeBufferPointer { values in
      let start = unsafe values.baseAddress
      return unsafe Activations(rows: x.rows, columns: columns, precision: precision) { row, to in
        guard let start = unsafe start else { return }
        unsafe kernel_rms_norm(start + row * columns, to, 1, columns, columns, weight, epsilon, scale, shift)
      }
    }
  }

  /// The norm in place.
  public func apply(to x: inout Matrix) {
    precondition(x.columns % weight.count == 0, "a norm of \(weight.count) features is given \(x.columns)")
    x.checkElements()
    let (columns, groups) = (x.columns, x.columns / weight.count)
    unsafe x.values.withUnsafeMutableBufferPointer { values in
      guard let start = unsafe values.baseAddress else { return }
      ThreadTeam.share(rows: x.rows, of: columns) { rows in
        let row = unsafe start + rows.lowerBound * columns
        unsafe kernel_rms_norm(row, row, rows.count * groups, weight.count, weight.count, weight, epsilon, nil, nil)
      }
    }
  }
}
