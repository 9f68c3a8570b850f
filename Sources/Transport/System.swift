import Glibc

// The only file of this module that hands pointers to the kernel: threads and descriptors.

/// Starts a thread that runs `body` and ends; its stack is what `ulimit -s` says. Returns the
/// system's error number, 0 for none. Threads of our own, because the shared ones of Dispatch are
/// limited in number, and a blocked reader or writer would take one from the others.
func startThread(_ body: @escaping @Sendable () -> Void) -> Int32 {
  final class Start: Sendable {
    let body: @Sendable () -> Void
    init(body: @escaping @Sendable () -> Void) { self.body = body }
  }
  let start = unsafe Unmanaged.passRetained(Start(body: body)).toOpaque()
  var thread = pthread_t()
  let code = unsafe pthread_create(
    &thread, nil,
    { argument in
      guard let argument = unsafe argument else { return nil }
      unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
      return nil
    }, start)
  guard code == 0 else {
    unsafe Unmanaged<Start>.fromOpaque(start).release()
    return code
  }
  pthread_detach(thread)
  return 0
}

/// A file descriptor that somebody else opened, and closes.
struct Descriptor: Sendable {
  let number: Int32

  /// What it takes to write without blocking.
  enum Kind: Sendable {
    /// A write of up to 4,096 bytes does not block once `poll` says that there is room.
    case pipe
    case socket
    /// A file, a terminal, a device.
    case other
  }

  let kind: Kind

  init(_ number: Int32) {
    self.number = number
    var status = stat()
    let known = unsafe fstat(number, &status) == 0
    switch status.st_mode & S_IFMT {
    case S_IFIFO where known: kind = .pipe
    case S_IFSOCK where known: kind = .socket
    default: kind = .other
    }
  }

  enum ReadResult {
    case bytes(Int)
    case end
    /// Nothing now: it is non-blocking, or a signal came.
    case later
    case failed(Int32)
  }

  /// Reads what is there, at most as many bytes as the buffer has. Blocks if nothing is.
  func read(into buffer: inout [UInt8]) -> ReadResult {
    let capacity = buffer.count
    let number = number
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe Glibc.read(number, $0.baseAddress, capacity)
    }
    if count > 0 { return .bytes(count) }
    if count == 0 { return .end }
    switch errno {
    case EAGAIN, EWOULDBLOCK, EINTR: return .later
    // It was closed before we came, or the peer left without a word.
    case EBADF, ECONNRESET: return .end
    default: return .failed(errno)
    }
  }

  enum WriteResult {
    case bytes(Int)
    case later
    /// Nobody reads any more.
    case peerGone
    case failed(Int32)
  }

  /// Writes what there is room for now. The caller has asked `poll`, or is ready to hear `later`.
  func write(_ bytes: ArraySlice<UInt8>) -> WriteResult {
    let number = number
    let count = unsafe bytes.withUnsafeBytes { bytes -> Int in
      switch kind {
      case .socket:
        unsafe send(
          number, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      case .pipe: unsafe Glibc.write(number, bytes.baseAddress, min(bytes.count, 4096))
      case .other: unsafe Glibc.write(number, bytes.baseAddress, min(bytes.count, 1 << 20))
      }
    }
    if count >= 0 { return .bytes(count) }
    switch errno {
    case EAGAIN, EWOULDBLOCK, EINTR: return .later
    case EPIPE, ECONNRESET, EBADF, ENOTCONN: return .peerGone
    default: return .failed(errno)
    }
  }
}

/// What `wait` found.
struct Readiness: Sendable, Hashable {
  var canRead = false
  var canWrite = false
  /// The other end of the output is closed.
  var outputGone = false
}

/// Waits until the input can be read, the output has room, the other end of the output closes,
/// somebody wakes us, or the time is up. `nil` for what does not interest, and for no end of time.
func wait(
  input: Descriptor? = nil, outputRoom: Descriptor? = nil, outputEnd: Descriptor? = nil,
  waker: Waker, timeout: Duration? = nil
) -> Readiness {
  var polled = [pollfd(fd: waker.wakeEnd, events: Int16(POLLIN), revents: 0)]
  // A negative number is passed over by the kernel.
  polled.append(pollfd(fd: input?.number ?? -1, events: Int16(POLLIN), revents: 0))
  polled.append(pollfd(fd: outputRoom?.number ?? -1, events: Int16(POLLOUT), revents: 0))
  polled.append(pollfd(fd: outputEnd?.number ?? -1, events: 0, revents: 0))
  let milliseconds = timeout.map { timeout in
    let parts = max(timeout, .zero).components
    // Rounded up: a wait that ends early would spin until the time has come.
    let fine = parts.attoseconds / 1_000_000_000_000_000
    return Int32(clamping: min(parts.seconds, 1_000_000) * 1000 + fine + 1)
  }
  let count = unsafe poll(&polled, nfds_t(polled.count), milliseconds ?? -1)
  guard count > 0 else { return Readiness() }
  if polled[0].revents != 0 { waker.clear() }
  let gone = Int16(POLLERR) | Int16(POLLHUP) | Int16(POLLNVAL)
  return Readiness(
    canRead: polled[1].revents != 0, canWrite: polled[2].revents != 0,
    outputGone: polled[3].revents & gone != 0)
}

/// Ends another thread's `wait`.
final class Waker: Sendable {
  /// The end that is polled, and the end that is written to.
  let wakeEnd: Int32
  private let signalEnd: Int32
  /// Why it cannot wake anybody: no descriptors were left when it was made. 0 if it can.
  let error: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let code = unsafe socketpair(AF_UNIX, flags | Int32(SOCK_NONBLOCK.rawValue), 0, &ends)
    error = code == 0 ? 0 : errno
    (wakeEnd, signalEnd) = (ends[0], ends[1])
  }

  deinit {
    close(wakeEnd)
    close(signalEnd)
  }

  /// Wakes the waiting thread, or the next that waits. Several calls are one.
  func wake() {
    var byte: UInt8 = 1
    // A full buffer means that it is awake already.
    _ = unsafe send(signalEnd, &byte, 1, Int32(MSG_NOSIGNAL))
  }

  fileprivate func clear() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while unsafe Glibc.read(wakeEnd, &bytes, 64) == 64 {}
  }
}

/// What the system calls an error number.
func systemMessage(_ number: Int32) -> String {
  unsafe String(cString: strerror(number))
}
