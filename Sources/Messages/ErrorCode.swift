/// The number of an error, with its name.
///
/// The codes of the daemon's own domain lie outside -32768…-32000, which JSON-RPC reserves, and
/// -32899…-32800, which LSP does. Those of checkpoints and the library stand in `Server`, which
/// knows both.
package struct ErrorCode: Sendable {
  /// The number on the wire.
  package let number: Int
  /// The name in `data.name`, by which people and programs can tell errors apart.
  package let name: String

  package init(_ number: Int, _ name: String) {
    self.number = number
    self.name = name
  }
}

extension ErrorCode: Hashable {
  package static func == (left: ErrorCode, right: ErrorCode) -> Bool { left.number == right.number }
  package func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

// JSON-RPC 2.0, section 5.1, and LSP 3.17, "Error codes".
extension ErrorCode {
  /// The bytes were no JSON.
  package static let parseError = ErrorCode(-32700, "parseError")
  /// The JSON was no request object, or came where it may not come.
  package static let invalidRequest = ErrorCode(-32600, "invalidRequest")
  /// There is no such method.
  package static let methodNotFound = ErrorCode(-32601, "methodNotFound")
  /// The method exists, its parameters were wrong.
  package static let invalidParams = ErrorCode(-32602, "invalidParams")
  /// A fault of the daemon.
  package static let internalError = ErrorCode(-32603, "internalError")
  /// A request came before `initialize`.
  package static let serverNotInitialized = ErrorCode(-32002, "serverNotInitialized")
  /// The client cancelled the request.
  package static let requestCancelled = ErrorCode(-32800, "requestCancelled")
}

extension ErrorCode {
  /// So many requests of this kind wait already that another one is not taken.
  package static let busy = ErrorCode(1201, "busy")
}
