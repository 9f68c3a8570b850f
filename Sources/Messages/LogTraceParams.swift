/// `$/logTrace`, to the client: that a request was handled.
package struct LogTraceParams: Codable, Sendable, Hashable {
  package static let method = "$/logTrace"

  /// One line.
  package var message: String
  /// Only at the level `verbose`.
  package var verbose: String?

  package init(message: String, verbose: String? = nil) {
    self.message = message
    self.verbose = verbose
  }
}
