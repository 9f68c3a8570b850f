import DequeModule
import JSON
import Logging
import Messages
import Synchronization

/// Decides who may start, in order of arrival: the session's lifecycle, the order that each method
/// asks for, cancellation, and the limit on what is unanswered.
///
/// The reader puts requests in; they wait in the inbox while an exclusive one is before them, then
/// in their lane until a thread is free; then they run on a thread of the pools. All state is
/// behind one lock, which is never held while a handler runs. Answers may be sent under it: the
/// queue for what goes out never waits.
final class Dispatcher: Sendable {
  private struct LaneState {
    var waiting: Deque<PendingRequest> = []
    /// At most as many as the pool has threads.
    var running: [PendingRequest] = []
  }

  private enum ReaderWait {
    case room, idle
  }

  private struct State {
    var lifecycle = Lifecycle(framing: .ndjson)
    /// In order of arrival.
    var inbox: Deque<PendingRequest> = []
    var lanes = Lane.allCases.map { _ in LaneState() }
    /// Requests in lanes, waiting and running.
    var active = 0
    var exclusiveRuns = false
    var index = RequestIndex()
    /// What has arrived and is not over, or is over and still stands in line.
    var unfinished = 0
    var unfinishedBytes = 0
    var isFull = false
    var readerWaits: ReaderWait?
    /// Nothing starts any more.
    var isAbandoned = false
  }

  private let limits: TransportLimits
  private let pools: WorkPools
  private let outlet: Outlet
  private let outputIsFull: @Sendable () -> Bool
  private let wakeReader: @Sendable () -> Void
  private let state = Mutex(State())

  init(
    limits: TransportLimits, pools: WorkPools, outlet: Outlet,
    outputIsFull: @escaping @Sendable () -> Bool, wakeReader: @escaping @Sendable () -> Void
  ) {
    self.limits = limits
    self.pools = pools
    self.outlet = outlet
    self.outputIsFull = outputIsFull
    self.wakeReader = wakeReader
  }

  // MARK: For the reader

  /// Says which session this is, before the first request.
  func decide(_ framing: Framing) { state.withLock { $0.lifecycle = Lifecycle(framing: framing) } }

  /// Puts a request behind the others. It may be cancelled from now on; it starts after `advance`.
  func accept(_ request: PendingRequest) {
    state.withLock { state in
      state.inbox.append(request)
      state.index.insert(request)
      state.unfinished += 1
      state.unfinishedBytes += request.bytes
      if state.unfinished >= limits.requests || state.unfinishedBytes >= limits.requestBytes {
        state.isFull = true
      }
    }
  }

  /// Starts what may start.
  func advance() { change { _ in } }

  /// Cancels the newest request of that id. `initialize` and `shutdown` cannot be cancelled: what
  /// follows them would be refused.
  func cancel(_ id: RequestID) {
    change { state in
      if let request = state.index.newest(id), !request.isExclusive { cancel(request) }
    }
  }

  /// Cancels the request that reports by that token.
  func cancel(_ token: ProgressToken) {
    change { state in
      if let request = state.index.newest(token), !request.isExclusive { cancel(request) }
    }
  }

  /// Cancels what would keep a session that ends waiting for hours.
  func cancelTraining() { change { state in cancelTraining(&state) } }

  /// Cancels everything but a `shutdown`, which costs nothing to answer.
  func cancelAll() {
    change { state in
      let waiting = state.inbox + state.lanes.flatMap { $0.running + $0.waiting }
      for request in waiting {
        if case .shutdown = request.work { continue }
        cancel(request)
      }
    }
  }

  /// Answers what is still unanswered, and starts nothing any more. Handlers that run go on
  /// running; nobody hears what they find.
  func abandon() {
    state.withLock { state in
      state.isAbandoned = true
      for request in state.inbox + state.lanes.flatMap({ $0.running + $0.waiting }) {
        if case .shutdown = request.work {
          request.reply?.answer(.result(.null))
        } else {
          request.context.cancel()
          request.reply?.answer(.error(.requestCancelled("the session ended before it was done")))
        }
      }
    }
  }

  /// Whether more may be read; if not, the reader is woken when it may.
  func hasRoom() -> Bool {
    state.withLock { state in
      if state.isFull { state.readerWaits = .room }
      return !state.isFull
    }
  }

  /// Whether everything is over; if not, the reader is woken when it is.
  func isIdle() -> Bool {
    state.withLock { state in
      if state.unfinished > 0 { state.readerWaits = .idle }
      return state.unfinished == 0
    }
  }

  // MARK: Under the lock

  /// Changes the state, starts what may start then, and wakes the reader if it waited for that.
  private func change(_ body: (inout State) -> Void) {
    let wakes = state.withLock { state in
      body(&state)
      repeat { releaseInbox(&state) } while startLanes(&state)
      return readerMayGoOn(&state)
    }
    if wakes { wakeReader() }
  }

  private func readerMayGoOn(_ state: inout State) -> Bool {
    if state.isFull, state.unfinished <= limits.requests / 2,
      state.unfinishedBytes <= limits.requestBytes / 2
    {
      state.isFull = false
    }
    switch state.readerWaits {
    case .room where !state.isFull, .idle where state.unfinished == 0:
      state.readerWaits = nil
      return true
    case .room, .idle, nil: return false
    }
  }

  private func cancel(_ request: PendingRequest) {
    request.context.cancel()
    if request.endWaiting() {
      request.reply?.answer(.error(.requestCancelled("the request was cancelled while it waited")))
    }
  }

  private func cancelTraining(_ state: inout State) {
    let lane = state.lanes[Lane.training.rawValue]
    for request in lane.running + lane.waiting { cancel(request) }
  }

