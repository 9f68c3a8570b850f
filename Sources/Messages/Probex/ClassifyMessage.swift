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
