/// Cuts a stream of bytes into messages.
///
/// A pure value: the same bytes give the same events, in whatever pieces they come, and no bytes
/// make it trap. It keeps at most one unfinished message, never more than the limit, and grows with
/// what has come, never with what was announced.
package struct FrameDecoder: Sendable {
  private enum State {
    /// Nothing but white space and a piece of a byte order mark has come.
    case start([UInt8])
    case headers(HeaderFraming)
    case lines(LineFraming)
  }

  private var state = State.start([])
  private let choice: FramingChoice
  private let limit: Int

  /// The framing; `nil` while it depends on bytes that have not come.
  package private(set) var framing: Framing?

  /// A decoder that passes over messages longer than `limit` bytes.
  package init(framing: FramingChoice, limit: Int) {
    self.choice = framing
    self.limit = limit
    self.framing = framing.fixed
  }

  /// The memory in bytes that is kept for what is unfinished.
  package var keptBytes: Int {
    switch state {
    case .start: 0
    case .headers(let headers): headers.keptBytes
    case .lines(let lines): lines.keptBytes
    }
  }

  /// Whether a message has begun and has not ended.
  package var isWithinMessage: Bool {
    switch state {
    case .start: false
    case .headers(let headers): headers.isWithinMessage
    case .lines(let lines): lines.isWithinMessage
    }
  }

  /// Takes the next bytes of the stream.
  package mutating func feed(_ bytes: ArraySlice<UInt8>) -> [FrameEvent] {
    var events: [FrameEvent] = []
    feed(bytes, into: &events)
    return events
  }

  /// Takes the next bytes of the stream.
  package mutating func feed(_ bytes: [UInt8]) -> [FrameEvent] { feed(bytes[...]) }

  /// The stream has ended: a last line counts without its newline, a piece of a message does not.
  package mutating func finish() -> [FrameEvent] {
    var events: [FrameEvent] = []
    if case .start(let begun) = state, !begun.isEmpty {
      decide(begun[...], into: &events)
    }
    switch state {
    case .start: break
    case .headers(var headers): headers.finish(into: &events)
    case .lines(var lines): lines.finish(into: &events)
    }
    state = .start([])
    return events
  }

  private mutating func feed(_ bytes: ArraySlice<UInt8>, into events: inout [FrameEvent]) {
    guard !bytes.isEmpty else { return }
    switch state {
    case .start(let begun):
      start(begun + bytes, into: &events)
    case .headers(var headers):
      // The value is taken out of the state while it changes, or its buffers would be copied.
      state = .start([])
      headers.feed(bytes, into: &events)
      state = .headers(headers)
    case .lines(var lines):
      state = .start([])
      lines.feed(bytes, into: &events)
      state = .lines(lines)
    }
  }

  /// Passes over one byte order mark, which editors of Windows write before their first byte.
  private mutating func start(_ bytes: ArraySlice<UInt8>, into events: inout [FrameEvent]) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    if mark.starts(with: bytes.prefix(3)), bytes.count < 3 {
      state = .start(Array(bytes))
    } else {
      decide(bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes, into: &events)
    }
  }

  /// Looks at the first byte that is not white space, once.
  private mutating func decide(_ bytes: ArraySlice<UInt8>, into events: inout [FrameEvent]) {
    guard let first = bytes.firstIndex(where: { !Byte.isSpace($0) }) else {
      // White space is not kept, but that something came is: a later mark is none any more.
      state = .start([Byte.space])
      return
    }
    let decided = choice.fixed ?? (Byte.isLetter(bytes[first]) ? .lsp : .ndjson)
    framing = decided
    switch decided {
    case .lsp: state = .headers(HeaderFraming(limit: limit))
    case .ndjson: state = .lines(LineFraming(limit: limit))
    }
    feed(bytes[first...], into: &events)
  }
}
