package import JSON

/// `rpc.discover` (OpenRPC): the description of every method, `Protocol/openrpc.json` itself.
package enum DiscoverMessage: RequestMessage {
  package static let method = "rpc.discover"
  package static let order = MethodOrder.sequential
  package static let parameters: [ParameterName] = []

  package typealias Params = NoParams
  package typealias Result = JSONValue
}
