import DequeModule
import Dispatch
import Synchronization

/// Replies and notifications on their way out: any thread puts whole frames in, one thread writes
/// them in that order.
///
/// It refuses nothing. `isFull` says when more waits than the limit, and stays true until half of
/// it is gone; whoever produces has to stop then. So the memory is bounded by the limit and what is
/// being produced at that moment, and no reply is lost.
final class OutboundQueue: Sendable {
  /// Why the queue takes nothing more.
  enum End: Sendable, Hashable {
    /// Nobody reads any more.
    case peerGone
    /// The system refuses to write: the disk is full, for instance.
    case failed(Int32)
    /// The time to write was over.
    case abandoned
  }

  private struct State {
    var frames: Deque<[UInt8]> = []
    /// Bytes that are not written, those of the chunk that is being written included.
    var bytes = 0
    var isFull = false
    var writerWaits = false
    /// The writer waits for the peer to read.
    var isBlocked = false
    /// No frame comes any more; the writer ends when all are written.
    var isClosed = false
    /// No further frame is begun.
    var isHalted = false
    var end: End?
    var writerHasEnded = false
  }

  private let limit: Int
  private let output: Descriptor
  private let state = Mutex(State())
  private let work = DispatchSemaphore(value: 0)
  private let waker = Waker()

  init(output: Descriptor, limit: Int) {
    self.output = output
    self.limit = limit
  }

  /// Begins to write. `changed` is called by the writer's thread when the queue is no longer full,
  /// when writing has failed, and when the thread ends. Returns the system's error number when
  /// there is nothing left to write with, 0 otherwise.
  func start(changed: @escaping @Sendable () -> Void) -> Int32 {
    waker.error != 0 ? waker.error : startThread { self.write(changed) }
  }

  /// Puts a frame behind the others. It is dropped when the peer is gone.
  func append(_ frame: [UInt8]) {
    let wake = state.withLock { state in
      guard state.end == nil, !state.isClosed else { return false }
      state.frames.append(frame)
      state.bytes += frame.count
      if state.bytes > limit { state.isFull = true }
      defer { state.writerWaits = false }
      return state.writerWaits
    }
    if wake { work.signal() }
  }

  /// Whether producers should wait.
  var isFull: Bool { state.withLock { $0.isFull } }

  /// Bytes that wait to be written.
  var bytes: Int { state.withLock { $0.bytes } }

  /// Whether it is the peer that keeps the writer waiting, as far as one can tell.
  var isBlocked: Bool { state.withLock { $0.isBlocked } }

  /// Why nothing is written any more; `nil` while all is well.
  var end: End? { state.withLock { $0.end } }

  /// Whether the writer's thread has let go of the descriptor.
  var writerHasEnded: Bool { state.withLock { $0.writerHasEnded } }

  /// No frame comes any more; the writer ends after the last.
  func close() {
    let wake = state.withLock { state in
      state.isClosed = true
      defer { state.writerWaits = false }
      return state.writerWaits
    }
    if wake { work.signal() }
  }

  /// Drops what is not begun; a frame that is begun is still written whole.
  func halt() {
    state.withLock { $0.isHalted = true }
    close()
    waker.wake()
  }

  /// Drops everything: nobody reads any more, or the time is over.
  func fail(_ end: End) {
    state.withLock { state in
      if state.end == nil { state.end = end }
      state.frames = []
      state.bytes = 0
      state.isFull = false
    }
    close()
    waker.wake()
  }

  // MARK: The writer's thread

  private func write(_ changed: () -> Void) {
    while let chunk = next() {
      if let end = write(chunk, changed) {
        fail(end)
        changed()
      }
    }
    state.withLock { $0.writerHasEnded = true }
    changed()
  }

  /// The next bytes to write, with the places at which frames end within them; waits for some.
  private func next() -> Chunk? {
    while true {
      let (chunk, waits) = state.withLock { state -> (Chunk?, Bool) in
        if state.end != nil || state.isHalted { return (nil, false) }
        if let chunk = Chunk(takingFrom: &state.frames) { return (chunk, false) }
        state.writerWaits = !state.isClosed
        return (nil, state.writerWaits)
      }
      if !waits { return chunk }
      work.wait()
    }
  }

  /// Writes a chunk to its end, or to the end of a frame when halted. Returns what went wrong.
  private func write(_ chunk: Chunk, _ changed: () -> Void) -> End? {
    var written = 0
    while true {
      let target = target(in: chunk, written: written)
      if written >= target { return nil }
      if output.kind != .socket {
        // A socket says for itself that it has no room; a pipe would block.
        guard waitForRoom() else { continue }
      }
      switch output.write(chunk.bytes[written..<target]) {
      case .bytes(let count):
        written += count
        if makesRoom(count) { changed() }
      case .later: _ = waitForRoom()
      case .peerGone: return .peerGone
      case .failed(let number): return .failed(number)
      }
    }
  }

  private func waitForRoom() -> Bool {
    state.withLock { $0.isBlocked = true }
    defer { state.withLock { $0.isBlocked = false } }
    return wait(outputRoom: output, waker: waker).canWrite
  }

  /// Up to where a chunk is to be written, as things are now.
  private func target(in chunk: Chunk, written: Int) -> Int {
    state.withLock { state in
      if state.end != nil { return 0 }
      if !state.isHalted { return chunk.bytes.count }
      return written == 0 ? 0 : chunk.ends.first { $0 >= written } ?? 0
    }
  }

  /// Takes written bytes off the count; true if the queue was full and no longer is.
  private func makesRoom(_ count: Int) -> Bool {
    state.withLock { state in
      guard state.end == nil else { return false }
      state.bytes -= count
      guard state.isFull, state.bytes <= limit / 2 else { return false }
      state.isFull = false
      return true
    }
  }
}

/// Some whole frames in one piece: many small replies cost one call of the system.
private struct Chunk {
  private(set) var bytes: [UInt8]
  private(set) var ends: [Int]

  private static let size = 64 << 10

  /// The first frames, as many as fit; a large one alone and uncopied. `nil` if there are none.
  init?(takingFrom frames: inout Deque<[UInt8]>) {
    guard let first = frames.popFirst() else { return nil }
    bytes = first
    ends = [first.count]
    while let next = frames.first, bytes.count + next.count <= Self.size {
      bytes.append(contentsOf: next)
      ends.append(bytes.count)
      frames.removeFirst()
    }
  }
}
