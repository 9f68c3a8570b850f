package import Messages
import Synchronization

/// What a handler may ask and say while it works on one request.
package final class RequestContext: Sendable {
  /// The id under which the request will be answered; `nil` for a notification.
  package let id: RequestID?

  /// The method that was called.
  package let method: String

  /// Reports how far the request has come; says nothing when the client did not ask to hear it.
  package let progress: ProgressReporter

  private let cancelled = Atomic<Bool>(false)
  private let logLine: @Sendable (MessageType, String) -> Void

  /// A context that speaks through the given reporter and log. A command that runs a handler
  /// without a connection makes one too.
  package init(
    id: RequestID?, method: String, progress: ProgressReporter = .silent,
    log: @escaping @Sendable (MessageType, String) -> Void
  ) {
    self.id = id
    self.method = method
    self.progress = progress
    self.logLine = log
  }

  /// Whether the answer is no longer wanted. Costs one atomic load: ask it between two pieces of
  /// work of a millisecond or so.
  package var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  /// Throws `RequestCancelled` when the answer is no longer wanted.
  package func checkCancellation() throws(RequestCancelled) {
    if isCancelled { throw RequestCancelled() }
  }

  /// Asks the handler to stop.
  package func cancel() { cancelled.store(true, ordering: .relaxed) }

  /// Says a line to whoever reads the log: the client, where its framing has a place for it, and
  /// our own log.
  package func log(_ type: MessageType, _ message: String) { logLine(type, message) }
}

/// Thrown by a handler that noticed that it was cancelled; answered with -32800.
package struct RequestCancelled: Error, Sendable, Hashable {
  package init() {}
}
