import Checkpoints
package import Tensors

/// Learns text experts of `DirectionReader`s in closed form.
///
/// Texts are projected into the representations, not representations into texts: the mean
/// representation of a label is known well, and its text is one noisy word for it. The projection
/// is a ridge regression that shrinks towards a multiple of the identity where representations and
/// embeddings are of one space, as with adapters of a text encoder, and towards zero otherwise.
package struct DirectionFit: Sendable {
  /// The settings of one way to read.
  package struct Choice: Sendable, Equatable {
    /// What is added to the spectrum before whitening, in units of its mean.
    package let floor: Double
    /// The penalty of the projection, in units of the mean squared length of the texts.
    package let penalty: Double
    /// Whether the projection shrinks towards a multiple of the identity.
    package let isAligned: Bool
  }

  /// A layer that the expert may read.
  package struct Candidate: Sendable {
    /// The training models' layers, in their order.
    package let training: [StoredLayer]
    /// The validation models'.
    package let validation: [StoredLayer]

    package init(training: [StoredLayer], validation: [StoredLayer]) {
      self.training = training
      self.validation = validation
    }
  }

  /// What each model is about, and the texts for it.
  package struct Labels: Sendable {
    /// The place of the label of each training model.
    package let training: [Int]
    package let validation: [Int]
    /// The labels' embeddings, `labels × d_text`.
    package let texts: Matrix

    package init(training: [Int], validation: [Int], texts: Matrix) {
      self.training = training
      self.validation = validation
      self.texts = texts
    }
  }

  /// Places of the candidates that the expert reads, best first, each with its network and head.
  package let members: [(candidate: Int, network: DirectionReader, head: Linear)]
  package let choice: Choice
  /// Share of right answers among labels that were held out of training in turn, a quarter at a
  /// time; `nil` where there are too few labels to hold any out.
  package let zeroShot: Double?
  /// The same for labels that were learnt, on validation models.
  package let seen: Double

  /// Chooses layers and settings by labels held out of training, then learns from all.
  ///
  /// - Parameters:
  ///   - generator: draws which labels are held out together.
  ///   - isCancelled: asked before each layer and each fold.
  /// - Throws: `TrainingError`: `cancelled`; `unusableData` where no layer tells models apart, no
  ///   text differs from the others, or a layer's numbers are too large to be squared.
  ///
  /// Cost: 32 passes over each candidate's training models; for each of twelve folds and two floors
  /// an eigendecomposition of the smaller of `d_H` and the number of training models.
  package init(
    _ candidates: [Candidate], _ labels: Labels, generator: inout RandomSource,
    isCancelled: () -> Bool = { false }
  ) throws(TrainingError) {
    precondition(!candidates.isEmpty, "there is a layer to read")
    let known = labels.texts.selectingRows(Array(Set(labels.training)).sorted())
    guard known.subtracting(known.columnMeans()).values.contains(where: { $0 != 0 }) else {
      throw TrainingError(
        .unusableData, "texts", problem: "all labels of the training models have one embedding.",
        remedy: "Give models of at least two labels, and a table that tells them apart.")
    }
    var readings: [DirectionReading] = []
    for candidate in candidates {
      if isCancelled() { throw InputPreparation.cancelled }
      readings.append(try DirectionReading(candidate, isCancelled))
    }
    var trial = DirectionTrial(readings, labels)
    for fold in DirectionTrial.folds(labels, generator: &generator) {
      if isCancelled() { throw InputPreparation.cancelled }
      trial.run(fold)
    }
    let verdict = trial.verdict
    (choice, zeroShot, seen) = (verdict.choice, verdict.zeroShot, verdict.seen)
    var members: [(candidate: Int, network: DirectionReader, head: Linear)] = []
    let all = Array(Set(labels.training)).sorted()
    for place in verdict.candidates {
      let reading = readings[place]
      guard
        let space = WhitenedSpace(
          reading.training, labels.training, all, floor: verdict.choice.floor),
        let projection = TextProjection(
          space, labels.texts, all, penalty: verdict.choice.penalty,
          isAligned: verdict.choice.isAligned)
      else { continue }
      members.append(
        (
          place, DirectionReader(direction: reading.direction, whitening: space.whitening),
          projection.head
        ))
    }
    guard !members.isEmpty else {
      throw TrainingError(
        .unusableData, "layer", problem: "no layer of the training models tells them apart.",
        remedy: "Choose a layer that fine-tuning changed.")
    }
    self.members = members
  }
}

/// A layer's responses to its main direction, of all models.
struct DirectionReading {
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
    direction = try Self.mainDirection(candidate.training, isCancelled)
    let width = try candidate.training[0].layer.rows
    training = try Self.responses(candidate.training, direction, width, isCancelled)
    validation = try Self.responses(candidate.validation, direction, width, isCancelled)
  }

  /// The first eigenvector of Σ XᵀX / |X|², by 30 steps of the power method: what a fine-tuned tree
  /// shares stands out by far, and the direction need not be exact.
  ///
  /// It starts anywhere but at a vector with a pattern: inputs that went through a normalisation
  /// add up to zero, so that equal numbers would meet no response.
  private static func mainDirection(
    _ layers: [StoredLayer], _ isCancelled: () -> Bool
  ) throws(TrainingError) -> Matrix {
    var weights: [Float] = []
    for stored in layers {
      let norm = try stored.layer.norm
      let square = norm * norm
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
        if isCancelled() { throw InputPreparation.cancelled }
        switch try stored.layer {
        case .full(let matrix):
          let response = BLAS.product(.asStored(matrix), .asStored(direction), scale: weight)
          BLAS.product(
            .transposed(matrix), .asStored(response), into: &sum, at: 0, adding: true)
        case .lowRank(let pair):
          let inner = BLAS.product(.asStored(pair.down), .asStored(direction))
          let outer = BLAS.product(.asStored(pair.up), .asStored(inner))
          BLAS.product(
            .transposed(pair.down), .asStored(BLAS.product(.transposed(pair.up), .asStored(outer))),
            scale: weight * pair.scale * pair.scale, into: &sum, at: 0, adding: true)
        }
      }
      let length = Vector.length(sum[...])
      guard length > 0, length.isFinite else { break }
      direction = Matrix(rows: columns, columns: 1, values: sum.map { $0 / length })
    }
    return direction
  }

  private static func responses(
    _ layers: [StoredLayer], _ direction: Matrix, _ width: Int, _ isCancelled: () -> Bool
  ) throws(TrainingError) -> Matrix {
    var values: [Float] = []
    for stored in layers {
      if isCancelled() { throw InputPreparation.cancelled }
      values.append(
        contentsOf: DirectionReader.response(of: try stored.layer, to: direction, scale: 1))
    }
    guard values.allSatisfy(\.isFinite) else { throw InputPreparation.tooLarge(layers) }
    return Matrix(rows: layers.count, columns: width, values: values)
  }
}
