import JSON
import Logging
import Messages

/// The reader's side of a connection: what is done with a frame.
///
/// What may not wait in line is done at once: cancellation, and `exit`. Everything else goes to the
/// dispatcher in order.
struct Intake {
  let methods: MethodTable
  let limits: TransportLimits
  let clock: TransportClock
  let outlet: Outlet
  let dispatcher: Dispatcher
  let counters: RequestCounters

  /// Set once the first byte has told it, before the first event is taken.
  var framing: Framing?
  /// Nobody reads our answers any more; only how the client takes leave is still of interest.
  var isDiscarding = false

  private(set) var sawInitialize = false
  private(set) var sawShutdown = false
  private(set) var sawExit = false

  init(
    methods: MethodTable, limits: TransportLimits, clock: TransportClock, outlet: Outlet,
    dispatcher: Dispatcher, counters: RequestCounters
  ) {
    self.methods = methods
    self.limits = limits
    self.clock = clock
    self.outlet = outlet
    self.dispatcher = dispatcher
    self.counters = counters
  }

  /// Takes one event of the decoder; nothing after `exit`.
  mutating func take(_ event: FrameEvent) {
    guard !sawExit else { return }
    switch event {
    case .message(let bytes): take(bytes)
    case .malformed(let problem): outlet.refuse(.null, .parseError(problem))
    case .tooLarge(let limit):
      let problem = "a message may have at most \(limit) bytes; this one was passed over"
      outlet.refuse(.null, .invalidRequest(problem, limit: limit))
    case .skipped(let count):
      outlet.logger.info("\(count) bytes that belong to no message were passed over")
    }
  }

  private mutating func take(_ bytes: [UInt8]) {
    let value: JSONValue
    do {
      value = try JSONValue.parse(
        bytes, limits: JSONLimits(bytes: limits.message, depth: limits.depth))
    } catch {
      outlet.refuse(.null, responseError(error, bytes))
      return
    }
    guard let elements = value.array else {
      take(IncomingMessage(value), bytes: bytes.count, batch: nil)
      return
    }
    takeBatch(elements, bytes: bytes.count)
  }

  private func responseError(_ error: JSONError, _ bytes: [UInt8]) -> ResponseError {
    if error.kind == .duplicateName { return .invalidRequest(error.description) }
    let hint = framing == .ndjson ? LineFraming.hint(for: bytes) : nil
    return .parseError(error.description + (hint.map { "; " + $0 } ?? ""))
  }

  // MARK: Batches

  private mutating func takeBatch(_ elements: [JSONValue], bytes: Int) {
    if framing == .lsp {
      let problem = "Content-Length framing has no batches; send each request in its own frame"
      outlet.refuse(.null, .invalidRequest(problem))
      return
    }
    if elements.isEmpty {
      outlet.refuse(.null, .invalidRequest("a batch has at least one request"))
      return
    }
    if elements.count > limits.batch {
      let problem = "a batch has at most \(limits.batch) requests, not \(elements.count)"
      outlet.refuse(.null, .invalidRequest(problem, limit: limits.batch))
      return
    }
    let messages = elements.map { withoutLifecycle(IncomingMessage($0)) }
    let answers = messages.count { $0.wantsAnswer }
    let outlet = outlet
    let batch = answers == 0 ? nil : BatchReply(count: answers) { outlet.send($0) }
    var index = 0
    for message in messages {
      let place = batch.map { BatchPlace(batch: $0, index: index) }
      if message.wantsAnswer { index += 1 }
      take(message, bytes: bytes / messages.count, batch: place)
    }
  }

  /// Opening and closing a session is nothing to do in the middle of a batch.
  private func withoutLifecycle(_ message: IncomingMessage) -> IncomingMessage {
    let (id, method): (RequestID, String)
    switch message {
    case .request(let request, let name, _): (id, method) = (request, name)
    case .notification(let name, _): (id, method) = (.null, name)
    case .response, .invalid: return message
    }
    guard [Initialize.method, "shutdown", "exit"].contains(method) else { return message }
    return .invalid(id: id, problem: "\"\(method)\" may not stand in a batch")
  }

  // MARK: Messages

  private mutating func take(_ message: IncomingMessage, bytes: Int, batch: BatchPlace?) {
    switch message {
    case .request(let id, let method, let params):
      takeRequest(id, method, params, bytes: bytes, batch: batch)
    case .notification(let method, let params):
      takeNotification(method, params, bytes: bytes)
    case .response:
      outlet.logger.debug("a response came although nothing was asked; it was passed over")
    case .invalid(let id, let problem):
      let error = ResponseError.invalidRequest(problem)
      guard let batch else {
        outlet.refuse(id, error)
        return
      }
      counters.countReceived()
      batch.fill(with: outlet.response(id, .error(error)))
    }
  }

