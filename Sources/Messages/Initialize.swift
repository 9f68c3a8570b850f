/// `initialize`: opens an LSP session. Every other request waits until it is answered.
package enum Initialize: RequestMessage {
  package typealias Params = InitializeParams
  package typealias Result = InitializeResult

  package static let method = "initialize"
  package static let order = MethodOrder.exclusive
  package static let parameters: [ParameterName] = [
    .optional("processId"), .optional("clientInfo"), .optional("trace"),
  ]
  package static let unknownParameters = UnknownParameters.ignored
}
