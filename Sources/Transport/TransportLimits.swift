/// What a connection accepts at most. Sizes are in bytes.
package struct TransportLimits: Sendable, Hashable {
  /// One message; a longer one is passed over and answered with -32600.
  package var message = 64 << 20
  /// Arrays and objects within each other in a message; more is answered with -32700.
  package var depth = 128
  /// Requests in a batch; more is answered with one -32600.
  package var batch = 1000
  /// Replies that wait to be written; beyond it nothing is read, and nothing starts.
  package var replies = 64 << 20
  /// Requests that are not answered yet; beyond it nothing is read.
  package var requests = 65_536
  /// Requests of the training lane that wait behind the one that runs; more is answered with 1201.
  package var training = 8
  /// The requests that are not answered yet, by the length of their messages.
  package var requestBytes = 64 << 20

  /// The defaults.
  package init() {}
}
