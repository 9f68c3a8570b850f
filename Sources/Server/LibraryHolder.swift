import Dispatch
package import Library
import Messages
import Synchronization
package import Transport

/// Owns the library of a process: loads it in the background, hands out snapshots, and puts another
/// one in their place when an expert is added.
///
/// Requests that come while it loads wait for it, so that a script's first line is answered like
/// any other; nothing else waits, so that an editor's `initialize` is answered at once.
package final class LibraryHolder: Sendable {
  /// How often a waiting request looks whether it was cancelled.
  private static let pollInterval = DispatchTimeInterval.milliseconds(20)

  /// The library folder.
  package let path: String
  /// How its files and checkpoints are found and read.
  package let options: LibraryOptions

  private struct State {
    var snapshot: LibrarySnapshot?
    var progress: LibraryLoader.Progress?
    var isStopped = false
  }

  private let state = Mutex(State())
  private let loaded = DispatchGroup()

  /// A holder of the library at `path`; nothing is read before `load`.
  package init(path: String, options: LibraryOptions) {
    self.path = path
    self.options = options
    loaded.enter()
  }

  /// Loads the library on its own thread; call once.
  ///
  /// - Parameter finished: called on that thread with the snapshot, before anybody else sees it.
  package func load(finished: @escaping @Sendable (LibrarySnapshot) -> Void = { _ in }) {
    DispatchQueue(label: "probexd.library").async { [self] in
      let snapshot = LibraryLoader.load(
        path, options: options,
        progress: { progress in state.withLock { $0.progress = progress } },
        isCancelled: { state.withLock { $0.isStopped } })
      finished(snapshot)
      // A library that was cut short would answer "no such expert" for what it never read.
      state.withLock { if !$0.isStopped { $0.snapshot = snapshot } }
      loaded.leave()
    }
  }

  /// Has an expert served from now on, in the place of the one that had its file before. Requests
  /// that run go on with the library as it was when they came.
  package func serve(_ expert: ResidentExpert) {
    state.withLock { state in
      // Who has an expert has seen the snapshot that it was made for.
      guard let snapshot = state.snapshot else { preconditionFailure("no library is loaded") }
      state.snapshot = snapshot.adding(expert)
    }
  }

  /// Leaves out what has not been loaded yet.
  package func stop() { state.withLock { $0.isStopped = true } }

  /// How loading stands, in a few words for a person.
  package var standing: String {
    state.withLock { state in
      if let snapshot = state.snapshot {
        return "\(snapshot.expertCount) experts and \(snapshot.tableCount) text tables are loaded"
      }
      guard let progress = state.progress else { return "loading begins" }
      return "loading file \(progress.done + 1) of \(progress.total)"
    }
  }

  /// The library, as soon as it is loaded. Blocks until then, and says how far loading has come.
  ///
  /// - Throws: `RequestCancelled` when the request is no longer wanted, or `stop` came before the
  ///   library was loaded.
  package func snapshot(for context: RequestContext) throws(RequestCancelled) -> LibrarySnapshot {
    while true {
      let (snapshot, isStopped) = state.withLock { ($0.snapshot, $0.isStopped) }
      if let snapshot { return snapshot }
      if isStopped { throw RequestCancelled() }
      try context.checkCancellation()
      context.progress.begin(title: "Loading the library")
      // The percentage is that of the request's own work, which has not begun.
      context.progress.report(message: standing, percentage: 0)
      _ = loaded.wait(timeout: .now() + Self.pollInterval)
    }
  }
}
