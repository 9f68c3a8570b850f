import CProbex
import JSON

/// `Protocol/openrpc.json` as it was when this was compiled, so that what the daemon says of itself
/// and the file in the repository cannot drift apart.
enum OpenRPCDocument {
  /// The document.
  static func value() throws(JSONError) -> JSONValue {
    var count = 0
    guard let start = unsafe probex_openrpc(&count) else { return nil }
    return try unsafe JSONValue.parse(UnsafeBufferPointer(start: start, count: count))
  }

  /// The methods of the daemon's own, sorted: everything described but the lifecycle of LSP.
  static let ownMethods: [String] = {
    let methods = (try? value())?["methods"]?.array ?? []
    return methods.compactMap { $0["name"]?.string }.filter { $0.contains("/") || $0.contains(".") }
      .sorted()
  }()
}
