import CProbex
import Dispatch
import Glibc
import Synchronization

/// Watches the process that a client named as its own, and tells when it has ended.
///
/// A client that dies leaves its pipe open when a child of its inherited it; the daemon would then
/// wait for ever. A pid means the client only if it is alive when it is named: in a container the
/// number may belong to nobody here, and then nothing is watched.
package final class ProcessWatch: Sendable {
  private let watched = Mutex<Int?>(nil)
  private let ended: @Sendable () -> Void

  /// - Parameter ended: called once, on some thread, when the watched process has ended.
  package init(ended: @escaping @Sendable () -> Void) {
    self.ended = ended
  }

  /// Watches that process from now on; returns whether it does. The first process named is the one
  /// that is watched. A number that is no living process, or init, is not.
  @discardableResult
  package func watch(_ process: Int) -> Bool {
    guard process > 1, let pid = Int32(exactly: process) else { return false }
    let isFirst = watched.withLock { watched in
      defer { watched = watched ?? process }
      return watched == nil
    }
    guard isFirst else { return false }
    let descriptor = probex_pidfd_open(pid)
    guard descriptor >= 0 else { return false }
    // A process descriptor is readable from the moment the process has ended. The source keeps
    // itself alive until it is cancelled.
    let reader = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
    reader.setEventHandler { [ended] in
      reader.cancel()
      ended()
    }
    reader.setCancelHandler { close(descriptor) }
    reader.activate()
    return true
  }
}
