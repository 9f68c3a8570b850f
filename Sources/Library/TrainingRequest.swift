/// What an expert is trained from, and how.
package struct TrainingRequest: Sendable, Equatable {
  /// Which answers the expert gives.
  package enum Kind: Sendable, Equatable {
    /// Yes/no questions, one for each label that occurs in the training models.
    case categories
    /// Cosines with texts: paths of the text tables that embed the labels. Several tables of one
    /// text encoder are several prompts for each label, whose embeddings are averaged.
    case text(tables: [String])
    /// Exactly one of the labels that occur in the training models.
    case choice
    /// A number.
    case number
  }

  /// How the expert reads its layers.
  package enum Method: String, Sendable, CaseIterable {
    /// What did best on models and labels that training did not see: `LogGram` for categories,
    /// choices and numbers, `DirectionReader` for texts; both in closed form, in seconds.
    case best
    /// ProbeX as published.
    case probeX = "probex"
    /// MVProbe as published.
    case mvProbe = "mvprobe"
    /// A linear reader of every weight, as a baseline.
    case dense
    /// A reader of the weights' statistics, as a baseline.
    case statNN = "statnn"
  }

  /// What cosines are divided by in training.
  package enum Temperature: Sendable, Equatable {
    /// This throughout; 1 is none.
    case fixed(Double)
    /// What becomes of this when it is trained with the network.
    case learned(from: Double)
  }

  /// What a layer is multiplied with before a network sees it.
  package enum InputScale: Sendable, Equatable {
    case fixed(Double)
    /// So that the training models' numbers have a root mean square of 1.
    case automatic
  }

  /// A folder of models with the splits `train`, `val` and `test`, or a CSV or JSON-lines file.
  package var zoo: String
  package var kind: Kind
  package var method: Method
  /// The layers to read, under any of their names; empty: those that all models share, of which the
  /// method `best` chooses and any other takes the only one.
  package var layers: [String]
  /// The header entry or column that holds a model's label or labels.
  package var labelKey: String
  /// Where the expert is written.
  package var output: String
  /// Name of the Model Tree; `nil` takes the last part of the base that the models declare.
  package var tree: String?
  /// Decides the start of every tensor, the order of the models, and which labels are held out
  /// together.
  package var seed: UInt64
  /// Passes over the training models; networks only, like what follows down to `temperature`.
  package var epochs: Int
  /// Networks stop after so many epochs without a better one; `nil` for never.
  package var patience: Int?
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
  /// Whether the mean layer of the training models is taken away first; whole matrices only.
  package var isCentred: Bool
  package var inputScale: InputScale
  package var temperature: Temperature
  /// Whether probabilities are made honest on the validation models.
  package var isCalibrated: Bool
  /// The share of wrong answers that the expert keeps by saying when it does not know; `nil` for an
  /// expert that always answers.
  package var errorRate: Double?
  /// 1 or 2; the expert does not depend on it.
  package var threads: Int

  /// A request with the defaults of the published code for that kind, but for the method, which is
  /// the best.
  package init(zoo: String, kind: Kind, layers: [String], labelKey: String, output: String) {
    self.zoo = zoo
    self.kind = kind
    self.layers = layers
    self.labelKey = labelKey
    self.output = output
    method = .best
    seed = 0
    batch = 128
    probes = 128
    representation = 128
    threads = 1
    isCentred = false
    inputScale = .fixed(1)
    temperature = .fixed(1)
    isCalibrated = true
    switch kind {
    case .text: (epochs, rate, weightDecay) = (100, 2e-3, 0)
    default: (epochs, rate, weightDecay) = (200, 1e-3, 1e-5)
    }
  }
}

/// How far a training request has come.
package enum TrainingStep: Sendable, Equatable {
  /// Headers of the zoo are read: so many of so many.
  case zoo(Int, of: Int)
  /// Models' layers are read: so many of so many.
  case layers(Int, of: Int)
  /// A closed-form method works on a layer: so many of so many.
  case fitting(layer: String, Int, of: Int)
  /// An epoch is done: mean loss of its batches, accuracy on the validation models, and the best
  /// accuracy so far.
  case epoch(Int, of: Int, loss: Double, accuracy: Double, best: Double)
}

/// What came of a training request.
package struct TrainingReport: Sendable, Equatable {
  /// The expert's file.
  package let path: String
  /// `categories`, `text`, `choice` or `number`.
  package let kind: String
  /// Each member: its network and its layer.
  package let members: [Member]
  /// Models that were left out, each with its reason.
  package let skipped: [String]
  /// Labels that the expert knows; 0 for a number.
  package let labels: Int
  /// How it does on `train`, `val` and `test`, those that have models.
  package let splits: [SplitVerdict]
  /// Text experts of the best method: share of right answers about labels held out of training, a
  /// quarter at a time, among those held out with them; `nil` with fewer than eight labels.
  package let zeroShot: Double?

  /// One network of the expert.
  package struct Member: Sendable, Equatable {
    /// `probex`, `mvprobe`, `loggram`, …
    package let network: String
    package let layer: String
    /// The epoch whose network was kept; `nil` where none was trained by descent.
    package let bestEpoch: Int?
  }
}

/// How right an expert is on the models of one split.
package struct SplitVerdict: Sendable, Equatable {
  /// `train`, `val`, `test`, `val_holdout`, `test_holdout`.
  package let split: String
  package let models: Int
  /// Categories: share of right yes/no answers. Texts and choices: share of models whose first
  /// label is right. Numbers: the coefficient of determination, R².
  package let accuracy: Double
  /// Expected calibration error of the probabilities, 0…1; `nil` for numbers.
  package let calibrationError: Double?
  /// Experts that abstain: the share of answers they give, and of wrong ones among those.
  package let answered: Double?
  package let errorAnswered: Double?
  /// Numbers only: mean absolute error in the number's own unit, and Kendall's τ-b between what was
  /// said and what is so, −1…1.
  package let absoluteError: Double?
  package let rankCorrelation: Double?
}
