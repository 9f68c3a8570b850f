/// `window/logMessage`, to the client: a line for the log it keeps about this daemon.
package struct LogMessageParams: Codable, Sendable, Hashable {
  package static let method = "window/logMessage"

  /// How grave it is.
  package var type: MessageType
  /// Whole sentences.
  package var message: String

  package init(type: MessageType, message: String) {
    self.type = type
    self.message = message
  }
}

/// How grave a message is (LSP 3.17, `MessageType`).
package enum MessageType: Int, Codable, Sendable, CaseIterable {
  case error = 1
  case warning = 2
  case info = 3
  case log = 4
}
