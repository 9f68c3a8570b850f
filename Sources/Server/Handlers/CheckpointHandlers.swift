import JSON
import Library
import Messages
import Transport

/// `probex/inspect`.
func inspect(
  _ params: InspectMessage.Params, options: LibraryOptions
) throws -> InspectMessage.Result {
  try wired { () throws(LibraryError) in
    InspectMessage.Result(try LibrarySnapshot.inspect(params.checkpoint, options: options))
  }
}

/// `probex/classify`.
func classify(
  _ params: ClassifyMessage.Params, _ snapshot: LibrarySnapshot, _ context: RequestContext
) throws -> ClassificationEntry {
  let options = ClassifyOptions(
    expert: params.expert, table: params.table, labels: params.labels, top: params.top,
    threshold: params.threshold)
  return try wired { () throws(LibraryError) in
    let results = try snapshot.classify(
      [params.checkpoint], options, isCancelled: { context.isCancelled })
    return ClassificationEntry(try results[0].get())
  }
}

/// `probex/classifyBatch`.
func classifyBatch(
  _ params: ClassifyBatchMessage.Params, _ snapshot: LibrarySnapshot, _ context: RequestContext
) throws -> ClassifyBatchMessage.Result {
  let limit = 10_000
  let names = params.checkpoints
  guard names.count <= limit else {
    throw ResponseError(
      .invalidParams, message: "Invalid params",
      facts: [
        ("parameter", "checkpoints"),
        ("problem", .string("\(names.count) checkpoints are more than one request may name")),
        ("limit", .integer(Int64(limit))), ("remedy", "Send several requests."),
      ])
  }
  let options = ClassifyOptions(
    expert: params.expert, table: params.table, labels: params.labels, top: params.top,
    threshold: params.threshold)
  context.progress.begin(title: "Classifying \(names.count) checkpoints", percentage: 0)
  let results = try wired { () throws(LibraryError) in
    try snapshot.classify(
      names, options, progress: { context.progress.report(done: $0, of: names.count) },
      isCancelled: { context.isCancelled })
  }
  let entries = zip(names, results).map { BatchEntry($0, $1) }
  let failed = results.count { result in
    if case .failure = result { true } else { false }
  }
  return ClassifyBatchMessage.Result(
    results: entries, answered: entries.count - failed, failed: failed)
}

/// `probex/embed`.
func embed(
  _ params: EmbedMessage.Params, _ snapshot: LibrarySnapshot, _ context: RequestContext
) throws -> EmbedMessage.Result {
  try context.checkCancellation()
  return try wired { () throws(LibraryError) in
    EmbedMessage.Result(try snapshot.embed(params.checkpoint, expert: params.expert))
  }
}

/// Runs a question to the library; its errors become those of the wire.
private func wired<Value>(_ body: () throws(LibraryError) -> Value) throws(ResponseError) -> Value {
  do throws(LibraryError) {
    return try body()
  } catch {
    throw error.wire
  }
}
