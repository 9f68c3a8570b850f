/// `window/workDoneProgress/cancel`, from the client: stop the request that reports by this token.
package struct WorkDoneProgressCancelParams: Codable, Sendable, Hashable {
  package static let method = "window/workDoneProgress/cancel"

  /// The token that came with the request.
  package var token: ProgressToken

  package init(token: ProgressToken) { self.token = token }
}
