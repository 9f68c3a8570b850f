import Testing
import Transport

/// What the decoder must make of some bytes.
struct DecoderRow: Sendable, CustomTestStringConvertible {
  enum Expected: Sendable {
    case message(String)
    /// A message that is no text.
    case bytes([UInt8])
    /// The problem contains these words.
    case malformed(String)
    case tooLarge
    case skipped(Int)
  }

  let name: String
  let framing: FramingChoice
  let input: [UInt8]
  let expected: [Expected]

  init(_ name: String, _ framing: FramingChoice, _ input: String, _ expected: [Expected]) {
    self.init(name, framing, bytes: Array(input.utf8), expected)
  }

  init(_ name: String, _ framing: FramingChoice, bytes: [UInt8], _ expected: [Expected]) {
    self.name = name
    self.framing = framing
    self.input = bytes
    self.expected = expected
  }

  static let limit = 100

  var testDescription: String { name }

  func matches(_ events: [FrameEvent]) -> Bool {
    events.count == expected.count
      && zip(events, expected).allSatisfy { event, expected in
        switch (event, expected) {
        case (.message(let bytes), .message(let text)): bytes.elementsEqual(text.utf8)
        case (.message(let bytes), .bytes(let wanted)): bytes == wanted
        case (.malformed(let problem), .malformed(let words)): problem.contains(words)
        case (.tooLarge(let limit), .tooLarge): limit == Self.limit
        case (.skipped(let count), .skipped(let wanted)): count == wanted
        default: false
        }
      }
  }
}

/// Everything a decoder finds in a stream that comes in these pieces.
func decode(
  _ pieces: some Sequence<ArraySlice<UInt8>>, _ framing: FramingChoice, limit: Int
) -> [FrameEvent] {
  var decoder = FrameDecoder(framing: framing, limit: limit)
  var events = pieces.flatMap { decoder.feed($0) }
  events += decoder.finish()
  return events
}

/// A message with a header.
func framed(_ message: String) -> String {
  "Content-Length: \(message.utf8.count)\r\n\r\n\(message)"
}

private let long = String(repeating: "x", count: 101)
private let good = framed("{}")

/// Lengths that are none, and what comes after them: the next message is found (rows 1–3).
private let badLengths = [
  "abc", "", "0x10", "1 2", "-5", "+5", "18446744073709551617", "9223372036854775808",
  "4294967296", "9999999999", "1.0", "5;", "5,5", "\u{0665}", "5\u{0}",
].map { length in
  DecoderRow(
    "length \(length.debugDescription)", .lsp, "Content-Length: \(length)\r\n\r\n{}" + good,
    [
      .malformed("Content-Length"), .skipped(17 + length.utf8.count + 2 + 3),
      .message("{}"),
    ])
}

