/// One JSON text per line: the framing of shells and of MCP's stdio transport.
///
/// Lines end with LF or CRLF; blank ones are passed over; a line longer than the limit is answered
/// once and passed over up to its end.
struct LineFraming: Sendable {
  let limit: Int

  /// The unfinished line.
  private var line: [UInt8] = []
  /// Whether the rest of the line is passed over.
  private var isDiscarding = false

  init(limit: Int) { self.limit = limit }

  var keptBytes: Int { line.capacity }

  var isWithinMessage: Bool { !line.isEmpty || isDiscarding }

  mutating func feed(_ bytes: ArraySlice<UInt8>, into events: inout [FrameEvent]) {
    var rest = bytes
    while !rest.isEmpty {
      let newline = rest.firstIndex(of: Byte.newline)
      let piece = rest[..<(newline ?? rest.endIndex)]
      rest = newline.map { rest[($0 + 1)...] } ?? []
      if isDiscarding {
        isDiscarding = newline == nil
      } else if piece.count > limit - line.count {
        events.append(.tooLarge(limit: limit))
        line = []
        isDiscarding = newline == nil
      } else if newline == nil {
        line.append(contentsOf: piece)
      } else if line.isEmpty {
        complete(piece, into: &events)
      } else {
        line.append(contentsOf: piece)
        complete(line[...], into: &events)
        line = []
      }
    }
  }

  mutating func finish(into events: inout [FrameEvent]) {
    complete(line[...], into: &events)
    line = []
  }

  private func complete(_ line: ArraySlice<UInt8>, into events: inout [FrameEvent]) {
    let text = line.trimmed
    if !text.isEmpty { events.append(.message(Array(text))) }
  }

  /// What probably went wrong with a line that is no JSON; `nil` if there is nothing to guess.
  static func hint(for line: [UInt8]) -> String? {
    guard let first = line.first, let last = line.last else { return nil }
    if line.count > 15, HeaderField(line[...])?.isContentLength == true {
      return "this connection speaks one JSON text per line and needs no Content-Length header"
    }
    let opens = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    let pieces = [first, last].map { Character(UnicodeScalar($0)) }
    if (opens && "{[,:".contains(pieces[1])) || (!opens && "}]\"".contains(pieces[0])) {
      return "a message must stand on one line; this line looks like a part of a text that was "
        + "printed over several (print it compactly, as `jq -c` does)"
    }
    return nil
  }
}
