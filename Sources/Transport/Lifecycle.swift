import Messages

/// What may be said when: the session as LSP's base protocol defines it, and the relaxed one of
/// newline framing, which needs no handshake.
///
/// A pure value; it is asked in the order of arrival, once everything before has been decided.
struct Lifecycle: Sendable {
  enum Phase: Sendable, Hashable {
    /// Nothing was agreed on yet. Newline framing works like this throughout.
    case fresh
    /// `initialize` is being answered; nothing else is decided meanwhile.
    case initializing
    case ready
    case shutDown
  }

  enum Admission: Sendable, Hashable {
    case run
    case refuse(ResponseError)
  }

  let framing: Framing
  private(set) var phase = Phase.fresh
  /// Whether the client has read the answer to `initialize`, and so may be written to.
  private(set) var clientIsReady = false

  init(framing: Framing) { self.framing = framing }

  /// Whether a request may run; `initialize` and `shutdown` change the phase when they may.
  mutating func admit(request method: String) -> Admission {
    switch (phase, method) {
    case (.shutDown, _):
      return .refuse(.invalidRequest("the session was shut down; only \"exit\" may follow"))
    case (.fresh, Initialize.method):
      phase = .initializing
    case (_, Initialize.method):
      return .refuse(.invalidRequest("\"initialize\" may be sent only once"))
    case (.fresh, _) where framing == .lsp:
      return .refuse(.serverNotInitialized)
    case (_, "shutdown"):
      phase = .shutDown
    default: break
    }
    return .run
  }

  /// Whether a notification means anything now.
  mutating func admit(notification method: String) -> Bool {
    switch phase {
    case .shutDown, .initializing: return false
    case .fresh where framing == .lsp: return false
    case .fresh, .ready: break
    }
    if method == "shutdown" { phase = .shutDown }
    if method == "initialized" { clientIsReady = phase == .ready }
    return true
  }

  /// `initialize` was answered; with an error it may be sent again.
  mutating func initializeEnded(succeeded: Bool) {
    precondition(phase == .initializing, "nothing else runs beside initialize")
    phase = succeeded ? .ready : .fresh
  }
}
