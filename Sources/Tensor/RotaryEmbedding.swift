import Foundation
import Kernels

/// Rotary position embedding (Su et al. 2021), halves paired: features i and i + d/2 turn by position x theta^(-2i/d).
public struct RotaryEmbedding: Sendable {
  /// Features of a head.
  public let size: Int
  /// Positions 0 ..< this many have angles.
  public let positions: Int
  /// [positions, size / 2]
  private let cosine, sine: Matrix

  /// - Parameter size: even.
  public init(size: Int, theta: Double, positions: Int) {
    precondition(size > 0 && size % 2 == 0, "features turn in pairs")
    self.size = size
    self.positions = positions
    // In fp32, as the networks were trained with.
    let frequencies = (0..<size / 2).map { 1 / pow(Float(theta), Float(2 * $0) / Float(size)) }
    let angles = (0..<positions).flatMap { position in frequencies.map { Float(position) * $0 } }
    cosine = Matrix(rows: positions, columns: size / 2, values: angles.map { cos($0) })
    sine = Matrix(rows: positions, columns: size / 2, values: angles.map { sin($0) })
  }

  /// Turns every head of every row.
  /// - Parameters:
  ///   - x: [time, heads x size]
  ///   - period: row t has position t modulo this; nil counts all rows through.
  public func apply(to x: inout Matrix, period: Int? = nil) {
    precondition(x.columns % size == 0, "rows of whole heads")
    precondition(min(period ?? x.rows, x.rows) <= positions, "a sequence of \(x.rows) positions, and \(positions) have angles")
    x.checkElements()
    let (rows, columns) = (x.rows, x.columns)
    unsafe x.values.withUnsafeMutableBufferPointer { values in
      guard let start = values.baseAddress else { return }
      unsafe cosine.values.withUnsafeBufferPointer { cosine in
        unsafe sine.values.withUnsafeBufferPointer { sine in
          guard let cosine = cosine.baseAddress, let sine = sine.baseAddress else { return }
          ThreadTeam.share(rows: rows, of: columns) { range in
            for row in range {
              let angles = (period.map { row % $0 } ?? row) * (size / 2)
              for head in stride(from: 0, to: columns, by: size) {
                unsafe kernel_rotate(start + (row * columns + head), cosine + angles, sine + angles, size / 2)
              }
            }
          }
        }
      }
    }
  }
}