  /// Lets requests out of the inbox up to one that has to wait.
  private func releaseInbox(_ state: inout State) {
    while !state.exclusiveRuns, let first = state.inbox.first {
      if first.isExclusive, state.active > 0, !first.isOver {
        if case .shutdown = first.work { cancelTraining(&state) }
        return
      }
      state.inbox.removeFirst()
      release(first, &state)
    }
  }

  private func release(_ request: PendingRequest, _ state: inout State) {
    if request.isOver {
      forget(request, &state)
    } else if request.reply == nil {
      releaseNotification(request, &state)
    } else {
      switch state.lifecycle.admit(request: request.method) {
      case .refuse(let error): answer(request, .error(error), &state)
      case .run: perform(request, &state)
      }
    }
  }

  private func releaseNotification(_ request: PendingRequest, _ state: inout State) {
    guard state.lifecycle.admit(notification: request.method) else {
      answer(request, nil, &state)
      return
    }
    perform(request, &state)
  }

  private func perform(_ request: PendingRequest, _ state: inout State) {
    switch request.work {
    case .method(let entry):
      if entry.lane == .training, isTrainingFull(state) {
        let problem = "\(limits.training) requests of this kind wait for their turn already"
        answer(request, .error(.busy(problem, limit: limits.training)), &state)
        return
      }
      state.active += 1
      state.exclusiveRuns = request.isExclusive
      state.lanes[entry.lane.rawValue].waiting.append(request)
    case .refusal(let error):
      if state.lifecycle.phase == .initializing {
        state.lifecycle.initializeEnded(succeeded: false)
      }
      answer(request, .error(error), &state)
    case .shutdown:
      answer(request, .result(.null), &state)
    case .initialized:
      if state.lifecycle.clientIsReady { outlet.clientIsReady() }
      answer(request, nil, &state)
    case .setTrace(let level):
      outlet.trace(level)
      answer(request, nil, &state)
    }
  }

  /// Ends a request that needs no thread.
  private func answer(_ request: PendingRequest, _ answer: Answer?, _ state: inout State) {
    if request.endWaiting(), let answer { request.reply?.answer(answer) }
    forget(request, &state)
  }

  private func forget(_ request: PendingRequest, _ state: inout State) {
    state.unfinished -= 1
    state.unfinishedBytes -= request.bytes
    state.index.remove(request)
    assert(state.unfinished > 0 || state.index.isEmpty, "the index keeps what is over")
  }

  /// Whether one more request would have to wait behind too many. One that was cancelled in line
  /// stands there no more.
  private func isTrainingFull(_ state: State) -> Bool {
    let lane = state.lanes[Lane.training.rawValue]
    return lane.running.count + lane.waiting.count { !$0.isOver } > limits.training
  }

  /// Takes out of the line for training what was cancelled there: it would count as unfinished for
  /// as long as the one before it runs. Returns whether there was any.
  private func leaveTrainingLine(_ state: inout State) -> Bool {
    let place = Lane.training.rawValue
    let over = state.lanes[place].waiting.filter(\.isOver)
    guard !over.isEmpty else { return false }
    state.lanes[place].waiting.removeAll(where: \.isOver)
    state.active -= over.count
    for request in over { forget(request, &state) }
    return true
  }

  /// Gives jobs to the threads, unless replies wait to be written: more work would make more of
  /// them. Returns whether a request turned out to be over, so that the inbox may move.
  private func startLanes(_ state: inout State) -> Bool {
    var mayMove = leaveTrainingLine(&state)
    guard !state.isAbandoned, !outputIsFull() else { return mayMove }
    for lane in Lane.allCases {
      // One at a time keeps the order of a connection, however many threads the lane has.
      let width = lane == .control ? 1 : pools.width(of: lane)
      while state.lanes[lane.rawValue].running.count < width,
        let request = state.lanes[lane.rawValue].waiting.popFirst()
      {
        if request.isOver {
          state.active -= 1
          if request.isExclusive {
            exclusiveEnded(request, succeeded: false, &state)
            mayMove = true
          }
          forget(request, &state)
        } else {
          state.lanes[lane.rawValue].running.append(request)
          pools.submit(lane) { self.run(request) }
        }
      }
    }
    return mayMove
  }

  private func exclusiveEnded(_ request: PendingRequest, succeeded: Bool, _ state: inout State) {
    state.exclusiveRuns = false
    guard request.method == Initialize.method else { return }
    state.lifecycle.initializeEnded(succeeded: succeeded)
  }

  // MARK: On a thread of the pools

  /// Sets the level that `initialize` asks for, before the client can know that it was answered.
  private func heedTrace(_ params: JSONValue?) {
    if let level = params?["trace"]?.string.flatMap(TraceLevel.init) { outlet.trace(level) }
  }

  private func run(_ request: PendingRequest) {
    guard case .method(let entry) = request.work else {
      preconditionFailure("only methods have a lane")
    }
    var succeeded = false
    if request.start() {
      do {
        let result = try entry.call(params: request.params, context: request.context) { error in
          outlet.logger.error("\(entry.method) failed unexpectedly: \(error)")
        }
        succeeded = true
        if entry.method == Initialize.method { heedTrace(request.params) }
        request.reply?.answer(.result(result))
      } catch {
        if request.reply == nil {
          outlet.logger.debug("the notification \(entry.method) failed: \(error.message)")
        }
        request.reply?.answer(.error(error))
      }
      request.end()
    }
    change { state in
      state.lanes[entry.lane.rawValue].running.removeAll { $0 === request }
      state.active -= 1
      if request.isExclusive { exclusiveEnded(request, succeeded: succeeded, &state) }
      forget(request, &state)
    }
  }
}
