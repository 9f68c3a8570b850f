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

  /// The checkpoints, and how to answer about all of them: as in `probex/classify`.
  package struct Params: Codable, Sendable {
    /// At most 10,000; answered in this order. A name that stands here twice is read once.
    package var checkpoints: [String]
    /// Name of the expert to ask about every checkpoint; absent: for each the one that fits best.
    package var expert: String?
    /// Name of the text table to answer over; absent: the expert's own.
    package var table: String?
    /// The only labels to answer about, at least one; absent: all of the table or the expert.
    package var labels: [String]?
    /// At most so many labels for each checkpoint, at least 1; absent: all.
    package var top: Int?
    /// Above which probability a label is a yes, 0…1; absent: the expert's own.
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