private let headerRows = [
  DecoderRow("plain", .lsp, good + good, [.message("{}"), .message("{}")]),
  DecoderRow("length in bytes", .lsp, framed("{\"é\":1}"), [.message("{\"é\":1}")]),
  DecoderRow(
    "a body that looks like a header", .lsp, framed("Content-Length: 5\r\n\r\n") + good,
    [.message("Content-Length: 5\r\n\r\n"), .message("{}")]),
  DecoderRow("row 4: over the limit", .lsp, framed(long) + good, [.tooLarge, .message("{}")]),
  DecoderRow(
    "at the limit", .lsp, framed(String(long.dropLast())), [.message(String(long.dropLast()))]),
  DecoderRow(
    "row 5: 2 GiB announced, then silence", .lsp, "Content-Length: 2147483648\r\n\r\n",
    [.tooLarge]),
  DecoderRow(
    "row 5: within the limit, then silence", .lsp, "Content-Length: 99\r\n\r\n{", [.skipped(1)]),
  DecoderRow("row 6: empty", .lsp, framed("") + good, [.message(""), .message("{}")]),
  DecoderRow(
    "row 7: no length", .lsp, "Content-Type: a\r\nX: y\r\n\r\n{}" + good,
    [.malformed("no Content-Length"), .skipped(25), .message("{}")]),
  DecoderRow("row 8: lower case", .lsp, "content-length: 2\r\n\r\n{}", [.message("{}")]),
  DecoderRow("row 8: upper case", .lsp, "CONTENT-LENGTH: 2\r\n\r\n{}", [.message("{}")]),
  DecoderRow("row 8: mixed case", .lsp, "cOnTeNt-LeNgTh: 2\r\n\r\n{}", [.message("{}")]),
  DecoderRow("row 8: no space", .lsp, "Content-Length:2\r\n\r\n{}", [.message("{}")]),
  DecoderRow(
    "row 8: tabs, spaces", .lsp, "Content-Length :\t  2 \t\r\n\r\n{}", [.message("{}")]),
  DecoderRow(
    "row 8: leading zeros", .lsp, "Content-Length: 0000000002\r\n\r\n{}", [.message("{}")]),
  DecoderRow(
    "row 9: LF", .lsp, "Content-Length: 2\n\n{}" + good, [.message("{}"), .message("{}")]),
  DecoderRow(
    "row 9: LF and CRLF", .lsp, "Content-Type: a\nContent-Length: 2\r\n\n{}", [.message("{}")]),
  DecoderRow(
    "row 10: twice the same", .lsp, "Content-Length: 2\r\nContent-Length: 02\r\n\r\n{}",
    [.message("{}")]),
  DecoderRow(
    "row 10: twice, not the same", .lsp,
    "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}" + good,
    [.malformed("two Content-Length"), .skipped(42), .message("{}")]),
  DecoderRow(
    "row 11: type first", .lsp,
    "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
    [.message("{}")]),
  DecoderRow(
    "row 11: utf8", .lsp, "Content-Length: 2\r\nContent-Type: a;charset=utf8\r\n\r\n{}",
    [.message("{}")]),
  DecoderRow(
    "row 11: quoted, upper case", .lsp,
    "Content-Length: 2\r\nContent-Type: a; x=y; Charset=\"UTF-8\"\r\n\r\n{}", [.message("{}")]),
  DecoderRow(
    "row 11: utf-16", .lsp, "Content-Length: 2\r\nContent-Type: a; charset=utf-16\r\n\r\n{}" + good,
    [.malformed("utf-16"), .message("{}")]),
  DecoderRow(
    "row 12: a NUL in a value", .lsp, "X: a\u{0}b\r\nContent-Length: 2\r\n\r\n{}",
    [.malformed("control character"), .skipped(8), .message("{}")]),
  DecoderRow(
    "row 12: a NUL before a header", .lsp, "X\u{0}: b\r\n" + good,
    [.malformed("NUL"), .skipped(7), .message("{}")]),
  DecoderRow(
    "row 13: a line", .lsp, "hello\r\n" + good, [.skipped(7), .message("{}")]),
  DecoderRow(
    "row 13: a banner", .lsp,
    "Welcome to Debian!\n\nLast login: never \n\u{1B}[31mred\u{1B}[0m\n" + good,
    [.skipped(51), .message("{}")]),
  DecoderRow(
    "row 13: no line end before the header", .lsp, "~$ " + good, [.skipped(3), .message("{}")]),
  DecoderRow(
    "row 14: length too short", .lsp, "Content-Length: 2\r\n\r\n{\"a\":1}" + good,
    [.message("{\""), .skipped(5), .message("{}")]),
  DecoderRow(
    "row 15: length too long", .lsp, "Content-Length: 20\r\n\r\n{}" + good + good,
    [.message("{}Content-Length: 2\r"), .skipped(2), .message("{}")]),
  DecoderRow(
    "row 15: length too long by half a header", .lsp, "Content-Length: 12\r\n\r\n{}" + good + good,
    [
      .message("{}Content-Le"), .malformed("no Content-Length"), .skipped(11), .message("{}"),
    ]),
  DecoderRow("row 18: end in a header", .lsp, good + "Content-Le", [.message("{}"), .skipped(10)]),
  DecoderRow(
    "row 18: end after a header line", .lsp, "Content-Length: 2\r\n", [.skipped(19)]),
  DecoderRow(
    "row 18: end in a body", .lsp, good + "Content-Length: 9\r\n\r\n{}",
    [.message("{}"), .skipped(2)]),
  DecoderRow(
    "row 19: a line of JSON", .lsp, good + "{\"a\":1}\n{\"a\":1}\n" + good,
    [.message("{}"), .malformed("a line of JSON"), .skipped(16), .message("{}")]),
  DecoderRow(
    "an obsolete folded line", .lsp, "X: a\r\n b\r\n" + good,
    [.malformed("not `Name: value`"), .skipped(10), .message("{}")]),
  DecoderRow(
    "another field whose name ends like it", .lsp, "X-Content-Length: 7\r\n" + good,
    [.message("{}")]),
  DecoderRow(
    "blank lines between messages", .lsp, "\r\n\n" + good + "\r\n\n" + good,
    [.message("{}"), .message("{}")]),
]

