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

  /// The norm, then x (1 + scale) + shift for each feature (adaptive normalisation; Peebles, Xie 2022).
  /// - Parameters: scale and shift: [features] as the rows.
  public func callAsFunction(_ x: Matrix, scale: ArraySlice<Float>, shift: ArraySlice<Float>) -> Matrix {
    precondition(x.columns == weight.count && scale.count == x.columns && shift.count == x.columns, "a factor for each feature")
    var y = x
    unsafe y.values.withUnsafeMutableBufferPointer { values in
      unsafe scale.withUnsafeBufferPointer { scale in
        unsafe shift.withUnsafeBufferPointer { shift in
          guard let start = values.baseAddress else { return }
          unsafe kernel_rms_norm(
            start, start, x.rows, x.columns, x.columns, weight, epsilon, scale.baseAddress, shift.baseAddress)
        }
      }
    }
    return y
  }

  /// The norm in place.
  public func apply(to x: inout Matrix) {
    precondition(x.columns % weight.count == 0, "a norm of \(weight.count) features is given \(x.columns)")
    x.checkElements()
    let groups = x.values.count / weight.count
    unsafe x.values.withUnsafeMutableBufferPointer { values in
      guard let start = values.baseAddress else { return }
      unsafe kernel_rms_norm(start, start, groups, weight.count, weight.count, weight, epsilon, nil, nil)
    }
  }
}
