package import Tensors

/// What each model's answer should be.
package enum TrainingTargets: Sendable {
  /// `n × labels`, 1 for yes and 0 for no.
  case categories(Matrix)
  /// The right candidate, text or choice, of each of n models.
  case oneOf([Int])
  /// A standardised number for each of n models.
  case numbers([Float])

  /// Those of the given models, in the given order.
  package func selecting(_ models: [Int]) -> TrainingTargets {
    switch self {
    case .categories(let matrix): .categories(matrix.selectingRows(models))
    case .oneOf(let places): .oneOf(models.map { places[$0] })
    case .numbers(let numbers): .numbers(models.map { numbers[$0] })
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

/// What cosines are divided by in training.
package enum TrainingTemperature: Sendable, Equatable {
  /// This, from start to end; 1 is none.
  case fixed(Float)
  /// Whatever becomes of this while its logarithm is trained like any other tensor.
  case learned(from: Float)
}

/// What a network is asked about.
package enum TrainingTask: Sendable {
  /// So many yes/no questions.
  case categories(labels: Int)
  /// Which of these text embeddings, `m × d_text`.
  case text(embeddings: Matrix, TrainingTemperature)
  /// Which of so many labels.
  case choice(labels: Int)
  /// A standardised number.
  case number

  /// Whether answers are cosines with texts.
  package var isText: Bool { if case .text = self { true } else { false } }

  /// Rows and columns of the head's weight.
  func headShape(dimension: Int) -> (outputs: Int, inputs: Int) {
    switch self {
    case .categories(let labels), .choice(let labels): (labels, dimension)
    case .text(let embeddings, _): (dimension, embeddings.columns)
    case .number: (1, dimension)
    }
  }
}
