import JSON
package import Library
import Messages

/// Results as the JSON texts that the wire carries, for commands that answer without a daemon: what
/// a script reads is the same either way.
package enum WireText {
  /// A list with one member for each checkpoint, as in the result of `probex/classifyBatch`.
  package static func classifications(
    _ names: [String], _ results: [Result<Classification, LibraryError>], pretty: Bool
  ) throws -> String {
    try text(zip(names, results).map { BatchEntry($0, $1) }, pretty: pretty)
  }

  /// One member of that list, on one line.
  package static func classification(
    _ name: String, _ result: Result<Classification, LibraryError>
  ) throws -> String {
    try text(BatchEntry(name, result), pretty: false)
  }

  /// The result of `probex/embed`.
  package static func embedding(_ embedding: Embedding) throws -> String {
    try text(EmbedMessage.Result(embedding), pretty: true)
  }

  /// The result of `probex/inspect`.
  package static func inspection(_ inspection: Inspection, pretty: Bool) throws -> String {
    try text(InspectMessage.Result(inspection), pretty: pretty)
  }

  private static func text(_ value: some Encodable, pretty: Bool) throws -> String {
    let bytes = try JSONCoder.encode(value).serialized(pretty: pretty)
    return String(decoding: bytes, as: UTF8.self)
  }
}
