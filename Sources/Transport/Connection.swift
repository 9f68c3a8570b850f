package import Logging
package import Messages
import Synchronization

/// One client: reads its messages, has them handled, writes the answers.
///
/// It promises: every request gets exactly one answer; frames are written whole; messages are taken
/// in order, and answered in the order that their methods ask for; memory is bounded by the limits,
/// since reading stops while too much is unanswered or unread; no bytes end it but `exit`.
///
/// The descriptors may be anything: a pipe, a socket, a terminal, a regular file, a closed one.
/// They belong to the caller, who may close them once `run` has returned. SIGPIPE must be ignored.
package final class Connection: Sendable {
  /// What can be chosen about a connection.
  package struct Configuration: Sendable {
    package var framing = FramingChoice.auto
    package var limits = TransportLimits()
    /// How long requests may go on after `exit`, and after the end of input in Content-Length
    /// framing, before they are cancelled. A client that is gone waits for nothing, but one
    /// that wrote a whole session in advance still reads; an editor kills after a second or two.
    package var grace = Duration.milliseconds(600)
    /// How long the rest of a message may be missing before the log says so: a wrong
    /// Content-Length looks like silence on both sides.
    package var unfinishedNotice = Duration.seconds(30)

    /// The defaults.
    package init() {}
  }

  let input: Descriptor
  let output: Descriptor
  let configuration: Configuration
  let clock: TransportClock
  let waker = Waker()
  let queue: OutboundQueue
  let dispatcher: Dispatcher
  private let methods: MethodTable
  private let counters: RequestCounters
  private let outlet: Outlet
  private let stopping = Mutex<StopTimes?>(nil)

  /// When `stop` was called, and until when it gave time.
  struct StopTimes: Sendable {
    let asked: Duration
    let deadline: Duration
  }

  /// A connection that reads and writes once `run` is called. `counters` may serve several.
  package init(
    input: Int32, output: Int32, methods: MethodTable, pools: WorkPools,
    configuration: Configuration, counters: RequestCounters, clock: TransportClock, logger: Logger
  ) {
    precondition(input >= 0 && output >= 0, "a descriptor is a number from 0 on")
    for name in ["shutdown", "exit", "initialized"] {
      precondition(methods[name] == nil, "\(name) is the connection's own")
    }
    precondition(
      methods[Initialize.method].map { $0.order == .exclusive } ?? true,
      "nothing may run beside initialize, which says what the session is")
    self.input = Descriptor(input)
    self.output = Descriptor(output)
    self.configuration = configuration
    self.clock = clock
    self.methods = methods
    self.counters = counters
    let queue = OutboundQueue(output: self.output, limit: configuration.limits.replies)
    self.queue = queue
    outlet = Outlet(queue: queue, counters: counters, logger: logger)
    dispatcher = Dispatcher(
      limits: configuration.limits, pools: pools, outlet: outlet,
      outputIsFull: { queue.isFull }, wakeReader: { [waker] in waker.wake() })
  }

  /// Serves the client until the end, on this thread, which becomes the reader. To be called once.
  ///
  /// When it returns, every request was answered, or its answer cannot be delivered; the
  /// descriptors are no longer in use. A handler that did not heed its cancellation may still run,
  /// unheard.
  package func run() -> ConnectionOutcome {
    let error =
      waker.error != 0
      ? waker.error
      : queue.start { [dispatcher, waker] in
        dispatcher.advance()
        waker.wake()
      }
    guard error == 0 else {
      return ConnectionOutcome(
        end: .failed("the connection could not be served: \(systemMessage(error))"),
        framing: nil, sawInitialize: false, sawShutdown: false)
    }
    var decoder = FrameDecoder(
      framing: configuration.framing, limit: configuration.limits.message)
    var intake = Intake(
      methods: methods, limits: configuration.limits, clock: clock, outlet: outlet,
      dispatcher: dispatcher, counters: counters)
    if let framing = decoder.framing { decide(framing, &intake) }
    var end = read(&decoder, &intake)
    settle(after: end, framing: decoder.framing)
    switch queue.end {
    case .failed(let number):
      end = .failed("the output could not be written: \(systemMessage(number))")
    case .peerGone where end == .endOfInput: end = .peerGone
    case .peerGone, .abandoned, nil: break
    }
    return ConnectionOutcome(
      end: end, framing: decoder.framing, sawInitialize: intake.sawInitialize,
      sawShutdown: intake.sawShutdown)
  }

  /// Ends the session from another thread: nothing more is read, what was accepted is answered or,
  /// when more than half of the time is over, cancelled; `run` returns by then. Frames are not cut,
  /// unless the peer has stopped to read in the middle of one. Another call may shorten the time.
  package func stop(within time: Duration) {
    stopping.withLock { times in
      let now = clock.now()
      let asked = times?.asked ?? now
      times = StopTimes(asked: asked, deadline: min(times?.deadline ?? now + time, now + time))
    }
    waker.wake()
  }

  /// Tells the client something that it did not ask for.
  package func notify(_ method: String, _ params: some Encodable) { outlet.notify(method, params) }

  /// A line for our log, and for the client's where its framing has a place for it: in
  /// Content-Length framing, once it has said `initialized`.
  package func log(_ type: MessageType, _ message: String) { outlet.log(type, message) }

  var stopTimes: StopTimes? { stopping.withLock { $0 } }

  // MARK: Reading

  private func decide(_ framing: Framing, _ intake: inout Intake) {
    intake.framing = framing
    outlet.decide(framing)
    dispatcher.decide(framing)
  }

  /// Reads until something ends it.
  private func read(
    _ decoder: inout FrameDecoder, _ intake: inout Intake
  ) -> ConnectionOutcome.End {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    var lastBytes = clock.now()
    var mayNotice = false
    while true {
      if stopTimes != nil { return .stopped }
      if queue.end != nil { return readFarewell(&buffer, &decoder, &intake) }
      let mayRead = !queue.isFull && dispatcher.hasRoom()
      let ready = wait(
        input: mayRead ? input : nil, outputEnd: output, waker: waker,
        timeout: mayNotice && mayRead ? configuration.unfinishedNotice : nil)
      if ready.outputGone {
        queue.fail(.peerGone)
      } else if ready.canRead {
        switch input.read(into: &buffer) {
        case .bytes(let count):
          take(decoder.feed(buffer[..<count]), decoder, &intake)
          if intake.sawExit { return .exit }
          lastBytes = clock.now()
          mayNotice = decoder.isWithinMessage
        case .end:
          take(decoder.finish(), decoder, &intake)
          return intake.sawExit ? .exit : .endOfInput
        case .later: break
        case .failed(let number):
          return .failed("the input could not be read: \(systemMessage(number))")
        }
      } else if mayNotice, clock.now() - lastBytes >= configuration.unfinishedNotice {
        mayNotice = false
        outlet.logger.notice("a message has begun, and its end has not come; waiting for it")
      }
    }
  }

  private func take(_ events: [FrameEvent], _ decoder: FrameDecoder, _ intake: inout Intake) {
    if let framing = decoder.framing, framing != intake.framing { decide(framing, &intake) }
    for event in events { intake.take(event) }
    dispatcher.advance()
  }

  /// Nobody reads our answers any more. What the client wrote before it went still says whether it
  /// took leave, so a little of it is read, as far as it is there.
  private func readFarewell(
    _ buffer: inout [UInt8], _ decoder: inout FrameDecoder, _ intake: inout Intake
  ) -> ConnectionOutcome.End {
    intake.isDiscarding = true
    for _ in 0..<16 {
      guard wait(input: input, waker: waker, timeout: .zero).canRead,
        case .bytes(let count) = input.read(into: &buffer)
      else { break }
      for event in decoder.feed(buffer[..<count]) { intake.take(event) }
      if intake.sawExit { return .exit }
    }
    return .peerGone
  }
}
