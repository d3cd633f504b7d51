import Kernels

/// A matrix of floats, row-major: [channels, time] for convolutions, [time, features] for everything else.
public struct Matrix: Sendable, Equatable {
  public private(set) var rows: Int
  public private(set) var columns: Int
  /// rows x columns elements; their number must stay.
  public var values: [Float]

  public init(rows: Int, columns: Int, values: [Float]) {
    precondition(rows >= 0 && columns >= 0 && values.count == rows * columns, "the elements don't fill the matrix")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  public init(rows: Int, columns: Int, repeating value: Float = 0) {
    self.init(rows: rows, columns: columns, values: [Float](repeating: value, count: rows * columns))
  }

  /// A matrix whose elements are anything until they are written.
  static func uninitialized(rows: Int, columns: Int) -> Matrix {
    Matrix(
      rows: rows, columns: columns,
      values: unsafe [Float](unsafeUninitializedCapacity: rows * columns) { memory, count in
        if let start = memory.baseAddress { unsafe kernel_use_large_pages(start, rows * columns * 4) }
        count = rows * columns
      })
  }

  public subscript(row: Int, column: Int) -> Float {
    get {
      precondition(column >= 0 && column < columns, "column out of range")
      return values[row * columns + column]
    }
    set {
      precondition(column >= 0 && column < columns, "column out of range")
      values[row * columns + column] = newValue
    }
  }

  /// Stops the program where `values` no longer fills the matrix: before memory is read by address.
  func checkElements() { precondition(values.count == rows * columns, "a matrix keeps its number of elements") }

  public func row(_ row: Int) -> ArraySlice<Float> { values[row * columns..<(row + 1) * columns] }

  /// Takes another shape, in the same memory where it has the same size; the elements are then anything.
  public mutating func reshape(rows: Int, columns: Int) {
    if values.count == rows * columns {
      (self.rows, self.columns) = (rows, columns)
    } else {
      self = Matrix(rows: rows, columns: columns)
    }
  }

  public func transposed() -> Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result.values[column * rows + row] = values[row * columns + column] }
    }
    return result
  }

  /// Column i `counts[i]` times, in order.
  public func repeatingColumns(_ counts: [Int]) -> Matrix {
    precondition(counts.count == columns, "a count for each column")
    return selectingColumns(counts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) })
  }

  /// The columns of these numbers, in this order.
  public func selectingColumns(_ indices: [Int]) -> Matrix {
    precondition(indices.allSatisfy { $0 >= 0 && $0 < columns }, "column out of range")
    var selected: [Float] = []
    selected.reserveCapacity(rows * indices.count)
    for row in 0..<rows {
      for index in indices { selected.append(values[row * columns + index]) }
    }
    return Matrix(rows: rows, columns: indices.count, values: selected)
  }

  /// All rows of several matrices, which have equally many columns.
  public static func stacking(_ parts: [Matrix]) -> Matrix {
    let columns = parts.first?.columns ?? 0
    precondition(parts.allSatisfy { $0.columns == columns }, "stacked matrices have equally many columns")
    return Matrix(rows: parts.reduce(0) { $0 + $1.rows }, columns: columns, values: parts.flatMap(\.values))
  }

  /// Every row with the same elements after its own.
  public func appendingToRows(_ tail: [Float]) -> Matrix {
    var values: [Float] = []
    values.reserveCapacity(rows * (columns + tail.count))
    for row in 0..<rows {
      values += self.row(row)
      values += tail
    }
    return Matrix(rows: rows, columns: columns + tail.count, values: values)
  }
}
