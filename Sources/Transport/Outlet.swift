import JSON
import Logging
import Messages
import Synchronization

/// Everything a connection says: answers, and notifications where the client may get them.
final class Outlet: Sendable {
  private struct State {
    /// Unknown until the client has sent a byte; until then there is nothing to say.
    var framing: Framing?
    var trace = TraceLevel.off
    /// Whether `window/logMessage` may be sent.
    var clientIsReady = false
    /// Lines that wait for the client to be ready: what goes wrong while the daemon starts is what
    /// a user most wants to read.
    var early: [LogMessageParams] = []
  }

  /// How many lines wait at most; the first ones say what went wrong.
  private static let earlyLimit = 100

  private let state = Mutex(State())
  private let queue: OutboundQueue
  private let counters: RequestCounters
  let logger: Logger

  init(queue: OutboundQueue, counters: RequestCounters, logger: Logger) {
    self.queue = queue
    self.counters = counters
    self.logger = logger
  }

  func decide(_ framing: Framing) { state.withLock { $0.framing = framing } }
  func trace(_ level: TraceLevel) { state.withLock { $0.trace = level } }

  /// The client has said `initialized`: it gets what waited for that.
  func clientIsReady() {
    let early = state.withLock { state in
      state.clientIsReady = true
      defer { state.early = [] }
      return state.early
    }
    for line in early { notify(LogMessageParams.method, line) }
  }

  /// Whether requests can be traced, which costs a look at the clock for each.
  var mayTrace: Bool { state.withLock { $0.framing == .lsp } }

  /// How much the client wants to hear of requests now.
  var traceLevel: TraceLevel { state.withLock { $0.framing == .lsp ? $0.trace : .off } }

  /// Sends one message.
  func send(_ message: [UInt8]) {
    guard let framing = state.withLock({ $0.framing }) else { return }
    queue.append(framing.frame(message))
  }

  /// Answers a message for which there is no request to keep: it could not be read as one.
  func refuse(_ id: RequestID, _ error: ResponseError) {
    counters.countReceived()
    send(response(id, .error(error)))
  }

  /// An answer, printed and counted.
  func response(_ id: RequestID, _ answer: Answer) -> [UInt8] {
    do {
      switch answer {
      case .result(let result):
        let message = try Envelope.response(id: id, printed: try result.serialized())
        counters.countAnswered()
        return message
      case .error(let error):
        let message = try Envelope.response(id: id, error: error)
        if error.code == ErrorCode.requestCancelled.number {
          counters.countCancelled()
        } else {
          counters.countFailed()
        }
        return message
      }
    } catch {
      // Only a number that JSON does not have can bring us here, and only from our own hands.
      logger.error("the answer to request \(id) cannot be printed: \(error)")
      counters.countFailed()
      return unprintable(id)
    }
  }

  private func unprintable(_ id: RequestID) -> [UInt8] {
    let error = ResponseError.internalError("the result holds a number that is not finite")
    do {
      return try Envelope.response(id: id, error: error)
    } catch {
      preconditionFailure("an id that was read from JSON can be printed: \(error)")
    }
  }

  /// Tells the client something that it did not ask for.
  func notify(_ method: String, _ params: some Encodable) {
    do {
      let params = try JSONCoder.encode(params)
      send(try Envelope.notification(method: method, params: params))
    } catch {
      logger.error("the notification \(method) cannot be printed: \(error)")
    }
  }

  /// Reports progress; dropped when the client is slow to read, since the next report says more.
  func report(_ progress: ProgressParams) {
    if progress.value.kind == .report, queue.isFull { return }
    notify(ProgressParams.method, progress)
  }

  /// A line for our log, and for the client's where its framing has a place for it.
  func log(_ type: MessageType, _ message: String) {
    logger.log(level: level(type), "\(message)")
    let line = LogMessageParams(type: type, message: message)
    let isSaidNow = state.withLock { state in
      if state.framing == .ndjson { return false }
      if !state.clientIsReady, state.early.count < Self.earlyLimit { state.early.append(line) }
      return state.clientIsReady
    }
    if isSaidNow { notify(LogMessageParams.method, line) }
  }

  /// Tells a client that asked for it how a request was handled.
  func traceRequest(
    _ method: String, id: RequestID, level: TraceLevel, bytes: Int, answer: Int, took: Duration
  ) {
    let (seconds, attoseconds) = took.components
    let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    notify(
      LogTraceParams.method,
      LogTraceParams(
        message: "\(method.prefix(256)) (id \(id)) was answered after \(microseconds) µs",
        verbose: level == .verbose ? "request \(bytes) bytes, response \(answer) bytes" : nil))
  }

  private func level(_ type: MessageType) -> Logger.Level {
    switch type {
    case .error: .error
    case .warning: .warning
    case .info: .info
    case .log: .debug
    }
  }
}
