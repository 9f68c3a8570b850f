package import JSON

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

  /// Every checkpoint in the order of the request, and how many of them were answered.
  package struct Result: JSONConvertible, Sendable {
    /// One entry for each checkpoint of the request.
    package var results: [BatchEntry]
    /// How many entries are answers.
    package var answered: Int
    /// How many entries are failures.
    package var failed: Int

    package init(results: [BatchEntry], answered: Int, failed: Int) {
      self.results = results
      self.answered = answered
      self.failed = failed
    }

    package var json: JSONValue {
      .object(
        JSONObject(unique: [
          ("results", .array(results.map(\.json))), ("answered", .integer(Int64(answered))),
          ("failed", .integer(Int64(failed))),
        ]))
    }
  }
}

/// An answer or a failure in a batch.
package enum BatchEntry: JSONConvertible, Sendable {
  case answer(ClassificationEntry)
  /// The name as the request has it, and the error that the checkpoint alone would have got.
  case failure(checkpoint: String, ResponseError)

  package var json: JSONValue {
    switch self {
    case .answer(let entry): entry.json
    case .failure(let checkpoint, let error):
      .object(JSONObject(unique: [("checkpoint", .string(checkpoint)), ("error", error.json)]))
    }
  }
}
