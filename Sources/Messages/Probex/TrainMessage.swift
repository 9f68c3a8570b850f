/// `probex/train`: from a folder of labelled models to an expert that the library serves at once,
/// with progress.
package enum TrainMessage: RequestMessage {
  package static let method = "probex/train"
  package static let order = MethodOrder.concurrent
  package static let parameters: [ParameterName] = [
    .required("name"), .required("zoo"), .required("kind"), .required("layer"),
    .optional("labelKey"), .optional("table"), .optional("temperature"), .optional("tree"),
    .optional("seed"), .optional("epochs"), .optional("batch"), .optional("probes"),
    .optional("representation"), .optional("rate"), .optional("weightDecay"),
    .optional("threads"), .optional("replace"),
  ]

  /// What to learn from, and how; what is absent is as the published code has it for that kind.
  package struct Params: Codable, Sendable {
    /// Which answers an expert gives.
    package enum Kind: String, Codable, Sendable {
      /// One yes/no question for each label.
      case categories
      /// Cosines with texts.
      case text
    }

    /// What the expert is called in the library.
    package var name: String
    /// A folder of models with the splits `train`, `val` and `test`, or a CSV or JSON-lines file.
    package var zoo: String
    /// Which answers it gives.
    package var kind: Kind
    /// The layer that it reads, under any of its names.
    package var layer: String
    /// The header entry or column that holds a model's labels; absent: `dataset_chosen_targets`.
    package var labelKey: String?
    /// Text experts: the text table of the library that embeds the labels; required for them.
    package var table: String?
    /// Text experts: what cosines are divided by before the softmax; absent: 1.
    package var temperature: Double?
    /// Name of the Model Tree; absent: the last part of the base that the models declare.
    package var tree: String?
    /// Decides every choice by lot; absent: 0.
    package var seed: UInt64?
    /// Passes over the training models.
    package var epochs: Int?
    /// Models of one step.
    package var batch: Int?
    /// r_U, and r_V beside it.
    package var probes: Int?
    /// r_T.
    package var representation: Int?
    /// Learning rate.
    package var rate: Double?
    /// Weight decay.
    package var weightDecay: Double?
    /// 1 or 2; absent: 1, which leaves the other processors to requests.
    package var threads: Int?
    /// Whether an expert of that name may be replaced; absent: not.
    package var replace: Bool?
  }

  /// The expert as the library serves it now, and how well it did.
  package struct Result: Encodable, Sendable {
    /// Models that were set apart for one purpose.
    package struct Split: Encodable, Sendable {
      /// `train`, `val` or `test`.
      package var split: String
      /// How many of its models were used.
      package var models: Int
      /// Categories: share of right yes/no answers; texts: of right first labels. 0…1.
      package var accuracy: Double

      package init(split: String, models: Int, accuracy: Double) {
        self.split = split
        self.models = models
        self.accuracy = accuracy
      }
    }

    /// As in `probex/experts`.
    package var expert: ExpertEntry
    /// In the order `train`, `val`, `test`; those without models are left out.
    package var splits: [Split]
    /// The epoch whose network was kept, the one that did best on `val`.
    package var bestEpoch: Int
    /// Models that were left out, each with its reason; mostly empty.
    package var skipped: [String]

    package init(expert: ExpertEntry, splits: [Split], bestEpoch: Int, skipped: [String]) {
      self.expert = expert
      self.splits = splits
      self.bestEpoch = bestEpoch
      self.skipped = skipped
    }
  }
}
