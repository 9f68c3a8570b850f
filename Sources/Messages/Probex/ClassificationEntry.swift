package import JSON

/// How the expert of an answer was chosen.
package struct ChoiceEntry: JSONConvertible, Sendable {
  /// One sentence for a person.
  package var reason: String
  /// What speaks for the expert: `layer`, `shape`, `input`, `base`.
  package var evidence: [String]
  /// The bases that the checkpoint declares, as it writes them.
  package var declaredBases: [String]
  /// Names of other experts that fit, best first.
  package var alternatives: [String]

  package init(
    reason: String, evidence: [String], declaredBases: [String], alternatives: [String]
  ) {
    self.reason = reason
    self.evidence = evidence
    self.declaredBases = declaredBases
    self.alternatives = alternatives
  }

  package var json: JSONValue {
    .object(
      JSONObject(unique: [
        ("reason", .string(reason)), ("evidence", .strings(evidence)),
        ("declaredBases", .strings(declaredBases)), ("alternatives", .strings(alternatives)),
      ]))
  }
}

/// One answer about one checkpoint. Members that only one kind of expert has are left out for the
/// other.
package struct ClassificationEntry: JSONConvertible, Sendable {
  /// One label with what speaks for it.
  package struct Label: Sendable {
    /// As the expert or its text table writes it.
    package var label: String
    /// What labels are ordered by: the probability of a category, the cosine with a text.
    package var score: Float
    /// 0…1: of a category its own, of a text its share among the texts that were asked about.
    package var probability: Float
    /// Category experts: what the probability is the sigmoid of.
    package var logit: Float?
    /// Category experts: whether the probability exceeds the threshold.
    package var decision: Bool?
    /// Category experts that abstain: whether the probability lies within what they call unsure.
    package var unsure: Bool?

    package init(
      label: String, score: Float, probability: Float, logit: Float?, decision: Bool?,
      unsure: Bool?
    ) {
      self.label = label
      self.score = score
      self.probability = probability
      self.logit = logit
      self.decision = decision
      self.unsure = unsure
    }

    var json: JSONValue {
      let score = JSONValue(score)
      var members: [(name: String, value: JSONValue)] = [
        ("label", .string(label)), ("score", score),
        ("probability", probability == self.score ? score : JSONValue(probability)),
      ]
      if let logit { members.append(("logit", JSONValue(logit))) }
      if let decision { members.append(("decision", .bool(decision))) }
      if let unsure { members.append(("unsure", .bool(unsure))) }
      return .object(JSONObject(unique: members))
    }
  }

  /// What a number expert answers with.
  package struct Number: Sendable {
    /// What the number is, as the training models called it.
    package var property: String
    /// The answer.
    package var value: Double
    /// One root mean square error of the validation models below and above.
    package var low: Double
    package var high: Double

    package init(property: String, value: Double, low: Double, high: Double) {
      self.property = property
      self.value = value
      self.low = low
      self.high = high
    }

    var json: JSONValue {
      .object(
        JSONObject(unique: [
          ("property", .string(property)), ("value", .number(value)), ("low", .number(low)),
          ("high", .number(high)),
        ]))
    }
  }

  /// Name of the checkpoint as the request has it.
  package var checkpoint: String
  /// The file or folder that the name led to.
  package var path: String
  /// Name of the expert that answered.
  package var expert: String
  /// `categories`, `text`, `choice` or `number`.
  package var kind: String
  /// The expert's Model Tree.
  package var tree: String
  /// Canonical name of the layer that was read; of several the first.
  package var layer: String
  /// Every layer that was read; on the wire only where there are several.
  package var layers: [String]
  /// Text experts: name of the text table that the labels come from.
  package var table: String?
  /// Best first.
  package var labels: [Label]
  /// Category experts: the threshold of the decisions, 0…1.
  package var threshold: Double?
  /// Number experts: the answer.
  package var number: Number?
  /// Text and choice experts that abstain: whether the best label is too unsure to be believed.
  package var abstains: Bool?
  /// How the expert was chosen.
  package var choice: ChoiceEntry
  /// What the user should know before believing the answer, whole sentences.
  package var warnings: [String]

  package init(
    checkpoint: String, path: String, expert: String, kind: String, tree: String, layer: String,
    layers: [String], table: String?, labels: [Label], threshold: Double?, number: Number?,
    abstains: Bool?, choice: ChoiceEntry, warnings: [String]
  ) {
    self.checkpoint = checkpoint
    self.path = path
    self.expert = expert
    self.kind = kind
    self.tree = tree
    self.layer = layer
    self.layers = layers
    self.table = table
    self.labels = labels
    self.threshold = threshold
    self.number = number
    self.abstains = abstains
    self.choice = choice
    self.warnings = warnings
  }

  package var json: JSONValue {
    var members: [(name: String, value: JSONValue)] = [
      ("checkpoint", .string(checkpoint)), ("path", .string(path)), ("expert", .string(expert)),
      ("kind", .string(kind)), ("tree", .string(tree)), ("layer", .string(layer)),
    ]
    if layers.count > 1 { members.append(("layers", .strings(layers))) }
    if let table { members.append(("table", .string(table))) }
    members.append(("labels", .array(labels.map(\.json))))
    if let threshold { members.append(("threshold", .number(threshold))) }
    if let number { members.append(("number", number.json)) }
    if let abstains { members.append(("abstains", .bool(abstains))) }
    members.append(("choice", choice.json))
    members.append(("warnings", .strings(warnings)))
    return .object(JSONObject(unique: members))
  }
}

extension JSONValue {
  /// A list of strings.
  static func strings(_ strings: [String]) -> JSONValue { .array(strings.map(JSONValue.string)) }
}