  private mutating func takeRequest(
    _ id: RequestID, _ method: String, _ params: JSONValue?, bytes: Int, batch: BatchPlace?
  ) {
    counters.countReceived()
    let tokenValue = params?["workDoneToken"]?.unlessNull
    let token = tokenValue.flatMap(ProgressToken.init)
    var work = work(for: method)
    if tokenValue != nil, token == nil, case .method = work {
      work = .refusal(
        .invalidParams(parameter: "workDoneToken", problem: "must be a string or an integer"))
    }
    accept(
      PendingRequest(
        work: work, method: method, params: params, bytes: bytes,
        context: context(id, method, token),
        reply: reply(id, method, bytes: bytes, batch: batch), token: token))
  }

  private mutating func work(for method: String) -> PendingRequest.Work {
    switch method {
    case "shutdown":
      sawShutdown = sawShutdown || framing == .ndjson || sawInitialize
      return .shutdown
    case "exit":
      return .refusal(.invalidRequest("\"exit\" is a notification: send it without an id"))
    default:
      if method == Initialize.method { sawInitialize = true }
      return methods[method].map { .method($0) } ?? .refusal(.methodNotFound(method))
    }
  }

  private mutating func takeNotification(_ method: String, _ params: JSONValue?, bytes: Int) {
    switch method {
    case "exit": sawExit = true
    case CancelParams.method:
      guard let id = params?["id"].flatMap(RequestID.init) else { break }
      dispatcher.cancel(id)
    case WorkDoneProgressCancelParams.method:
      guard let token = params?["token"].flatMap(ProgressToken.init) else { break }
      dispatcher.cancel(token)
    case SetTraceParams.method:
      guard let level = params?["value"]?.string.flatMap(TraceLevel.init) else { break }
      acceptNotification(.setTrace(level), method, params, bytes)
    case "initialized": acceptNotification(.initialized, method, params, bytes)
    case "shutdown":
      // One editor sends it without an id and means it all the same.
      acceptNotification(work(for: method), method, params, bytes)
    default:
      guard let entry = methods[method], method != Initialize.method else {
        outlet.logger.debug("an unknown notification was passed over")
        break
      }
      acceptNotification(.method(entry), method, params, bytes)
    }
  }

  private func acceptNotification(
    _ work: PendingRequest.Work, _ method: String, _ params: JSONValue?, _ bytes: Int
  ) {
    accept(
      PendingRequest(
        work: work, method: method, params: params, bytes: bytes,
        context: context(nil, method, nil), reply: nil, token: nil))
  }

  private func accept(_ request: PendingRequest) {
    if !isDiscarding { dispatcher.accept(request) }
  }

  private func context(
    _ id: RequestID?, _ method: String, _ token: ProgressToken?
  ) -> RequestContext {
    let outlet = outlet
    let progress = token.map { token in
      ProgressReporter(token: token, clock: clock) { outlet.report($0) }
    }
    return RequestContext(id: id, method: method, progress: progress ?? .silent) {
      outlet.log($0, $1)
    }
  }

  private func reply(
    _ id: RequestID, _ method: String, bytes: Int, batch: BatchPlace?
  ) -> ReplyOnce {
    let (outlet, clock) = (outlet, clock)
    if let batch {
      return ReplyOnce(id: id) { id, answer in batch.fill(with: outlet.response(id, answer)) }
    }
    // Whether it is traced is asked when it is answered: a `$/setTrace` that came just before it
    // may still wait behind `initialize` now.
    let arrival = outlet.mayTrace ? clock.now() : nil
    return ReplyOnce(id: id) { id, answer in
      let message = outlet.response(id, answer)
      // Before the answer goes out: the client may change the level as soon as it has it.
      let level = outlet.traceLevel
      outlet.send(message)
      guard let arrival, level != .off else { return }
      outlet.traceRequest(
        method, id: id, level: level, bytes: bytes, answer: message.count,
        took: clock.now() - arrival)
    }
  }
}

/// The place of one answer in the answer to a batch.
private struct BatchPlace: Sendable {
  let batch: BatchReply
  let index: Int

  func fill(with response: [UInt8]) { batch.fill(index, with: response) }
}

extension IncomingMessage {
  fileprivate var wantsAnswer: Bool {
    switch self {
    case .request, .invalid: true
    case .notification, .response: false
    }
  }
}