private let lineRows = [
  DecoderRow("lines", .ndjson, "{}\n[]\n", [.message("{}"), .message("[]")]),
  DecoderRow(
    "row 20: CRLF, blank lines, spaces", .ndjson, "\r\n{}\r\n\n   \n\t [] \r\n",
    [.message("{}"), .message("[]")]),
  DecoderRow("row 21: no newline at the end", .ndjson, "{}\n[]", [.message("{}"), .message("[]")]),
  DecoderRow(
    "row 23: over the limit", .ndjson, long + "\n{}\n", [.tooLarge, .message("{}")]),
  DecoderRow("row 23: over the limit at the end", .ndjson, long, [.tooLarge]),
  DecoderRow(
    "at the limit", .ndjson, String(long.dropLast()) + "\n", [.message(String(long.dropLast()))]),
  DecoderRow(
    "row 24: byte order mark", .ndjson, "\u{FEFF}{}\n\u{FEFF}{}\n",
    [.message("{}"), .message("\u{FEFF}{}")]),
  DecoderRow(
    "a header among lines", .ndjson, "Content-Length: 2\r\n\r\n{}",
    [.message("Content-Length: 2"), .message("{}")]),
  DecoderRow("scalars", .ndjson, "42\nnull\n", [.message("42"), .message("null")]),
  DecoderRow(
    "bytes that are no text", .ndjson, bytes: [0xFF, 0x00, 0x0A, 0x7B, 0x7D, 0x0A],
    [.bytes([0xFF, 0x00]), .message("{}")]),
]

private let detectionRows = [
  DecoderRow("nothing", .auto, "", []),
  DecoderRow("white space only", .auto, " \r\n\t", []),
  DecoderRow("an object", .auto, " \n {}\n", [.message("{}")]),
  DecoderRow("an array", .auto, "[]", [.message("[]")]),
  DecoderRow("a digit", .auto, "42\n", [.message("42")]),
  DecoderRow("a quotation mark", .auto, "\"a\"\n", [.message("\"a\"")]),
  DecoderRow("a letter", .auto, "\r\n " + good, [.message("{}")]),
  DecoderRow("another field first", .auto, "X: y\r\n" + good, [.message("{}")]),
  DecoderRow("row 13: a banner first", .auto, "hello\n" + good, [.skipped(6), .message("{}")]),
  DecoderRow("row 24: mark and line", .auto, "\u{FEFF}\n{}\n", [.message("{}")]),
  DecoderRow("row 24: mark and header", .auto, "\u{FEFF}" + good, [.message("{}")]),
  DecoderRow(
    "decided once: then a line", .auto, good + "{}\n" + good,
    [.message("{}"), .malformed("a line of JSON"), .skipped(3), .message("{}")]),
  DecoderRow(
    "decided once: then a header", .auto, "{}\n" + good,
    [.message("{}"), .message("Content-Length: 2"), .message("{}")]),
  DecoderRow("a piece of a mark", .auto, bytes: [0xEF, 0xBB], [.bytes([0xEF, 0xBB])]),
  DecoderRow(
    "lsp although a brace came", .lsp, "{}\n" + good,
    [.malformed("a line of JSON"), .skipped(3), .message("{}")]),
]

@Suite("Frames")
struct FrameDecoderTests {
  @Test("rows", arguments: badLengths + headerRows + lineRows + detectionRows)
  func row(_ row: DecoderRow) {
    let events = decode([row.input[...]], row.framing, limit: DecoderRow.limit)
    #expect(row.matches(events), "\(events)")
  }

  @Test(
    "the pieces make no difference", arguments: badLengths + headerRows + lineRows + detectionRows)
  func pieces(_ row: DecoderRow) {
    let whole = decode([row.input[...]], row.framing, limit: DecoderRow.limit)
    let single = row.input.indices.map { row.input[$0...$0] }
    #expect(decode(single, row.framing, limit: DecoderRow.limit) == whole)
    for place in row.input.indices {
      let halves = [row.input[..<place], row.input[place...]]
      #expect(decode(halves, row.framing, limit: DecoderRow.limit) == whole, "cut at \(place)")
    }
  }
}
