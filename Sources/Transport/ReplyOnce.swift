import JSON
import Messages
import Synchronization

/// What a request is answered with.
enum Answer: Sendable {
  case result(JSONValue)
  case error(ResponseError)
}

/// The one reply to one request: the first answer is sent, later ones are not, and if there never
/// was one, the request is answered with -32603 when the last who could answer has forgotten it.
final class ReplyOnce: Sendable {
  let id: RequestID
  private let isAnswered = Atomic<Bool>(false)
  private let deliver: @Sendable (RequestID, Answer) -> Void

  init(id: RequestID, deliver: @escaping @Sendable (RequestID, Answer) -> Void) {
    self.id = id
    self.deliver = deliver
  }

  deinit {
    if !isAnswered.load(ordering: .acquiring) {
      deliver(id, .error(.internalError("the request was lost before it was answered")))
    }
  }

  /// Sends the answer; false if there was one already.
  @discardableResult
  func answer(_ answer: Answer) -> Bool {
    guard !isAnswered.exchange(true, ordering: .acquiringAndReleasing) else { return false }
    deliver(id, answer)
    return true
  }
}

/// Collects the answers to a batch and sends them as one array, in the order of the requests.
final class BatchReply: Sendable {
  private struct State {
    var responses: [[UInt8]]
    var missing: Int
  }

  private let state: Mutex<State>
  private let send: @Sendable ([UInt8]) -> Void

  /// A reply for so many requests, of which there is at least one.
  init(count: Int, send: @escaping @Sendable ([UInt8]) -> Void) {
    state = Mutex(State(responses: Array(repeating: [], count: count), missing: count))
    self.send = send
  }

  /// Puts the response to one request in its place; each place is filled once.
  func fill(_ index: Int, with response: [UInt8]) {
    let complete = state.withLock { state -> [[UInt8]]? in
      state.responses[index] = response
      state.missing -= 1
      guard state.missing == 0 else { return nil }
      defer { state.responses = [] }
      return state.responses
    }
    if let complete { send(Envelope.batch(complete)) }
  }
}
