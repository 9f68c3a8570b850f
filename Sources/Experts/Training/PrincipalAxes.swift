package import Tensors

/// The principal axes of a cloud of points, from whichever of its two Gram matrices is smaller.
package struct PrincipalAxes: Sendable {
  /// Squared lengths along the axes, summed over all points, greatest first; positive.
  package let energies: [Double]
  /// The axes as rows of length 1, `m × d`.
  package let axes: Matrix

  /// The axes of centred points, `n × d`; those with less than a millionth of the greatest energy
  /// are rounding and left out.
  ///
  /// Cost: a product of `n · d · min(n, d)` and an eigendecomposition of `min(n, d)`.
  ///
  /// - Returns: `nil` where the decomposition fails, as with numbers that are not finite.
  package init?(_ points: Matrix) {
    let isDual = points.rows <= points.columns
    let gram =
      isDual
      ? BLAS.product(.asStored(points), .transposed(points))
      : BLAS.product(.transposed(points), .asStored(points))
    guard
      let (values, vectors) = LAPACK.eigen(gram.values.map(Double.init), size: gram.rows)
    else { return nil }
    let least = max(values.last ?? 0, 0) * 1e-6
    let places = values.indices.reversed().filter { values[$0] > least }
    energies = places.map { values[$0] }
    var rows: [Float] = []
    rows.reserveCapacity(places.count * gram.rows)
    for place in places {
      let scale = isDual ? 1 / values[place].squareRoot() : 1
      rows.append(
        contentsOf: vectors[place * gram.rows..<(place + 1) * gram.rows].map { Float($0 * scale) })
    }
    let chosen = Matrix(rows: places.count, columns: gram.rows, values: rows)
    axes = isDual ? BLAS.product(.asStored(chosen), .asStored(points)) : chosen
  }
}

extension Matrix {
  /// The mean of each column; zeros without rows.
  package func columnMeans() -> [Float] {
    var sums = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      let start = row * columns
      for column in 0..<columns { sums[column] += Double(values[start + column]) }
    }
    return sums.map { rows > 0 ? Float($0 / Double(rows)) : 0 }
  }

  /// Each row less the given one.
  package func subtracting(_ row: [Float]) -> Matrix {
    var result = self
    for place in 0..<rows {
      let start = place * columns
      for column in 0..<columns { result.values[start + column] -= row[column] }
    }
    return result
  }
}
