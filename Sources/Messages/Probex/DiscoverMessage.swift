package import JSON

/// `rpc.discover` (OpenRPC): the description of every method, `Protocol/openrpc.json` itself.
package enum DiscoverMessage: RequestMessage {
  package static let method = "rpc.discover"
  package static let order = MethodOrder.sequential
  package static let parameters: [ParameterName] = []

  /// It has no parameters.
  package typealias Params = NoParams
  /// The document as the daemon was built with it.
  package typealias Result = JSONValue
}
