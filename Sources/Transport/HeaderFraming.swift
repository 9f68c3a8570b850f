/// `Content-Length` framing: the base protocol of LSP, tolerant in what it accepts.
///
/// Names in any case, LF or CRLF, other fields passed over. What cannot be a header before a header
/// begins (a banner of a shell, the rest of a message whose length was wrong) is passed over. After
/// a header that cannot be read the next line that begins with, or ends in, a `Content-Length`
/// field is taken as the next header: the end of a body has no newline of its own.
struct HeaderFraming: Sendable {
  private enum Mode {
    /// Between messages, or within a header.
    case header
    /// So many bytes of the message are still to come.
    case body(remaining: Int)
    /// So many bytes are passed over.
    case skip(remaining: Int)
    /// Looking for the next header.
    case lost
  }

  /// The longest header in bytes.
  static let headerLimit = 8192
  /// What is kept of a line that is too long: enough to see a Content-Length field at its end.
  private static let tail = 128

  let limit: Int
  private var mode = Mode.header
  /// The unfinished line; only its end when `lineIsCut`.
  private var line: [UInt8] = []
  private var lineIsCut = false
  private var block = HeaderBlock()
  private var body: [UInt8] = []
  /// Bytes passed over since the last message.
  private var skipped = 0

  init(limit: Int) { self.limit = limit }

  var keptBytes: Int { line.capacity + body.capacity }

  var isWithinMessage: Bool {
    switch mode {
    case .header: !line.isEmpty || !block.isEmpty
    case .body, .skip: true
    case .lost: false
    }
  }

  mutating func feed(_ bytes: ArraySlice<UInt8>, into events: inout [FrameEvent]) {
    var rest = bytes
    while !rest.isEmpty {
      switch mode {
      case .body(let remaining):
        let piece = rest.prefix(remaining)
        rest = rest.dropFirst(piece.count)
        if piece.count == remaining && body.isEmpty {
          events.append(.message(Array(piece)))
          mode = .header
          continue
        }
        body.append(contentsOf: piece)
        mode = .body(remaining: remaining - piece.count)
        if piece.count == remaining {
          events.append(.message(body))
          body = []
          mode = .header
        }
      case .skip(let remaining):
        let count = min(remaining, rest.count)
        rest = rest.dropFirst(count)
        mode = count == remaining ? .header : .skip(remaining: remaining - count)
      case .header, .lost:
        let newline = rest.firstIndex(of: Byte.newline)
        append(rest[..<(newline ?? rest.endIndex)], into: &events)
        rest = newline.map { rest[($0 + 1)...] } ?? []
        if newline != nil { completeLine(into: &events) }
      }
    }
  }

  /// The end of the stream: what is unfinished is not answered, only counted.
  mutating func finish(into events: inout [FrameEvent]) {
    if block.isEmpty, line.allSatisfy(Byte.isSpace) { line = [] }
    skipped += block.bytes + line.count + body.count
    recover(into: &events)
    self = HeaderFraming(limit: limit)
  }

  /// Adds to the unfinished line, of which no more is kept than a header may have.
  private mutating func append(_ piece: ArraySlice<UInt8>, into events: inout [FrameEvent]) {
    let count = line.count + piece.count
    guard block.bytes + count > Self.headerLimit || lineIsCut else {
      line.append(contentsOf: piece)
      return
    }
    if case .header = mode {
      lose("a header has at most \(Self.headerLimit) bytes", into: &events)
    }
    let kept = Array((line.suffix(Self.tail) + piece.suffix(Self.tail)).suffix(Self.tail))
    skipped += count - kept.count
    line = kept
    lineIsCut = true
  }

  private mutating func completeLine(into events: inout [FrameEvent]) {
    let bytes = line.count + 1
    let text = line.last == Byte.carriageReturn ? line.dropLast() : line[...]
    let isWhole = !lineIsCut
    line = []
    lineIsCut = false
    switch mode {
    case .header where text.isEmpty:
      if !block.isEmpty { completeHeader(into: &events) }
    case .header:
      headerLine(text, bytes: bytes, into: &events)
    case .lost:
      if isWhole, let field = HeaderField(text), field.isContentLength {
        begin(field, bytes: bytes, into: &events)
      } else if !beginAtEnd(of: text, bytes: bytes, into: &events) {
        skipped += bytes
      }
    case .body, .skip:
      preconditionFailure("lines are read only between messages")
    }
  }

  private mutating func headerLine(
    _ text: ArraySlice<UInt8>, bytes: Int, into events: inout [FrameEvent]
  ) {
    if block.isEmpty, beginAtEnd(of: text, bytes: bytes, into: &events) { return }
    if let field = HeaderField(text) {
      begin(field, bytes: bytes, into: &events)
      return
    }
    defer { skipped += bytes }
    if !block.isEmpty {
      lose("a line of the header is not `Name: value`: \(text.excerpt)", into: &events)
    } else if text.contains(0) {
      lose("a NUL byte stands where a header was expected: \(text.excerpt)", into: &events)
    } else if let first = text.trimmed.first,
      first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    {
      lose(
        "a line of JSON came without a header; this connection began with Content-Length framing "
          + "and stays with it", into: &events)
    }
  }

  /// Takes a field of the current header, or of a new one.
  private mutating func begin(
    _ field: HeaderField, bytes: Int, into events: inout [FrameEvent]
  ) {
    if block.isEmpty { recover(into: &events) }
    mode = .header
    if let problem = block.add(field, bytes: bytes) { lose(problem, into: &events) }
  }

  /// Begins a header at the Content-Length field that ends a line of something else.
  private mutating func beginAtEnd(
    of text: ArraySlice<UInt8>, bytes: Int, into events: inout [FrameEvent]
  ) -> Bool {
    guard let start = HeaderField.startOfContentLength(endingIn: text),
      let field = HeaderField(text[start...])
    else { return false }
    let before = start - text.startIndex
    skipped += before
    begin(field, bytes: bytes - before, into: &events)
    return true
  }

  private mutating func completeHeader(into events: inout [FrameEvent]) {
    guard let length = block.length else {
      lose("the header has no Content-Length", into: &events)
      return
    }
    let charset = block.charset ?? "utf-8"
    block = HeaderBlock()
    if charset != "utf-8" && charset != "utf8" {
      let name = Array(charset.utf8)[...].excerpt
      events.append(.malformed("a message must be in UTF-8; its header says \(name)"))
      mode = length == 0 ? .header : .skip(remaining: length)
    } else if length > limit {
      events.append(.tooLarge(limit: limit))
      mode = .skip(remaining: length)
    } else if length == 0 {
      events.append(.message([]))
    } else {
      mode = .body(remaining: length)
    }
  }

  private mutating func lose(_ problem: String, into events: inout [FrameEvent]) {
    recover(into: &events)
    events.append(.malformed(problem))
    skipped += block.bytes
    block = HeaderBlock()
    mode = .lost
  }

  /// Tells what was passed over until here.
  private mutating func recover(into events: inout [FrameEvent]) {
    if skipped > 0 { events.append(.skipped(skipped)) }
    skipped = 0
  }
}
