import Dispatch
import Synchronization

/// Work that several threads share. What is computed never depends on how many there are: the parts
/// are fixed, and their results are taken in their order.
enum Threads {
  /// Calls `body` with every number below `count`, on as many threads at most; returns when all
  /// calls have.
  static func each(_ count: Int, _ body: @Sendable (Int) -> Void) {
    guard count > 1 else {
      if count == 1 { body(0) }
      return
    }
    DispatchQueue.concurrentPerform(iterations: count, execute: body)
  }

  /// What `body` makes of every number below `count`, in their order, on at most `threads` threads.
  static func map<Result: Sendable>(
    _ count: Int, threads: Int, _ body: @Sendable (Int) -> Result
  ) -> [Result] {
    guard threads > 1, count > 1 else { return (0..<count).map(body) }
    let state = Mutex<(next: Int, results: [Result?])>((0, (0..<count).map { _ in nil }))
    each(min(threads, count)) { _ in
      while let place = state.withLock({ state -> Int? in
        guard state.next < count else { return nil }
        state.next += 1
        return state.next - 1
      }) {
        let result = body(place)
        state.withLock { $0.results[place] = result }
      }
    }
    return state.withLock { $0.results.compactMap(\.self) }
  }
}
