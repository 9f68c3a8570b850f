/// `probex/classify`: what one checkpoint was trained on.
package enum ClassifyMessage: RequestMessage {
  package static let method = "probex/classify"
  package static let order = MethodOrder.concurrent
  package static let parameters: [ParameterName] = [
    .required("checkpoint"), .optional("expert"), .optional("table"), .optional("labels"),
    .optional("top"), .optional("threshold"),
  ]

  package struct Params: Codable, Sendable {
    package var checkpoint: String
    package var expert: String?
    package var table: String?
    package var labels: [String]?
    package var top: Int?
    package var threshold: Double?

    package init(checkpoint: String, top: Int? = nil) {
      self.checkpoint = checkpoint
      self.top = top
    }
  }

  package typealias Result = ClassificationEntry
}

/// How the expert of an answer was chosen.
package struct ChoiceEntry: Codable, Sendable {
  package var reason: String
  package var evidence: [String]
  package var declaredBases: [String]
  package var alternatives: [String]

  package init(
    reason: String, evidence: [String], declaredBases: [String], alternatives: [String]
  ) {
    self.reason = reason
    self.evidence = evidence
    self.declaredBases = declaredBases
    self.alternatives = alternatives
  }
}

/// One answer as the wire shows it. Members that only one kind of expert has are left out for the
/// other.
package struct ClassificationEntry: Codable, Sendable {
  package struct Label: Codable, Sendable {
    package var label: String
    package var score: Float
    package var probability: Float
    package var logit: Float?
    package var decision: Bool?

    package init(label: String, score: Float, probability: Float, logit: Float?, decision: Bool?) {
      self.label = label
      self.score = score
      self.probability = probability
      self.logit = logit
      self.decision = decision
    }
  }

  package var checkpoint: String
  package var path: String
  package var expert: String
  package var kind: String
  package var tree: String
  package var layer: String
  package var table: String?
  package var labels: [Label]
  package var threshold: Double?
  package var choice: ChoiceEntry
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
}
