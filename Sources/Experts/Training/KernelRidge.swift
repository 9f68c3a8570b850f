import Checkpoints
package import Tensors

/// Kernel ridge regression on layers as they are: the inner product of two layers, each divided by
/// its norm, is how alike they are. A baseline that trained networks must beat.
///
/// It keeps the training models themselves, so that it is no expert that could be written.
package struct KernelRidge {
  private let training: [StoredLayer]
  private let preparation: InputPreparation
  /// Mean of each training model's kernel, and of all.
  private let means: [Float]
  private let mean: Float
  /// From a centred row of the kernel to features.
  private let turn: Matrix
  private let ridge: Ridge

  /// Layers are compared block by block, so that two blocks are in memory at once.
  private static let block = 64

  /// Learns from layers of one shape.
  ///
  /// - Parameters:
  ///   - targets: `n × c`.
  ///   - isCancelled: asked before each block.
  /// - Throws: `TrainingError`: `cancelled`; `unusableData` where all layers are alike.
  ///
  /// Cost: `n²/2` inner products and an eigendecomposition of `n × n`.
  package init(
    _ training: [StoredLayer], targets: Matrix, isCancelled: () -> Bool = { false }
  ) throws(TrainingError) {
    self.training = training
    preparation = InputPreparation(
      centre: try InputPreparation.mean(training, isCancelled), isNormalised: true)
    let kernel = try Self.kernel(training, training, preparation, isCancelled)
    means = kernel.columnMeans()
    mean = means.reduce(0, +) / Float(max(means.count, 1))
    let centred = Self.centred(kernel, means, mean)
    guard
      let (values, vectors) = LAPACK.eigen(
        centred.values.map(Double.init), size: training.count)
    else { throw Self.alike }
    let least = max(values.last ?? 0, 0) * 1e-7
    let places = values.indices.filter { values[$0] > least }
    guard !places.isEmpty else { throw Self.alike }
    // Features whose inner products are the kernel: V·√w; of a new row k they are k·V/√w.
    var rows: [Float] = []
    for place in places {
      let scale = 1 / values[place].squareRoot()
      rows.append(
        contentsOf: vectors[place * training.count..<(place + 1) * training.count]
          .map { Float($0 * scale) })
    }
    turn = Matrix(rows: places.count, columns: training.count, values: rows)
    let features = BLAS.product(.asStored(centred), .transposed(turn))
    guard let ridge = Ridge(features: features, targets: targets) else { throw Self.alike }
    self.ridge = ridge
  }

  private static let alike = TrainingError(
    .unusableData, "layer", problem: "the training models' layers are all alike.",
    remedy: "Choose a layer that fine-tuning changed.")

  /// What is said of other models, `m × c`.
  package func outputs(
    _ layers: [StoredLayer], isCancelled: () -> Bool = { false }
  ) throws(TrainingError) -> Matrix {
    let kernel = Self.centred(
      try Self.kernel(layers, training, preparation, isCancelled), means, mean)
    let features = BLAS.product(.asStored(kernel), .transposed(turn))
    var outputs = BLAS.product(.asStored(features), .transposed(ridge.weight))
    Linear.add(ridge.bias, toRowsOf: &outputs)
    return outputs
  }

  /// What is said of each training model by a regression that had not seen it.
  package var heldOut: Matrix { ridge.heldOut }

  /// Rows less the columns' means and their own.
  private static func centred(_ kernel: Matrix, _ means: [Float], _ mean: Float) -> Matrix {
    var result = kernel
    for row in 0..<kernel.rows {
      let own = kernel.row(row).reduce(0, +) / Float(max(kernel.columns, 1))
      for column in 0..<kernel.columns {
        result[row, column] += mean - own - means[column]
      }
    }
    return result
  }

  /// The inner products of normalised layers, `left × right`.
  private static func kernel(
    _ left: [StoredLayer], _ right: [StoredLayer], _ preparation: InputPreparation,
    _ isCancelled: () -> Bool
  ) throws(TrainingError) -> Matrix {
    var result = Matrix(rows: left.count, columns: right.count)
    for top in stride(from: 0, to: left.count, by: block) {
      let rows = try prepared(left[top..<min(top + block, left.count)], preparation)
      for start in stride(from: 0, to: right.count, by: block) {
        if isCancelled() { throw InputPreparation.cancelled }
        let columns = try prepared(right[start..<min(start + block, right.count)], preparation)
        let products = products(rows, columns)
        for row in 0..<products.rows {
          for column in 0..<products.columns {
            result[top + row, start + column] = products[row, column]
          }
        }
      }
    }
    return result
  }

  private static func prepared(
    _ layers: ArraySlice<StoredLayer>, _ preparation: InputPreparation
  ) throws(TrainingError) -> LayerStack {
    LayerStack(try layers.map { (stored) throws(TrainingError) in try stored.held() }, preparation)
  }

  private static func products(_ left: LayerStack, _ right: LayerStack) -> Matrix {
    switch (left, right) {
    case (
      .lowRank(let down, let up, let ranges), .lowRank(let otherDown, let otherUp, let others)
    ):
      // ⟨BA, B'A'⟩ = Σ (BᵀB')∘(AA'ᵀ).
      let downs = BLAS.product(.asStored(down), .transposed(otherDown))
      let ups = BLAS.product(.asStored(up), .transposed(otherUp))
      var result = Matrix(rows: ranges.count, columns: others.count)
      for (row, range) in ranges.enumerated() {
        for (column, other) in others.enumerated() {
          var sum: Float = 0
          for i in range { for j in other { sum += downs[i, j] * ups[i, j] } }
          result[row, column] = sum
        }
      }
      return result
    default:
      return BLAS.product(.asStored(left.flattened), .transposed(right.flattened))
    }
  }
}

extension LayerStack {
  /// Each layer as one row, `n × (d_H · d_W)`.
  fileprivate var flattened: Matrix {
    var values: [Float] = []
    forEachMultipliedOut { _, layer in values.append(contentsOf: layer.values) }
    return Matrix(rows: count, columns: count > 0 ? values.count / count : 0, values: values)
  }
}
