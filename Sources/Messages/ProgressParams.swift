/// `$/progress`, to the client: how far a request has come (LSP 3.17, "Work done progress").
package struct ProgressParams: Codable, Sendable, Hashable {
  package static let method = "$/progress"

  /// The client's token.
  package var token: ProgressToken
  /// One step.
  package var value: WorkDoneProgress

  package init(token: ProgressToken, value: WorkDoneProgress) {
    self.token = token
    self.value = value
  }
}

/// One report: first a `begin`, then any number of `report`, last an `end`.
package struct WorkDoneProgress: Codable, Sendable, Hashable {
  package enum Kind: String, Codable, Sendable { case begin, report, end }

  /// Which step it is.
  package var kind: Kind
  /// Only in a `begin`.
  package var title: String?
  package var message: String?
  /// 0…100, never falling; not in an `end`.
  package var percentage: Int?
  /// Whether the client may offer to cancel; not in an `end`.
  package var cancellable: Bool?

  package init(
    kind: Kind, title: String? = nil, message: String? = nil, percentage: Int? = nil,
    cancellable: Bool? = nil
  ) {
    self.kind = kind
    self.title = title
    self.message = message
    self.percentage = percentage
    self.cancellable = cancellable
  }
}
