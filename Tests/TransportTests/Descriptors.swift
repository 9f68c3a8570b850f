import Glibc
import Synchronization

/// The two ends of a pipe or of a socket pair, each of which is closed once.
final class DescriptorPair: Sendable {
  enum Kind: Sendable, CaseIterable { case pipe, socket }

  let reading: Int32
  let writing: Int32
  private let isReadingClosed = Atomic<Bool>(false)
  private let isWritingClosed = Atomic<Bool>(false)

  init(_ kind: Kind) {
    var ends: [Int32] = [-1, -1]
    let code =
      switch kind {
      case .pipe: unsafe pipe(&ends)
      case .socket: unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
      }
    precondition(code == 0, "no descriptors are left")
    (reading, writing) = (ends[0], ends[1])
  }

  // A number that is closed twice may belong to somebody else by then.
  func closeReading() {
    if !isReadingClosed.exchange(true, ordering: .relaxed) { close(reading) }
  }

  func closeWriting() {
    if !isWritingClosed.exchange(true, ordering: .relaxed) { close(writing) }
  }

  deinit {
    closeReading()
    closeWriting()
  }
}

/// Reads what is there, at most `count` bytes; empty at the end; `nil` after `seconds` of silence.
func readSome(_ descriptor: Int32, count: Int = 1 << 16, seconds: Int32 = 60) -> [UInt8]? {
  var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  guard unsafe poll(&polled, 1, seconds * 1000) > 0 else { return nil }
  var buffer = [UInt8](repeating: 0, count: count)
  let got = unsafe read(descriptor, &buffer, count)
  return Array(buffer.prefix(max(got, 0)))
}

/// Writes everything; false when nobody reads any more.
@discardableResult
func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    if count < 0 {
      if errno == EINTR { continue }
      return false
    }
    rest = rest.dropFirst(count)
  }
  return true
}

/// A dead peer must be an error and not the end of the test run.
let brokenPipesAreErrors: Void = {
  signal(SIGPIPE, SIG_IGN)
}()
