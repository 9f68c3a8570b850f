import Synchronization

/// How many messages that want an answer came, and how they were answered.
///
/// One object may count for several connections.
package final class RequestCounters: Sendable {
  private let received = Atomic<Int>(0)
  private let answered = Atomic<Int>(0)
  private let failed = Atomic<Int>(0)
  private let cancelled = Atomic<Int>(0)

  /// All at zero.
  package init() {}

  /// The counts of this moment, each exact, together not of the same instant.
  package var statistics: RequestStatistics {
    RequestStatistics(
      received: received.load(ordering: .relaxed), answered: answered.load(ordering: .relaxed),
      failed: failed.load(ordering: .relaxed), cancelled: cancelled.load(ordering: .relaxed))
  }

  func countReceived() { received.add(1, ordering: .relaxed) }
  func countAnswered() { answered.add(1, ordering: .relaxed) }
  func countFailed() { failed.add(1, ordering: .relaxed) }
  func countCancelled() { cancelled.add(1, ordering: .relaxed) }
}

/// Counts of messages that want an answer. Once nothing is under way,
/// `received == answered + failed + cancelled`.
package struct RequestStatistics: Sendable, Hashable {
  /// Messages that want an answer: requests, and messages that were no valid request.
  package var received = 0
  /// Those answered with a result.
  package var answered = 0
  /// Those answered with an error other than -32800.
  package var failed = 0
  /// Those answered with -32800.
  package var cancelled = 0

  package init(received: Int = 0, answered: Int = 0, failed: Int = 0, cancelled: Int = 0) {
    self.received = received
    self.answered = answered
    self.failed = failed
    self.cancelled = cancelled
  }
}
