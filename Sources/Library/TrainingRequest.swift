/// What an expert is trained from, and how.
package struct TrainingRequest: Sendable, Equatable {
  /// Which answers the expert gives.
  package enum Kind: Sendable, Equatable {
    /// Yes/no questions, one for each label that occurs in the training models.
    case categories
    /// Cosines with texts: path of the text table that embeds the labels, and the softmax
    /// temperature.
    case text(table: String, temperature: Double)
  }

  /// A folder of models with the splits `train`, `val` and `test`, or a CSV or JSON-lines file.
  package var zoo: String
  package var kind: Kind
  /// The layer that the expert reads, under any of its names.
  package var layer: String
  /// The header entry or column that holds a model's label or labels.
  package var labelKey: String
  /// Where the expert is written.
  package var output: String
  /// Name of the Model Tree; `nil` takes the last part of the base that the models declare.
  package var tree: String?
  /// Decides the start of every tensor and the order of the models.
  package var seed: UInt64
  /// Passes over the training models.
  package var epochs: Int
  /// Models of one step.
  package var batch: Int
  /// r_U, and r_V beside it.
  package var probes: Int
  /// r_T.
  package var representation: Int
  /// Learning rate of Adam.
  package var rate: Double
  /// Weight decay of Adam, added to the gradient.
  package var weightDecay: Double
  /// 1 or 2; the expert does not depend on it.
  package var threads: Int

  /// A request with the defaults of the published code for that kind.
  package init(zoo: String, kind: Kind, layer: String, labelKey: String, output: String) {
    self.zoo = zoo
    self.kind = kind
    self.layer = layer
    self.labelKey = labelKey
    self.output = output
    seed = 0
    batch = 128
    probes = 128
    representation = 128
    threads = 1
    switch kind {
    case .categories: (epochs, rate, weightDecay) = (200, 1e-3, 1e-5)
    case .text: (epochs, rate, weightDecay) = (100, 2e-3, 0)
    }
  }
}

/// How far a training request has come.
package enum TrainingStep: Sendable, Equatable {
  /// Headers of the zoo are read: so many of so many.
  case zoo(Int, of: Int)
  /// Layers are read: so many of so many.
  case layers(Int, of: Int)
  /// An epoch is done: mean loss of its batches, accuracy on the validation models, and the best
  /// accuracy so far.
  case epoch(Int, of: Int, loss: Double, accuracy: Double, best: Double)
}

/// What came of a training request.
package struct TrainingReport: Sendable, Equatable {
  /// The expert's file.
  package let path: String
  /// Models of each split that were used.
  package let models: [String: Int]
  /// Models that were left out, each with its reason.
  package let skipped: [String]
  /// Labels that the expert knows.
  package let labels: Int
  /// The epoch whose network was kept.
  package let bestEpoch: Int
  /// By split name; categories: share of right yes/no answers, text: share of right first labels.
  package let accuracy: [String: Double]
}
