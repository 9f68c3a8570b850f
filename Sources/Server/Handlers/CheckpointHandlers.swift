import JSON
import Library
import Messages
import Transport

/// `probex/inspect`.
func inspect(
  _ params: InspectMessage.Params, options: LibraryOptions
) throws -> InspectMessage.Result {
  try check(params.checkpoint, "checkpoint")
  return try wired { () throws(LibraryError) in
    InspectMessage.Result(try LibrarySnapshot.inspect(params.checkpoint, options: options))
  }
}

/// `probex/classify`.
func classify(
  _ params: ClassifyMessage.Params, _ snapshot: LibrarySnapshot, _ context: RequestContext
) throws -> ClassificationEntry {
  try check(params.checkpoint, "checkpoint")
  try check(top: params.top)
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
  for (place, name) in names.enumerated() { try check(name, "checkpoints[\(place)]") }
  try check(top: params.top)
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
  try check(params.checkpoint, "checkpoint")
  try context.checkCancellation()
  return try wired { () throws(LibraryError) in
    EmbedMessage.Result(try snapshot.embed(params.checkpoint, expert: params.expert))
  }
}

/// Refuses what can be no path, URI or Hub id.
private func check(
  _ checkpoint: String, _ parameter: @autoclosure () -> String
) throws(ResponseError) {
  if checkpoint.isEmpty {
    throw .invalidParams(parameter: parameter(), problem: "must not be empty")
  }
  if checkpoint.utf8.contains(0) {
    throw .invalidParams(parameter: parameter(), problem: "must not hold a NUL character")
  }
}

/// Refuses a number that is no count; the library refuses those below 1.
private func check(top: Int?) throws(ResponseError) {
  guard let top, top > Int(Int32.max) else { return }
  throw .invalidParams(parameter: "top", problem: "must not be more than \(Int32.max)")
}

/// Runs a question to the library; its errors become those of the wire.
func wired<Value>(_ body: () throws(LibraryError) -> Value) throws(ResponseError) -> Value {
  do throws(LibraryError) {
    return try body()
  } catch {
    throw error.wire
  }
}
