/// `probex/classify`: what one checkpoint was trained on.
package enum ClassifyMessage: RequestMessage {
  package static let method = "probex/classify"
  package static let order = MethodOrder.concurrent
  package static let parameters: [ParameterName] = [
    .required("checkpoint"), .optional("expert"), .optional("table"), .optional("labels"),
    .optional("top"), .optional("threshold"),
  ]

  /// The checkpoint, and how to answer; what is absent the daemon chooses.
  package struct Params: Codable, Sendable {
    /// A path, a `file:` URI, or a Hub id `org/name[@revision]` in the local cache.
    package var checkpoint: String
    /// Name of the expert to ask; absent: the one that fits best.
    package var expert: String?
    /// Name of the text table to answer over; absent: the expert's own. -32602 for a category
    /// expert.
    package var table: String?
    /// The only labels to answer about, at least one; absent: all of the table or the expert.
    package var labels: [String]?
    /// At most so many labels, at least 1; absent: all.
    package var top: Int?
    /// Above which probability a label is a yes, 0…1; absent: the expert's own. -32602 for a text
    /// expert.
    package var threshold: Double?

    package init(checkpoint: String, top: Int? = nil) {
      self.checkpoint = checkpoint
      self.top = top
    }
  }

  /// One answer, with the labels best first.
  package typealias Result = ClassificationEntry
}
