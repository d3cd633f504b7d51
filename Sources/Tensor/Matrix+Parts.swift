extension Matrix {
  /// Some of the rows.
  public subscript(rows range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "row out of range")
    return Matrix(
      rows: range.count, columns: columns, values: Array(values[range.lowerBound * columns..<range.upperBound * columns]))
  }

  /// Some of the columns.
  public subscript(columns range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns, "column out of range")
    var values: [Float] = []
    values.reserveCapacity(rows * range.count)
    for row in 0..<rows { values += self.values[row * columns + range.lowerBound..<row * columns + range.upperBound] }
    return Matrix(rows: rows, columns: range.count, values: values)
  }

  /// Two matrices side by side.
  public func besides(_ other: Matrix) -> Matrix {
    precondition(rows == other.rows, "matrices side by side have equally many rows")
    var values: [Float] = []
    values.reserveCapacity(self.values.count + other.values.count)
    for row in 0..<rows {
      values += self.row(row)
      values += other.row(row)
    }
    return Matrix(rows: rows, columns: columns + other.columns, values: values)
  }
}
