import Checkpoints
import Tensors

/// A layer's responses to its main direction, of all models.
struct DirectionReading {
  /// Takes the mean of whole layers away: it is a hundred times as large as what training changed,
  /// and its own main direction says nothing about that.
  let preparation: InputPreparation
  /// d, `d_W × 1`.
  let direction: Matrix
  /// u / |u| of the training models, `n × d_H`.
  let training: Matrix
  /// The same of the validation models.
  let validation: Matrix

  /// Finds the direction and reads every model. No label is looked at.
  init(
    _ candidate: DirectionFit.Candidate, _ isCancelled: () -> Bool
  ) throws(TrainingError) {
    preparation = InputPreparation(
      centre: try InputPreparation.mean(candidate.training, isCancelled))
    let reader = Reader(preparation: preparation)
    direction = try reader.mainDirection(candidate.training, isCancelled)
    let width = try candidate.training[0].layer.rows
    training = try reader.responses(candidate.training, direction, width, isCancelled)
    validation = try reader.responses(candidate.validation, direction, width, isCancelled)
  }
}

/// Passes over the layers of many models.
private struct Reader {
  let preparation: InputPreparation

  private func layer(
    _ stored: StoredLayer, _ isCancelled: () -> Bool
  ) throws(TrainingError) -> Layer {
    if isCancelled() { throw InputPreparation.cancelled }
    return preparation.applied(try stored.layer)
  }

  /// The first eigenvector of Σ XᵀX / |X|², by 30 steps of the power method: what a fine-tuned tree
  /// shares stands out by far, and the direction need not be exact.
  ///
  /// It starts anywhere but at a vector with a pattern: inputs that went through a normalisation
  /// add up to zero, so that equal numbers would meet no response.
  func mainDirection(
    _ layers: [StoredLayer], _ isCancelled: () -> Bool
  ) throws(TrainingError) -> Matrix {
    var weights: [Float] = []
    for stored in layers {
      let norm = try layer(stored, isCancelled).norm
      let square = norm * norm
      guard square.isFinite else { throw InputPreparation.tooLarge(layers) }
      weights.append(square.isNormal ? 1 / square : 0)
    }
    let columns = try layers[0].layer.columns
    var generator = RandomSource(seed: 0)
    let start = (0..<columns).map { _ in generator.uniform(bound: 1) }
    let length = Vector.length(start[...])
    var direction = Matrix(rows: columns, columns: 1, values: start.map { $0 / length })
    for _ in 0..<30 {
      var sum = [Float](repeating: 0, count: columns)
      for (stored, weight) in zip(layers, weights) {
        Self.add(try layer(stored, isCancelled), weight, direction, to: &sum)
      }
      let length = Vector.length(sum[...])
      guard length > 0, length.isFinite else { break }
      direction = Matrix(rows: columns, columns: 1, values: sum.map { $0 / length })
    }
    return direction
  }

  /// Adds weight · XᵀX · d.
  private static func add(
    _ layer: Layer, _ weight: Float, _ direction: Matrix, to sum: inout [Float]
  ) {
    switch layer {
    case .full(let matrix):
      let response = BLAS.product(.asStored(matrix), .asStored(direction), scale: weight)
      BLAS.product(.transposed(matrix), .asStored(response), into: &sum, at: 0, adding: true)
    case .lowRank(let pair):
      let inner = BLAS.product(.asStored(pair.down), .asStored(direction))
      let outer = BLAS.product(.asStored(pair.up), .asStored(inner))
      BLAS.product(
        .transposed(pair.down), .asStored(BLAS.product(.transposed(pair.up), .asStored(outer))),
        scale: weight * pair.scale * pair.scale, into: &sum, at: 0, adding: true)
    }
  }

  /// u / |u| of every model, `n × width`.
  func responses(
    _ layers: [StoredLayer], _ direction: Matrix, _ width: Int,
    _ isCancelled: () -> Bool
  ) throws(TrainingError) -> Matrix {
    var values: [Float] = []
    for stored in layers {
      values.append(
        contentsOf: DirectionReader.response(
          of: try layer(stored, isCancelled), to: direction, scale: 1))
    }
    guard values.allSatisfy(\.isFinite) else { throw InputPreparation.tooLarge(layers) }
    return Matrix(rows: layers.count, columns: width, values: values)
  }
}
