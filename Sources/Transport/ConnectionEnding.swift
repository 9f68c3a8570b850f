// How a connection ends, once nothing more is read: requests are finished or cancelled, replies are
// written, and the writer's thread lets go of the descriptor. All of this on the reader's thread.

extension Connection {
  /// Points in time after which the next step is taken; `nil` is never.
  private struct Patience {
    /// Requests are cancelled.
    var finish: Duration?
    /// Requests that do not heed it are answered without them.
    var cancel: Duration?
    /// Replies that are not written stay so; if `nil`, when nothing was read for `stall`.
    var write: Duration?
    var stall: Duration?
  }

  /// Brings everything to an end.
  func settle(after end: ConnectionOutcome.End, framing: Framing?) {
    let start = clock.now()
    func patience() -> Patience {
      let given = usualPatience(after: end, framing: framing, from: start)
      guard let stop = stopTimes else { return given }
      let time = stop.deadline - stop.asked
      func earlier(_ given: Duration?, _ part: Double) -> Duration {
        min(given ?? stop.deadline, stop.asked + time * part)
      }
      return Patience(
        finish: earlier(given.finish, 0.6), cancel: earlier(given.cancel, 0.8),
        write: earlier(given.write, 1), stall: given.stall)
    }
    // Only a script that closed its input still wants what takes hours.
    let isLeaving = end != .endOfInput || framing == .lsp
    if !waitForRequests(until: { patience().finish }, whileHeard: true, isLeaving: isLeaving) {
      dispatcher.cancelAll()
      if !waitForRequests(until: { patience().cancel }, whileHeard: false, isLeaving: true) {
        dispatcher.abandon()
      }
    }
    queue.close()
    waitForWriter(patience)
    queue.halt()
    let last = clock.now() + configuration.grace / 4
    waitForWriter { Patience(write: last) }
    queue.fail(.abandoned)
    waitForWriter { Patience() }
  }

  private func usualPatience(
    after end: ConnectionOutcome.End, framing: Framing?, from start: Duration
  ) -> Patience {
    let grace = configuration.grace
    switch end {
    case .endOfInput where framing != .lsp, .stopped: return Patience()
    case .endOfInput, .exit:
      return Patience(
        finish: start + grace, cancel: start + grace + grace / 4, stall: grace / 4)
    case .peerGone, .failed:
      return Patience(finish: start, cancel: start + grace, write: start + grace)
    }
  }

  /// Waits until every request is over: true if so, false if the time is, or if nobody is left to
  /// hear the answers.
  private func waitForRequests(
    until time: () -> Duration?, whileHeard: Bool, isLeaving: Bool
  ) -> Bool {
    while !dispatcher.isIdle() {
      if isLeaving || stopTimes != nil { dispatcher.cancelTraining() }
      if whileHeard, queue.end != nil { return false }
      let now = clock.now()
      let time = time()
      if let time, now >= time { return false }
      waitForChange(time.map { $0 - now })
    }
    return true
  }

  /// Waits until the writer's thread has ended, or the peer takes too long to read. A writer that
  /// has not come to write yet, because the machine is busy, is waited for.
  private func waitForWriter(_ patience: () -> Patience) {
    var bytes = queue.bytes
    var lastProgress = clock.now()
    while !queue.writerHasEnded {
      let now = clock.now()
      if queue.bytes != bytes || !queue.isBlocked {
        bytes = queue.bytes
        lastProgress = now
      }
      let patience = patience()
      let stall = patience.stall.map { lastProgress + $0 }
      let time = [patience.write, stall].compactMap { $0 }.min()
      if let time, now >= time {
        if queue.isBlocked { return }
        waitForChange(.milliseconds(1))
      } else {
        waitForChange(time.map { $0 - now })
      }
    }
  }

  private func waitForChange(_ timeout: Duration?) {
    let ready = wait(
      outputEnd: queue.end == nil ? output : nil, waker: waker, timeout: timeout)
    if ready.outputGone { queue.fail(.peerGone) }
  }
}
