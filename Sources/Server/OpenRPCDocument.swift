import JSON

/// `Protocol/openrpc.json` as it was when this was compiled, so that what the daemon says of itself
/// and the file in the repository cannot drift apart.
enum OpenRPCDocument {
  /// The document. Costs a parse of it, a few milliseconds.
  static func value() throws(JSONError) -> JSONValue {
    try JSONValue.parse(SystemCalls.embeddedProtocol)
  }

  /// The methods of the daemon's own, sorted: everything described but the lifecycle of LSP.
  static let ownMethods: [String] = {
    let methods = (try? value())?["methods"]?.array ?? []
    return methods.compactMap { $0["name"]?.string }.filter { $0.contains("/") || $0.contains(".") }
      .sorted()
  }()
}
