import CProbex
import Glibc

// The system calls of this module that take pointers, and with them all of its unsafe code.
// Pointers do not leave.

enum SystemCalls {
  /// Opens `/dev/null` on every one of the descriptors 0, 1 and 2 that is closed.
  ///
  /// The number of a closed one would go to whatever is opened next: the daemon would then wait on
  /// a descriptor of its own for requests, or write its log into a file.
  static func openClosedStandardStreams() {
    while true {
      let descriptor = unsafe open("/dev/null", O_RDWR)
      // The lowest free number is given out, so one above 2 says that all three are open.
      if descriptor > STDERR_FILENO { close(descriptor) }
      if descriptor < 0 || descriptor > STDERR_FILENO { return }
    }
  }

  /// The beginning of a file of `/proc`, as one read gives it; `nil` where it cannot be read.
  static func beginning(of path: String, count: Int) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = unsafe bytes.withUnsafeMutableBytes {
      unsafe read(descriptor, $0.baseAddress, $0.count)
    }
    return got > 0 ? Array(bytes.prefix(got)) : nil
  }

  /// The text of `Protocol/openrpc.json` that was compiled in. Costs a copy of some 50 KB.
  static var embeddedProtocol: [UInt8] {
    var count = 0
    let start = unsafe probex_openrpc(&count)
    return unsafe Array(UnsafeBufferPointer(start: start, count: count))
  }

  /// Gives the calling thread, and threads that it starts, the processor only when nobody else
  /// wants it. On Linux the nice value is each thread's own (setpriority(2), "C library/kernel
  /// differences"); raising it needs no right, so this cannot fail.
  static func goBehindOtherThreads() { _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, 19) }

  /// What the system says of the last call that failed.
  static var lastError: String { unsafe String(cString: strerror(errno)) }
}
