/// How a connection ended.
package struct ConnectionOutcome: Sendable, Hashable {
  /// The ways to end.
  package enum End: Sendable, Hashable {
    /// The input ended. In newline framing every request was answered before.
    case endOfInput
    /// The client sent `exit`.
    case exit
    /// Nobody reads our output any more; what ran was cancelled.
    case peerGone
    /// `Connection.stop` was called.
    case stopped
    /// The system refused to read or to write; the text says what and why.
    case failed(String)
  }

  /// What ended it.
  package let end: End
  /// `nil` when no byte came that could have told it.
  package let framing: Framing?
  /// Whether the client sent `initialize`.
  package let sawInitialize: Bool
  /// Whether the client sent `shutdown`, in a session where it may.
  package let sawShutdown: Bool

  /// Whether the client took leave as its framing asks for: the process then ends with code 0.
  /// Content-Length framing asks for `shutdown` (LSP 3.17, "Exit Notification"), newline framing
  /// only when `initialize` was sent before an `exit`.
  package var isClean: Bool {
    switch end {
    case .stopped: true
    case .failed: false
    case .endOfInput, .peerGone: framing != .lsp || sawShutdown
    case .exit: sawShutdown || (framing != .lsp && !sawInitialize)
    }
  }
}
