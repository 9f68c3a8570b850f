/// `initialize`: opens an LSP session. Every other request waits until it is answered.
package enum Initialize: RequestMessage {
  package typealias Params = InitializeParams
  package typealias Result = InitializeResult

  /// The name on the wire.
  package static let method = "initialize"
  /// Nothing runs beside it.
  package static let order = MethodOrder.exclusive
  /// Those that the daemon makes use of; `params` is an object in LSP, but may be an array here.
  package static let parameters: [ParameterName] = [
    .optional("processId"), .optional("clientInfo"), .optional("trace"),
  ]
  /// A client sends many that a server does not know.
  package static let unknownParameters = UnknownParameters.ignored
}
