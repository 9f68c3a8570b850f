/// What the product calls itself.
package enum ProductInfo {
  package static let name = "probexd"
  package static let version = "0.1.0"
  /// Version of the protocol in `Protocol/`: the first number changes when a client must.
  package static let protocolVersion = "1.1"
}
