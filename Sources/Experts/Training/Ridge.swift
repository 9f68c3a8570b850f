package import Tensors

/// Linear regression with a penalty on the weights' squares, and with what it would have said about
/// each model had it not been learnt from.
package struct Ridge: Sendable {
  /// The penalty that was chosen, in units of the mean squared length of the centred features.
  package let strength: Double
  /// What was said of each model by a regression on all others, `n × c`; exact, without refits.
  package let heldOut: Matrix
  /// Mean square error of `heldOut`.
  package let error: Double
  /// `c × p`.
  package let weight: Matrix
  /// c.
  package let bias: [Float]

  /// The penalties that are tried.
  package static let strengths: [Double] = [1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3]

  /// The regression with the penalty whose held-out predictions are best.
  ///
  /// With the eigenvectors E and eigenvalues w of the features' Gram matrix, the residuals are
  /// `(1 − H)·y` and leaving model i out divides the i-th by `1 − H_ii` (Allen's PRESS, 1974).
  ///
  /// - Parameters:
  ///   - features: `n × p`, `n` at least 2.
  ///   - targets: `n × c`.
  /// - Returns: `nil` where the features are not finite or all alike.
  ///
  /// Cost: `n · p · min(n, p)`, an eigendecomposition of `min(n, p)`, and `n · min(n, p) · c` for
  /// each penalty.
  package init?(
    features: Matrix, targets: Matrix, strengths: [Double] = Ridge.strengths
  ) {
    let (n, means) = (features.rows, features.columnMeans())
    let centred = features.subtracting(means)
    guard n > 1, let spectrum = Spectrum(centred) else { return nil }
    let targetMeans = targets.columnMeans()
    let wanted = targets.subtracting(targetMeans)
    let turned = BLAS.product(.asStored(spectrum.vectors), .asStored(wanted))
    var best: (strength: Double, error: Double, heldOut: Matrix)?
    for strength in strengths {
      let heldOut = spectrum.heldOut(targets, wanted, turned, strength)
      let error = Self.meanSquare(heldOut, targets)
      guard error.isFinite else { continue }
      if best.map({ error < $0.error }) ?? true { best = (strength, error, heldOut) }
    }
    guard let best else { return nil }
    (strength, error, heldOut) = (best.strength, best.error, best.heldOut)
    var dual = turned
    for row in 0..<dual.rows {
      let scale = Float(1 / ((spectrum.values[row] + best.strength) * spectrum.scale))
      for column in 0..<dual.columns { dual[row, column] *= scale }
    }
    let alpha = BLAS.product(.transposed(spectrum.vectors), .asStored(dual))
    weight = BLAS.product(.transposed(alpha), .asStored(centred))
    let shift = BLAS.product(
      .asStored(weight), .asStored(Matrix(rows: means.count, columns: 1, values: means)))
    bias = zip(targetMeans, shift.values).map { $0 - $1 }
  }

  private static func meanSquare(_ left: Matrix, _ right: Matrix) -> Double {
    var sum = 0.0
    for (a, b) in zip(left.values, right.values) {
      sum += (Double(a) - Double(b)) * (Double(a) - Double(b))
    }
    return sum / Double(max(left.values.count, 1))
  }
}

/// The Gram matrix of centred features, taken apart.
private struct Spectrum {
  /// Mean squared length of the features; eigenvalues are in units of it.
  let scale: Double
  /// Eigenvalues, at least 0.
  let values: [Double]
  /// Eigenvectors as rows, `m × n`.
  let vectors: Matrix
  /// The squares of the vectors' entries in double precision: the leverages are small differences.
  private let squares: [Double]
  /// Whether the vectors span everything, so that residuals need no difference.
  private let isComplete: Bool

  init?(_ centred: Matrix) {
    let n = centred.rows
    let energy = centred.values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(n)
    guard energy > 0, energy.isFinite else { return nil }
    scale = energy
    isComplete = n <= centred.columns
    var values: [Double] = []
    var rows: [Double] = []
    if isComplete {
      let gram = BLAS.product(.asStored(centred), .transposed(centred))
      guard
        let (found, vectors) = LAPACK.eigen(
          Self.centred(gram.values.map { Double($0) / energy }, size: n), size: n)
      else { return nil }
      (values, rows) = (found.map { max($0, 0) }, vectors)
    } else {
      guard let axes = PrincipalAxes(centred) else { return nil }
      let along = BLAS.product(.asStored(axes.axes), .transposed(centred))
      for (row, energy) in axes.energies.enumerated() {
        values.append(energy / scale)
        rows.append(contentsOf: along.row(row).map { Double($0) / energy.squareRoot() })
      }
    }
    self.values = values
    vectors = Matrix(rows: values.count, columns: n, values: rows.map(Float.init))
    squares = rows.map { $0 * $0 }
  }

  /// A Gram matrix whose rows and columns add up to zero, as those of centred features do but for
  /// the rounding of single precision: what that leaves of the mean is as large as the smallest
  /// penalty, and leverages are differences of that size.
  private static func centred(_ gram: [Double], size n: Int) -> [Double] {
    let means = (0..<n).map { row in gram[row * n..<(row + 1) * n].reduce(0, +) / Double(n) }
    let mean = means.reduce(0, +) / Double(n)
    var result = gram
    for row in 0..<n {
      for column in 0..<n { result[row * n + column] += mean - means[row] - means[column] }
    }
    return result
  }

  /// The predictions of regressions that each leave one model out.
  func heldOut(
    _ targets: Matrix, _ wanted: Matrix, _ turned: Matrix, _ strength: Double
  ) -> Matrix {
    let n = vectors.columns
    // What of each direction remains in the residual, and what is fitted.
    let kept = values.map { strength / ($0 + strength) }
    var weighted = turned
    for row in 0..<turned.rows {
      let share = Float(isComplete ? kept[row] : 1 - kept[row])
      for column in 0..<turned.columns { weighted[row, column] *= share }
    }
    let back = BLAS.product(.transposed(vectors), .asStored(weighted))
    var leverage = [Double](repeating: isComplete ? 0 : 1, count: n)
    for row in values.indices {
      let share = isComplete ? kept[row] : kept[row] - 1
      for model in 0..<n { leverage[model] += squares[row * n + model] * share }
    }
    var result = targets
    for model in 0..<n {
      // The mean was learnt from the model too.
      let remains = max(leverage[model] - 1 / Double(n), 1e-12)
      for column in 0..<targets.columns {
        let residual =
          isComplete ? back[model, column] : wanted[model, column] - back[model, column]
        result[model, column] -= Float(Double(residual) / remains)
      }
    }
    return result
  }
}
