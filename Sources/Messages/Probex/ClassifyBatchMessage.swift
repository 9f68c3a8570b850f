/// `probex/classifyBatch`: what many checkpoints were trained on, with progress; one that fails is
/// an error in its own place.
package enum ClassifyBatchMessage: RequestMessage {
  package static let method = "probex/classifyBatch"
  package static let order = MethodOrder.concurrent
  package static let parameters: [ParameterName] = [
    .required("checkpoints"), .optional("expert"), .optional("table"), .optional("labels"),
    .optional("top"), .optional("threshold"),
  ]

  package struct Params: Codable, Sendable {
    package var checkpoints: [String]
    package var expert: String?
    package var table: String?
    package var labels: [String]?
    package var top: Int?
    package var threshold: Double?

    package init(checkpoints: [String]) { self.checkpoints = checkpoints }
  }

  package struct Result: Encodable, Sendable {
    package var results: [BatchEntry]
    package var answered: Int
    package var failed: Int

    package init(results: [BatchEntry], answered: Int, failed: Int) {
      self.results = results
      self.answered = answered
      self.failed = failed
    }
  }
}

/// An answer or a failure in a batch.
package enum BatchEntry: Encodable, Sendable {
  case answer(ClassificationEntry)
  case failure(checkpoint: String, ResponseError)

  private enum Key: String, CodingKey { case checkpoint, error }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .answer(let entry): try entry.encode(to: encoder)
    case .failure(let checkpoint, let error):
      var members = encoder.container(keyedBy: Key.self)
      try members.encode(checkpoint, forKey: .checkpoint)
      try members.encode(error, forKey: .error)
    }
  }
}
