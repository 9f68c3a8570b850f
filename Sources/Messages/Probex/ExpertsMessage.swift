package import JSON

/// `probex/experts`: the experts in memory, by name.
package enum ExpertsMessage: RequestMessage {
  package static let method = "probex/experts"
  package static let order = MethodOrder.sequential
  package static let parameters: [ParameterName] = []

  /// It has no parameters.
  package typealias Params = NoParams

  /// The experts that were loaded; those that were not are problems in `probex/status`.
  package struct Result: Encodable, Sendable {
    /// By name.
    package var experts: [ExpertEntry]

    package init(experts: [ExpertEntry]) { self.experts = experts }
  }
}

/// One expert as the wire shows it. Members that only one kind of expert has are left out for the
/// other; `table` and `training` are null where nothing is known.
package struct ExpertEntry: Encodable, Sendable {
  /// The weight matrix that an expert reads.
  package struct Layer: Encodable, Sendable {
    /// Canonical: without wrapper prefixes and without `.weight`.
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

  /// The sizes of an expert's network.
  package struct Network: Encodable, Sendable {
    /// Its architecture: `probex`, `mvprobe`, ….
    package var type: String
    /// r_U, vectors that the layer is multiplied with.
    package var probes: Int
    /// r_V, numbers that are kept of each probe's response.
    package var projections: Int
    /// r_T, numbers in a representation.
    package var representation: Int

    package init(type: String, probes: Int, projections: Int, representation: Int) {
      self.type = type
      self.probes = probes
      self.projections = projections
      self.representation = representation
    }
  }

  /// One network of an expert and the layer that it reads.
  package struct Member: Encodable, Sendable {
    /// The layer that it reads.
    package var layer: Layer
    /// The network that answers.
    package var network: Network
    /// Its part of the whole answer; the shares of all members add up to 1.
    package var share: Double

    package init(layer: Layer, network: Network, share: Double) {
      self.layer = layer
      self.network = network
      self.share = share
    }
  }

  /// What probabilities are taken of: `slope · logit + intercept`.
  package struct Calibration: Encodable, Sendable {
    /// Positive.
    package var slope: Double
    /// Added after the slope.
    package var intercept: Double

    package init(slope: Double, intercept: Double) {
      self.slope = slope
      self.intercept = intercept
    }
  }

  /// When an expert says that it does not know.
  package struct Abstention: Encodable, Sendable {
    /// The confidence below which it does, 0…1.
    package var below: Double
    /// The share of wrong answers among those given that it aims at, 0…1.
    package var errorRate: Double

    package init(below: Double, errorRate: Double) {
      self.below = below
      self.errorRate = errorRate
    }
  }

  /// How texts must be embedded for an expert.
  package struct Encoder: Encodable, Sendable {
    /// The text encoder, as its publisher writes it.
    package var name: String
    /// What is embedded for a label; `{label}` stands for it.
    package var prompt: String
    /// Whether embeddings have length 1.
    package var normalised: Bool
    /// Numbers in one embedding.
    package var dimension: Int

    package init(name: String, prompt: String, normalised: Bool, dimension: Int) {
      self.name = name
      self.prompt = prompt
      self.normalised = normalised
      self.dimension = dimension
    }
  }

  /// What the kind of the expert adds.
  package enum Answers: Sendable {
    /// One yes/no question for each label; yes above the threshold, 0…1.
    case categories(labels: [String], threshold: Double)
    /// Texts by cosine; `table` is the one it answers over when none is asked for, and the softmax
    /// has the temperature, above 0.
    case text(Encoder, table: String?, temperature: Double)
    /// Exactly one of the labels.
    case choice(labels: [String])
    /// A number, by the name that the training models gave it; whether its logarithm was learnt.
    case number(property: String, isLogarithmic: Bool)
  }

  /// Its file's name without `.safetensors`.
  package var name: String
  /// `categories`, `text`, `choice` or `number`.
  package var kind: String
  /// The Model Tree that it was trained on.
  package var tree: String
  /// Models that its tree grew from; a checkpoint that declares one of them belongs to it.
  package var bases: [String]
  /// Its networks, at least one; `layer` and `network` on the wire are those of the first.
  package var members: [Member]
  /// What it was trained on: `full` (whole matrices), `lora` (LoRA changes) or `any`.
  package var input: String
  /// What it answers with.
  package var answers: Answers
  /// `nil`, on the wire absent, for logits as they were trained.
  package var calibration: Calibration?
  /// `nil`, on the wire absent, for an expert that always answers.
  package var abstention: Abstention?
  /// What is known of its training; `nil`, on the wire null, when nothing is.
  package var training: JSONObject?
  /// Bytes that its numbers occupy in memory, projected text tables included.
  package var bytes: Int
  /// The file that it was loaded from.
  package var path: String

  package init(
    name: String, kind: String, tree: String, bases: [String], members: [Member], input: String,
    answers: Answers, calibration: Calibration?, abstention: Abstention?, training: JSONObject?,
    bytes: Int, path: String
  ) {
    self.name = name
    self.kind = kind
    self.tree = tree
    self.bases = bases
    self.members = members
    self.input = input
    self.answers = answers
    self.calibration = calibration
    self.abstention = abstention
    self.training = training
    self.bytes = bytes
    self.path = path
  }

  private enum Key: String, CodingKey {
    case name, kind, tree, bases, layer, input, network, labels, threshold, encoder, table
    case temperature, property, logarithmic, members, calibration, abstention, training, bytes
    case path
  }

  package func encode(to encoder: any Swift.Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(name, forKey: .name)
    try members.encode(kind, forKey: .kind)
    try members.encode(tree, forKey: .tree)
    try members.encode(bases, forKey: .bases)
    try members.encode(self.members[0].layer, forKey: .layer)
    try members.encode(input, forKey: .input)
    try members.encode(self.members[0].network, forKey: .network)
    if self.members.count > 1 { try members.encode(self.members, forKey: .members) }
    switch answers {
    case .categories(let labels, let threshold):
      try members.encode(labels, forKey: .labels)
      try members.encode(threshold, forKey: .threshold)
    case .text(let space, let table, let temperature):
      try members.encode(space, forKey: .encoder)
      try members.encode(table, forKey: .table)
      try members.encode(temperature, forKey: .temperature)
    case .choice(let labels):
      try members.encode(labels, forKey: .labels)
    case .number(let property, let isLogarithmic):
      try members.encode(property, forKey: .property)
      try members.encode(isLogarithmic, forKey: .logarithmic)
    }
    try members.encodeIfPresent(calibration, forKey: .calibration)
    try members.encodeIfPresent(abstention, forKey: .abstention)
    try members.encode(training.map(JSONValue.object) ?? .null, forKey: .training)
    try members.encode(bytes, forKey: .bytes)
    try members.encode(path, forKey: .path)
  }
}
