/// `probex/train`: from a folder of labelled models to an expert that the library serves at once,
/// with progress.
package enum TrainMessage: RequestMessage {
  package static let method = "probex/train"
  package static let order = MethodOrder.concurrent
  package static let parameters: [ParameterName] = [
    .required("name"), .required("zoo"), .required("kind"), .optional("method"),
    .optional("layers"), .optional("labelKey"), .optional("tables"), .optional("tree"),
    .optional("seed"), .optional("errorRate"), .optional("calibrate"), .optional("epochs"),
    .optional("patience"), .optional("batch"), .optional("probes"), .optional("representation"),
    .optional("rate"), .optional("weightDecay"), .optional("centre"), .optional("inputScale"),
    .optional("autoScale"), .optional("temperature"), .optional("learnTemperature"),
    .optional("replace"),
  ]

  /// What to learn from, and how. What is absent the daemon chooses; for networks that is what the
  /// published code has.
  package struct Params: Codable, Sendable {
    /// Which answers an expert gives.
    package enum Kind: String, Codable, Sendable {
      /// One yes/no question for each label.
      case categories
      /// Cosines with texts.
      case text
      /// Exactly one label.
      case choice
      /// A number.
      case number
    }

    /// How an expert reads its layers.
    package enum Method: String, Codable, Sendable, CaseIterable {
      /// What did best on models that training did not see; in closed form.
      case best
      // Networks, trained by descent.
      case probex, mvprobe, dense, statnn
    }

    /// What the expert is called in the library.
    package var name: String
    /// A folder of models with the splits `train`, `val` and `test`, or a CSV or JSON-lines file.
    package var zoo: String
    /// Which answers it gives.
    package var kind: Kind
    /// How it reads its layers; absent: `best`.
    package var method: Method?
    /// The layers that it reads, under any of their names; absent: those that the models share, of
    /// which `best` chooses.
    package var layers: [String]?
    /// The header entry or column that holds a model's labels or number; absent:
    /// `dataset_chosen_targets`.
    package var labelKey: String?
    /// Text experts, required for them: text tables of the library that embed the labels; several
    /// are several prompts for each label.
    package var tables: [String]?
    /// Name of the Model Tree; absent: the last part of the base that the models declare.
    package var tree: String?
    /// Decides every choice by lot; absent: 0.
    package var seed: UInt64?
    /// The share of wrong answers that it keeps by saying when it does not know; 0 for an expert
    /// that always answers; absent: 0.05.
    package var errorRate: Double?
    /// Whether probabilities are made honest on the validation models; absent: true.
    package var calibrate: Bool?
    /// Passes over the training models; this and what follows down to `learnTemperature` is for
    /// networks.
    package var epochs: Int?
    /// Stop after so many epochs without a better one; absent: never.
    package var patience: Int?
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
    /// Whether the mean layer of the training models is taken away first; absent: false.
    package var centre: Bool?
    /// What layers are multiplied with first; absent: 1.
    package var inputScale: Double?
    /// Whether they are multiplied so that their numbers have a root mean square of 1 instead;
    /// absent: false.
    package var autoScale: Bool?
    /// Text experts: what cosines are divided by before the softmax, in the beginning if it is
    /// learnt; absent: 1, or 0.1 if it is learnt.
    package var temperature: Double?
    /// Text experts: whether the temperature is learnt too; absent: false.
    package var learnTemperature: Bool?
    /// Whether an expert of that name may be replaced; absent: false.
    package var replace: Bool?
  }
}
