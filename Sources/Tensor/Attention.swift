import Foundation
import Kernels

/// Attention of several heads over one sequence, without a mask: softmax(q k^T / sqrt(d)) v for each head of d features.
/// - Parameters: query, key and value, [time, heads x d], the heads side by side.
/// - Returns: [time, heads x d]
public func attention(query: Matrix, key: Matrix, value: Matrix, heads: Int) -> Matrix {
  let features = query.columns
  let size = features / heads
  precondition(size * heads == features && key.columns == features && value.columns == features, "heads of one size")
  precondition(key.rows == value.rows, "a value for each key")
  var result = Matrix(rows: query.rows, columns: features)
  var scores = Matrix(rows: query.rows, columns: key.rows)
  for head in 0..<heads {
    BLAS.multiply(
      .init(query.values, offset: head * size, stride: features),
      .init(key.values, offset: head * size, stride: features, isTransposed: true), factor: 1 / Float(size).squareRoot(),
      adds: false, into: &scores.values, stride: key.rows, m: query.rows, k: size, n: key.rows)
    scores.softmaxRows()
    BLAS.multiply(
      .init(scores.values, stride: key.rows), .init(value.values, offset: head * size, stride: features), adds: false,
      into: &result.values, offset: head * size, stride: features, m: query.rows, k: key.rows, n: size)
  }
  return result
}

/// log(sum of e^x), -infinity for none.
public func logSumExp(_ values: [Float]) -> Float {
  var exponentials = values
  var (highest, sum) = (-Float.infinity, Float(0))
  unsafe exponentials.withUnsafeMutableBufferPointer { values in
    guard let start = values.baseAddress else { return }
    _ = unsafe kernel_softmax_piece(start, values.count, 0, values.count, &highest, &sum)
  }
  return highest > -.infinity ? highest + log(sum) : highest
}

extension Matrix {
  /// Each row to positive numbers of sum 1.
  public mutating func softmaxRows() {
    for row in 0..<rows {
      let range = row * columns..<(row + 1) * columns
      let highest = values[range].max() ?? 0
      var sum: Float = 0
      for index in range {
        values[index] = exp(values[index] - highest)
        sum += values[index]
      }
      for index in range { values[index] /= sum }
    }
  }

  /// The Gaussian error linear unit by its tanh formula: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
  public mutating func applyGELU() {
    unsafe kernel_gelu(&values, values.count)
  }

  /// The Gaussian error linear unit itself: 0.5 x (1 + erf(x / sqrt(2))).
  public mutating func applyExactGELU() {
    unsafe kernel_exact_gelu(&values, values.count)
  }
}
