package import Checkpoints
package import JSON

/// What an expert says about itself: everything that is needed to use it and that its tensors do
/// not show.
package struct ExpertFacts: Sendable, Equatable {
  /// The layer that the expert reads.
  package struct LayerShape: Sendable, Equatable {
    /// Canonical name (`LayerName.canonical`).
    package var name: String
    /// d_H.
    package var rows: Int
    /// d_W.
    package var columns: Int

    package init(name: String, rows: Int, columns: Int) {
      self.name = name
      self.rows = rows
      self.columns = columns
    }
  }

  /// One layer that the expert reads, and with what.
  package struct Reading: Sendable, Equatable {
    /// The layer that it reads.
    package var layer: LayerShape
    /// The network that reads it.
    package var network: NetworkKind
    /// What the layer is multiplied with before the network sees it.
    package var inputScale: Float
    /// Whether each layer is divided by its own norm first (`InputPreparation`).
    package var isNormalised: Bool
    /// Whether the mean layer of the training models is taken away first; it is a tensor of the
    /// file then.
    package var isCentred: Bool
    /// How much the member counts in the whole answer; positive.
    package var weight: Float

    package init(
      layer: LayerShape, network: NetworkKind = .probeX, inputScale: Float = 1,
      isNormalised: Bool = false, isCentred: Bool = false, weight: Float = 1
    ) {
      self.layer = layer
      self.network = network
      self.inputScale = inputScale
      self.isNormalised = isNormalised
      self.isCentred = isCentred
      self.weight = weight
    }
  }

  /// Which form of the layer the expert was trained on.
  package enum Input: String, Sendable, CaseIterable {
    /// Whole matrices of fine-tuned models.
    case full
    /// The change ΔW that a LoRA adapter makes.
    case lora
    /// Not said; both are accepted.
    case any
  }

  /// How text becomes an embedding for a text expert.
  package struct TextSpace: Sendable, Equatable {
    /// Name of the text encoder, as its publisher writes it.
    package var encoder: String
    /// What is embedded for a label; `{label}` stands for it.
    package var prompt: String
    /// Whether embeddings have length 1 before the expert projects them.
    package var normalised: Bool
    /// d_text.
    package var dimension: Int

    package init(encoder: String, prompt: String, normalised: Bool, dimension: Int) {
      self.encoder = encoder
      self.prompt = prompt
      self.normalised = normalised
      self.dimension = dimension
    }
  }

  /// What the expert answers with.
  package enum Output: Sendable, Equatable {
    /// One yes/no question per label; yes where the probability exceeds the threshold.
    case categories(labels: [String], threshold: Float)
    /// Cosines with texts; probabilities are the softmax of `cosine / temperature`. `table` is the
    /// text table it answers over when the request names none.
    case text(TextSpace, temperature: Float, table: String?)
    /// Exactly one of the labels; probabilities are the softmax of the logits.
    case choice(labels: [String])
    /// A number.
    case number(NumberScale)
  }

  /// How an output of the network becomes a number with a meaning: `mean + deviation · output`, and
  /// ten to the power of that where it is logarithmic.
  package struct NumberScale: Sendable, Equatable {
    /// What the number is, as the training models' headers call it: `lr`, `train_accuracy`.
    package var property: String
    /// What an output of 0 means.
    package var mean: Float
    /// Positive.
    package var deviation: Float
    /// Whether the decimal logarithm was learnt; for numbers that vary by factors, such as
    /// learning rates.
    package var isLogarithmic: Bool
    /// Root of the mean square error on the validation models, in units of `deviation`; an answer's
    /// interval is one such error to each side.
    package var error: Float

    package init(
      property: String, mean: Float, deviation: Float, isLogarithmic: Bool, error: Float
    ) {
      self.property = property
      self.mean = mean
      self.deviation = deviation
      self.isLogarithmic = isLogarithmic
      self.error = error
    }
  }

  /// What makes probabilities of logits honest: the sigmoid or the softmax is taken of
  /// `slope · logit + intercept` (Platt scaling; a temperature is a slope without an intercept).
  package struct Calibration: Sendable, Equatable {
    /// Positive, so that no order changes.
    package var slope: Float
    /// Added after the slope.
    package var intercept: Float

    /// As trained.
    package static let none = Calibration(slope: 1, intercept: 0)

    package init(slope: Float, intercept: Float) {
      self.slope = slope
      self.intercept = intercept
    }
  }

  /// When the expert says that it does not know.
  package struct Abstention: Sendable, Equatable {
    /// The confidence below which an answer is withheld, 0…1: of a yes/no question the probability
    /// of its likelier side, otherwise the probability of the best label.
    package var below: Float
    /// The share of wrong answers among those that were given, which the validation models kept.
    package var errorRate: Float

    package init(below: Float, errorRate: Float) {
      self.below = below
      self.errorRate = errorRate
    }
  }

  /// Name of the Model Tree.
  package var tree: String
  /// Hub ids of the tree's root as checkpoints declare it; may be empty.
  package var bases: [String]
  /// The members of the expert, at least one: each reads a layer, and their answers are added up by
  /// their weights.
  package var readings: [Reading]
  package var input: Input
  /// Whether a LoRA's own scale is applied; the published code ignored it.
  package var loraScaling: LoRAScaling
  package var output: Output
  package var calibration: Calibration
  /// `nil` when every answer is given.
  package var abstention: Abstention?
  /// How it was trained and how well it did, as free JSON; `nil` when nobody said.
  package var training: JSONObject?

  /// Facts of an expert with the given members.
  package init(
    tree: String, bases: [String], readings: [Reading], input: Input,
    loraScaling: LoRAScaling = .apply, output: Output, calibration: Calibration = .none,
    abstention: Abstention? = nil, training: JSONObject? = nil
  ) {
    precondition(!readings.isEmpty, "an expert reads at least one layer")
    self.tree = tree
    self.bases = bases
    self.readings = readings
    self.input = input
    self.loraScaling = loraScaling
    self.output = output
    self.calibration = calibration
    self.abstention = abstention
    self.training = training
  }

  /// Facts of an expert as the published code trains it: one ProbeX network that reads one layer.
  package init(
    tree: String, bases: [String], layer: LayerShape, input: Input, inputScale: Float = 1,
    loraScaling: LoRAScaling = .apply, output: Output, training: JSONObject? = nil
  ) {
    self.init(
      tree: tree, bases: bases, readings: [Reading(layer: layer, inputScale: inputScale)],
      input: input, loraScaling: loraScaling, output: output, training: training)
  }

  /// The layer of the first member.
  package var layer: LayerShape { readings[0].layer }

  /// The layers that are read, each once, in the order of the members.
  package var layers: [LayerShape] {
    var seen: Set<String> = []
    return readings.map(\.layer).filter { seen.insert($0.name).inserted }
  }
}
