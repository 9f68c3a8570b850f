package import Tensors

/// What each model's answer should be.
package enum TrainingTargets: Sendable {
  /// `n × labels`, 1 for yes and 0 for no.
  case categories(Matrix)
  /// The right candidate of each of n models.
  case text([Int])

  func selecting(_ models: [Int]) -> TrainingTargets {
    switch self {
    case .categories(let matrix): .categories(matrix.selectingRows(models))
    case .text(let places): .text(models.map { places[$0] })
    }
  }
}

/// The models of one split: layers of one shape with their right answers.
package struct TrainingSplit: Sendable {
  /// All of the same shape.
  package let layers: [StoredLayer]
  /// As many as layers.
  package let targets: TrainingTargets

  package init(layers: [StoredLayer], targets: TrainingTargets) {
    self.layers = layers
    self.targets = targets
  }

  /// Number of models.
  package var count: Int { layers.count }
}

/// What a network is asked about.
package enum TrainingTask: Sendable {
  /// So many yes/no questions.
  case categories(labels: Int)
  /// Which of these text embeddings, `m × d_text`; cosines are divided by the temperature.
  case text(embeddings: Matrix, temperature: Float)
}
