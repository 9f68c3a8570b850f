package import Messages
import Synchronization

/// Sends `$/progress` for one request: a `begin`, some `report`s, and an `end` before the answer.
///
/// Reports come at most 20 times a second, however often a handler calls: the ones between are
/// dropped, not kept, but for turns. Percentages never fall.
package final class ProgressReporter: Sendable {
  /// The shortest time between two reports.
  static let interval = Duration.milliseconds(50)

  private struct State {
    var isOpen = false
    var outlivesAnswer = false
    var lastSent = Duration.zero
    var percentage = 0
  }

  private let token: ProgressToken?
  private let clock: TransportClock?
  private let send: @Sendable (ProgressParams) -> Void
  private let state = Mutex(State())

  /// A reporter that says nothing.
  package static let silent = ProgressReporter(token: nil, clock: nil) { _ in }

  /// A reporter for the client's token.
  package convenience init(
    token: ProgressToken, clock: TransportClock, send: @escaping @Sendable (ProgressParams) -> Void
  ) {
    self.init(token: Optional(token), clock: Optional(clock), send: send)
  }

  private init(
    token: ProgressToken?, clock: TransportClock?,
    send: @escaping @Sendable (ProgressParams) -> Void
  ) {
    self.token = token
    self.clock = clock
    self.send = send
  }

  /// Whether anybody listens.
  package var isWanted: Bool { token != nil }

  /// The work starts. A second call changes nothing: a request that waited for something before
  /// its own work has said its title then.
  package func begin(
    title: String, message: String? = nil, percentage: Int? = nil, cancellable: Bool = true
  ) {
    guard let token, let clock else { return }
    state.withLock { state in
      guard !state.isOpen else { return }
      state.isOpen = true
      state.lastSent = clock.now()
      state.percentage = clamped(percentage, from: 0) ?? 0
      send(
        ProgressParams(
          token: token,
          value: WorkDoneProgress(
            kind: .begin, title: title, message: message,
            percentage: clamped(percentage, from: 0), cancellable: cancellable)))
    }
  }

  /// The work has come this far; dropped if the last report is too young, or before `begin`.
  ///
  /// - Parameter isTurn: whether another kind of work begins now. That is said however young the
  ///   last report is, for it may be the last word for minutes; a request has a few such turns.
  package func report(message: String? = nil, percentage: Int? = nil, isTurn: Bool = false) {
    guard let token, let clock else { return }
    state.withLock { state in
      let now = clock.now()
      guard state.isOpen, isTurn || now - state.lastSent >= Self.interval else { return }
      state.lastSent = now
      let percentage = clamped(percentage, from: state.percentage)
      state.percentage = percentage ?? state.percentage
      send(
        ProgressParams(
          token: token,
          value: WorkDoneProgress(kind: .report, message: message, percentage: percentage)))
    }
  }

  /// So many of so many pieces are done.
  package func report(done: Int, of total: Int) {
    // The question comes before the text is made: this is called for each of 10,000 pieces.
    guard isWanted, total > 0 else { return }
    report(
      message: "\(done) of \(total)", percentage: Int(Double(done) / Double(total) * 100))
  }

  /// The work goes on after the answer, as the loading of the library does after `initialize`:
  /// whoever goes on with it must call `end`.
  package func continueAfterAnswer() { state.withLock { $0.outlivesAnswer = true } }

  /// Ends what the handler left open, just before its answer is sent.
  func answerComes() {
    if !state.withLock({ $0.outlivesAnswer }) { end() }
  }

  /// The work is over. A handler that forgets it is helped: the answer ends it too.
  package func end(message: String? = nil) {
    guard let token else { return }
    state.withLock { state in
      guard state.isOpen else { return }
      state.isOpen = false
      send(ProgressParams(token: token, value: WorkDoneProgress(kind: .end, message: message)))
    }
  }

  private func clamped(_ percentage: Int?, from lowest: Int) -> Int? {
    percentage.map { min(100, max(lowest, $0)) }
  }
}
