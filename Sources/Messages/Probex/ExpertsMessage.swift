package import JSON

/// `probex/experts`: the experts in memory, by name.
package enum ExpertsMessage: RequestMessage {
  package static let method = "probex/experts"
  package static let order = MethodOrder.sequential
  package static let parameters: [ParameterName] = []

  package typealias Params = NoParams

  package struct Result: Encodable, Sendable {
    package var experts: [ExpertEntry]

    package init(experts: [ExpertEntry]) { self.experts = experts }
  }
}

/// One expert as the wire shows it. Members that only one kind of expert has are left out for the
/// other; `table` and `training` are null where nothing is known.
package struct ExpertEntry: Encodable, Sendable {
  package struct Layer: Encodable, Sendable {
    package var name: String
    package var rows: Int
    package var columns: Int

    package init(name: String, rows: Int, columns: Int) {
      self.name = name
      self.rows = rows
      self.columns = columns
    }
  }

  package struct Network: Encodable, Sendable {
    package var type: String
    package var probes: Int
    package var projections: Int
    package var representation: Int

    package init(type: String, probes: Int, projections: Int, representation: Int) {
      self.type = type
      self.probes = probes
      self.projections = projections
      self.representation = representation
    }
  }

  package struct Encoder: Encodable, Sendable {
    package var name: String
    package var prompt: String
    package var normalised: Bool
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
    case categories(labels: [String], threshold: Double)
    case text(Encoder, table: String?, temperature: Double)
  }

  package var name: String
  package var kind: String
  package var tree: String
  package var bases: [String]
  package var layer: Layer
  package var input: String
  package var network: Network
  package var answers: Answers
  package var training: JSONObject?
  package var bytes: Int
  package var path: String

  package init(
    name: String, kind: String, tree: String, bases: [String], layer: Layer, input: String,
    network: Network, answers: Answers, training: JSONObject?, bytes: Int, path: String
  ) {
    self.name = name
    self.kind = kind
    self.tree = tree
    self.bases = bases
    self.layer = layer
    self.input = input
    self.network = network
    self.answers = answers
    self.training = training
    self.bytes = bytes
    self.path = path
  }

  private enum Key: String, CodingKey {
    case name, kind, tree, bases, layer, input, network, labels, threshold, encoder, table
    case temperature, training, bytes, path
  }

  package func encode(to encoder: any Swift.Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(name, forKey: .name)
    try members.encode(kind, forKey: .kind)
    try members.encode(tree, forKey: .tree)
    try members.encode(bases, forKey: .bases)
    try members.encode(layer, forKey: .layer)
    try members.encode(input, forKey: .input)
    try members.encode(network, forKey: .network)
    switch answers {
    case .categories(let labels, let threshold):
      try members.encode(labels, forKey: .labels)
      try members.encode(threshold, forKey: .threshold)
    case .text(let space, let table, let temperature):
      try members.encode(space, forKey: .encoder)
      try members.encode(table, forKey: .table)
      try members.encode(temperature, forKey: .temperature)
    }
    try members.encode(training.map(JSONValue.object) ?? .null, forKey: .training)
    try members.encode(bytes, forKey: .bytes)
    try members.encode(path, forKey: .path)
  }
}
