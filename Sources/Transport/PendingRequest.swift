import JSON
import Messages
import Synchronization

/// A request, or a notification that does something, from its arrival until it is over.
final class PendingRequest: Sendable {
  /// What is to be done.
  enum Work: Sendable {
    /// A method of the table.
    case method(MethodEntry)
    /// Known to be wrong already; said when its turn comes, since the session may say otherwise.
    case refusal(ResponseError)
    case shutdown
    case initialized
    case setTrace(TraceLevel)
  }

  let work: Work
  let method: String
  let params: JSONValue?
  /// What it counts for in the limit on unanswered requests.
  let bytes: Int
  let context: RequestContext
  /// `nil` for a notification.
  let reply: ReplyOnce?
  /// By which the client may cancel it.
  let token: ProgressToken?

  private enum State {
    static let waiting: UInt8 = 0
    static let running: UInt8 = 1
    static let over: UInt8 = 2
  }
  private let state = Atomic<UInt8>(State.waiting)

  init(
    work: Work, method: String, params: JSONValue?, bytes: Int, context: RequestContext,
    reply: ReplyOnce?, token: ProgressToken?
  ) {
    self.work = work
    self.method = method
    self.params = params
    self.bytes = bytes
    self.context = context
    self.reply = reply
    self.token = token
  }

  /// Whether it waits for everything before it, and everything after waits for it.
  var isExclusive: Bool {
    switch work {
    case .method(let entry): entry.order == .exclusive
    case .shutdown: true
    case .refusal, .initialized, .setTrace: false
    }
  }

  /// Starts it; false if it is over already.
  func start() -> Bool {
    state.compareExchange(
      expected: State.waiting, desired: State.running, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Ends it before it has started; false if it has.
  func endWaiting() -> Bool {
    state.compareExchange(
      expected: State.waiting, desired: State.over, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// Ends it after it has run.
  func end() { state.store(State.over, ordering: .releasing) }

  var isOver: Bool { state.load(ordering: .acquiring) == State.over }
}
