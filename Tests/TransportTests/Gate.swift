import Dispatch
import Synchronization
import Testing

/// Holds handlers back until the test lets them go, and tells the test when they have come.
final class Gate: Sendable {
  private let opened = DispatchSemaphore(value: 0)
  private let arrived = DispatchSemaphore(value: 0)

  /// For the handler: says that it is here, and waits until it may go on.
  func pass() {
    arrived.signal()
    opened.wait()
  }

  /// For the handler: says that it is here.
  func arrive() { arrived.signal() }

  /// For the test: lets so many handlers go on, those that come later included.
  func open(_ count: Int = 1) {
    for _ in 0..<count { opened.signal() }
  }

  /// For the test: waits until one more handler is here.
  func waitForArrival(_ location: SourceLocation = #_sourceLocation) {
    let result = arrived.wait(timeout: .now() + 60)
    #expect(result == .success, "nobody came to the gate", sourceLocation: location)
  }

  /// For the test: whether a handler has come that was not waited for.
  var hasArrival: Bool { arrived.wait(timeout: .now()) == .success }
}

/// What several threads did, in the order in which they did it.
final class Journal: Sendable {
  private let lines = Mutex<[String]>([])

  func note(_ line: String) { lines.withLock { $0.append(line) } }
  var notes: [String] { lines.withLock { $0 } }
}
