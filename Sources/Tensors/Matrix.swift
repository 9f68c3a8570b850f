/// A dense matrix of single-precision numbers, row-major.
package struct Matrix: Sendable, Equatable {
  /// Number of rows.
  package let rows: Int
  /// Number of columns.
  package let columns: Int
  /// `rows × columns` numbers, the first row first.
  package var values: [Float]

  /// A matrix over the given numbers; their count must be `rows × columns`.
  package init(rows: Int, columns: Int, values: [Float]) {
    precondition(rows >= 0 && columns >= 0, "a matrix has no negative dimension")
    precondition(values.count == rows * columns, "a matrix has rows × columns values")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// A matrix of zeros.
  package init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, values: [Float](repeating: 0, count: rows * columns))
  }

  /// The number in that row and column, both counted from 0.
  package subscript(row: Int, column: Int) -> Float {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// One row, without copying it.
  package func row(_ row: Int) -> ArraySlice<Float> {
    values[row * columns..<(row + 1) * columns]
  }

  /// The given rows, in the given order. Costs a copy of them.
  package func selectingRows(_ indices: [Int]) -> Matrix {
    var selected: [Float] = []
    selected.reserveCapacity(indices.count * columns)
    for index in indices { selected.append(contentsOf: row(index)) }
    return Matrix(rows: indices.count, columns: columns, values: selected)
  }

  /// The given columns. Costs a copy of them.
  package func selectingColumns(_ range: Range<Int>) -> Matrix {
    var selected: [Float] = []
    selected.reserveCapacity(rows * range.count)
    for row in 0..<rows {
      let start = row * columns
      selected.append(contentsOf: values[start + range.lowerBound..<start + range.upperBound])
    }
    return Matrix(rows: rows, columns: range.count, values: selected)
  }

  /// The sum of two matrices of one shape.
  package func adding(_ other: Matrix) -> Matrix {
    precondition((rows, columns) == (other.rows, other.columns), "matrices of one shape")
    var result = self
    for index in result.values.indices { result.values[index] += other.values[index] }
    return result
  }

  /// The matrix with rows and columns exchanged. Costs a copy.
  package func transposed() -> Matrix { BLAS.transpose(self) }

  /// The sum of each column.
  package func columnSums() -> [Float] {
    var sums = [Float](repeating: 0, count: columns)
    for row in 0..<rows {
      let start = row * columns
      for column in 0..<columns { sums[column] += values[start + column] }
    }
    return sums
  }

  /// Each row divided by its Euclidean length; a row shorter than `epsilon` is divided by
  /// `epsilon`, as PyTorch's `normalize` and `cosine_similarity` do, so that a zero row stays zero.
  package func normalizingRows(epsilon: Float = 1e-8) -> Matrix {
    var result = self
    for row in 0..<rows {
      let range = row * columns..<(row + 1) * columns
      let length = max(Vector.length(values[range]), epsilon)
      for index in range { result.values[index] /= length }
    }
    return result
  }
}
