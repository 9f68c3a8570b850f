/// `$/setTrace`, from the client: how much it wants to hear about the requests we handle.
package struct SetTraceParams: Codable, Sendable, Hashable {
  package static let method = "$/setTrace"

  /// The level from now on.
  package var value: TraceLevel

  package init(value: TraceLevel) { self.value = value }
}

/// How much `$/logTrace` says: nothing, a line for each request, or a line and more.
package enum TraceLevel: String, Codable, Sendable, CaseIterable {
  case off, messages, verbose
}
