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

    package init(label: String, score: Float, probability: Float, logit: Float?, decision: Bool?) {
      self.label = label
      self.score = score
      self.probability = probability
      self.logit = logit
      self.decision = decision
    }

    var json: JSONValue {
      let score = JSONValue(score)
      var members: [(name: String, value: JSONValue)] = [
        ("label", .string(label)), ("score", score),
        ("probability", probability == self.score ? score : JSONValue(probability)),
      ]
      if let logit { members.append(("logit", JSONValue(logit))) }
      if let decision { members.append(("decision", .bool(decision))) }
      return .object(JSONObject(unique: members))
    }
  }

  /// Name of the checkpoint as the request has it.
  package var checkpoint: String
  /// The file or folder that the name led to.
  package var path: String
  /// Name of the expert that answered.
  package var expert: String
  /// `categories` or `text`.
  package var kind: String
  /// The expert's Model Tree.
  package var tree: String
  /// Canonical name of the layer that was read.
  package var layer: String
  /// Text experts: name of the text table that the labels come from.
  package var table: String?
  /// Best first.
  package var labels: [Label]
  /// Category experts: the threshold of the decisions, 0…1.
  package var threshold: Double?
  /// How the expert was chosen.
  package var choice: ChoiceEntry
  /// What the user should know before believing the answer, whole sentences.
  package var warnings: [String]

  package init(
    checkpoint: String, path: String, expert: String, kind: String, tree: String, layer: String,
    table: String?, labels: [Label], threshold: Double?, choice: ChoiceEntry, warnings: [String]
  ) {
    self.checkpoint = checkpoint
    self.path = path
    self.expert = expert
    self.kind = kind
    self.tree = tree
    self.layer = layer
    self.table = table
    self.labels = labels
    self.threshold = threshold
    self.choice = choice
    self.warnings = warnings
  }

  package var json: JSONValue {
    var members: [(name: String, value: JSONValue)] = [
      ("checkpoint", .string(checkpoint)), ("path", .string(path)), ("expert", .string(expert)),
      ("kind", .string(kind)), ("tree", .string(tree)), ("layer", .string(layer)),
    ]
    if let table { members.append(("table", .string(table))) }
    members.append(("labels", .array(labels.map(\.json))))
    if let threshold { members.append(("threshold", .number(threshold))) }
    members.append(("choice", choice.json))
    members.append(("warnings", .strings(warnings)))
    return .object(JSONObject(unique: members))
  }
}

extension JSONValue {
  /// A list of strings.
  static func strings(_ strings: [String]) -> JSONValue { .array(strings.map(JSONValue.string)) }
}
