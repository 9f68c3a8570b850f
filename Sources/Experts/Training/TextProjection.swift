import Glibc
package import Tensors

/// Responses without their mean, scaled so that every direction in which models differ counts
/// alike, and what labels look like there.
package struct WhitenedSpace {
  /// From u / |u| to e.
  package let whitening: Linear
  /// The mean of the unit representations of each label, `labels × r_T`.
  package let prototypes: Matrix

  /// Learns from the responses of training models, `n × d_H`.
  ///
  /// - Parameters:
  ///   - chosen: the labels that have prototypes, in their order; models of others only count for
  ///     the spectrum.
  ///   - floor: what is added to the spectrum, in units of its mean.
  /// - Returns: `nil` where all responses are alike.
  package init?(_ responses: Matrix, _ labels: [Int], _ chosen: [Int], floor: Double) {
    let width = responses.columns
    let means = responses.columnMeans()
    let centred = responses.subtracting(means)
    guard responses.rows > 1, let axes = PrincipalAxes(centred), !axes.energies.isEmpty else {
      return nil
    }
    // (C/μ + εI)^(−1/2) = ε^(−1/2)·I + Σ ((w/μ + ε)^(−1/2) − ε^(−1/2))·a aᵀ over the axes.
    let mean = axes.energies.reduce(0, +) / Double(width)
    let rest = 1 / floor.squareRoot()
    var scaled = axes.axes
    for (row, energy) in axes.energies.enumerated() {
      let factor = Float(1 / (energy / mean + floor).squareRoot() - rest)
      for column in 0..<width { scaled[row, column] *= factor }
    }
    var weight = BLAS.product(.transposed(scaled), .asStored(axes.axes))
    for place in 0..<width { weight[place, place] += Float(rest) }
    let shift = BLAS.product(
      .asStored(weight), .asStored(Matrix(rows: width, columns: 1, values: means)))
    whitening = Linear(weight: weight, bias: shift.values.map { -$0 })
    let unit = whitening.forward(responses).normalizingRows()
    var sums = Matrix(rows: chosen.count, columns: width)
    var counts = [Float](repeating: 0, count: chosen.count)
    let places = Dictionary(uniqueKeysWithValues: zip(chosen, chosen.indices))
    for (row, label) in labels.enumerated() {
      guard let place = places[label] else { continue }
      counts[place] += 1
      for column in 0..<width { sums[place, column] += unit[row, column] }
    }
    for place in chosen.indices where counts[place] > 0 {
      for column in 0..<width { sums[place, column] /= counts[place] }
    }
    prototypes = sums
  }
}

/// From a text's embedding to the representation that models of it have.
package struct TextProjection {
  /// `W·t + b`, with the weight as `r_T × d_text`.
  package let head: Linear

  /// The ridge regression from the texts of some labels to their prototypes.
  ///
  ///     z = t − mean, of length 1        c = ⟨P, Z⟩ / ⟨Z, Z⟩ where aligned, else 0
  ///     W = c·I + Zᵀ(ZZᵀ + γI)⁻¹(P − c·Z),       γ = penalty · trace(ZZᵀ) / labels
  ///
  /// - Parameter chosen: the places in `texts` of the prototypes' labels.
  /// - Returns: `nil` where texts cannot be told apart.
  package init?(
    _ space: WhitenedSpace, _ texts: Matrix, _ chosen: [Int], penalty: Double, isAligned: Bool
  ) {
    let known = texts.selectingRows(chosen)
    let means = known.columnMeans()
    let z = known.subtracting(means).normalizingRows()
    let prototypes = space.prototypes
    let energy = z.values.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard energy > 0, energy.isFinite else { return nil }
    var slope: Float = 0
    if isAligned {
      precondition(z.columns == prototypes.columns, "aligned spaces have one dimension")
      var along = 0.0
      for (a, b) in zip(prototypes.values, z.values) { along += Double(a) * Double(b) }
      slope = Float(along / energy)
    }
    var rest = prototypes
    if slope != 0 {
      for index in rest.values.indices { rest.values[index] -= slope * z.values[index] }
    }
    let gram = BLAS.product(.asStored(z), .transposed(z))
    guard let (values, vectors) = LAPACK.eigen(gram.values.map(Double.init), size: gram.rows)
    else { return nil }
    let turn = Matrix(rows: gram.rows, columns: gram.rows, values: vectors.map(Float.init))
    var turned = BLAS.product(.asStored(turn), .asStored(rest))
    let floor = penalty * energy / Double(chosen.count)
    for row in 0..<turned.rows {
      let scale = Float(1 / (max(values[row], 0) + floor))
      for column in 0..<turned.columns { turned[row, column] *= scale }
    }
    let dual = BLAS.product(.transposed(turn), .asStored(turned))
    var weight = BLAS.product(.transposed(dual), .asStored(z))
    if slope != 0 {
      for place in 0..<weight.rows { weight[place, place] += slope }
    }
    let shift = BLAS.product(
      .asStored(weight), .asStored(Matrix(rows: means.count, columns: 1, values: means)))
    head = Linear(weight: weight, bias: shift.values.map { -$0 })
  }
}
