import Testing
import Transport

/// Pieces of which hostile streams are made.
private let pieces: [[UInt8]] =
  [
    "Content-Length: ", "content-length:", "Content-Type: a; charset=", "utf-8", "utf-16", "X: y",
    "\r\n", "\n", "\r\n\r\n", "{}", "{\"a\":1}", "[", "}", "0", "2", "7", "99", "4294967296",
    "hello", " ", "\t", ":", "\u{0}", "\u{FEFF}", "é", "Content-Length: 2\r\n\r\n{}",
  ].map { Array($0.utf8) } + [[0xFF], [0xC3], Array(repeating: UInt8(ascii: "x"), count: 200)]

extension SeededRandom {
  /// Bytes that look a little like a session.
  fileprivate mutating func stream() -> [UInt8] {
    (0..<Int.random(in: 1...30, using: &self)).flatMap { _ in
      pieces.randomElement(using: &self) ?? []
    }
  }

  /// The same, but no message it announces is longer than the good one behind it: whoever announces
  /// 99 bytes gets 99 bytes, whatever they are.
  fileprivate mutating func shortSighted() -> [UInt8] {
    let announcements = [
      "Content-Length: 2\r\n\r\n", "Content-Length: 7\r\n\r\n{}", "Content-Length: 8589934592\n\n",
      "content-length:3\n\n{\n}", "Content-Length: 1\r\n",
    ]
    return (0..<Int.random(in: 1...10, using: &self)).flatMap { _ in
      let word = stream().filter { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      return word + Array((announcements.randomElement(using: &self) ?? "").utf8)
    }
  }

  /// The same bytes in pieces of random length.
  fileprivate mutating func cut(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 1...17, using: &self))
      pieces.append(piece)
      rest = rest.dropFirst(piece.count)
    }
    return pieces
  }
}

@Suite("Frames, for any bytes")
struct FramePropertyTests {
  @Test("any cut gives the same events", arguments: FramingChoice.allCases)
  func cuts(_ framing: FramingChoice) {
    var random = SeededRandom(seed: 1)
    for _ in 0..<20_000 {
      let stream = random.stream()
      let whole = decode([stream[...]], framing, limit: 50)
      let cut = decode(random.cut(stream), framing, limit: 50)
      guard whole == cut else {
        Issue.record("\(stream) gave \(whole) and \(cut)")
        return
      }
    }
  }

  @Test("after any garbage the second of two good frames is found")
  func recovery() {
    var random = SeededRandom(seed: 2)
    let good = framed("{\"good\":1}")
    for _ in 0..<20_000 {
      let garbage = random.shortSighted()
      let events = decode([(garbage + Array((good + good).utf8))[...]], .lsp, limit: 50)
      guard events.last == .message(Array("{\"good\":1}".utf8)) else {
        Issue.record("\(String(decoding: garbage, as: UTF8.self)) gave \(events)")
        return
      }
    }
  }

  @Test("after any garbage and a newline a good line is found")
  func lineRecovery() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<20_000 {
      let garbage = random.stream()
      let events = decode([(garbage + Array("\n{\"good\":1}\n".utf8))[...]], .ndjson, limit: 50)
      guard events.last == .message(Array("{\"good\":1}".utf8)) else {
        Issue.record("\(garbage) gave \(events)")
        return
      }
    }
  }

  /// A byte sequence of a billion bytes, of which only a piece exists at a time.
  @Test("a message of 1 GiB is passed over", arguments: [Framing.lsp, .ndjson])
  func gigabyte(_ framing: Framing) {
    var decoder = FrameDecoder(framing: .auto, limit: 64 << 20)
    let (begin, end): (String, String) =
      switch framing {
      case .lsp: ("Content-Length: \(1 << 30)\r\n\r\n", framed("{}"))
      case .ndjson: ("{", "\n{}\n")
      }
    let piece = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
    var events = decoder.feed(Array(begin.utf8))
    var most = 0
    for _ in 0..<1024 {
      events += decoder.feed(piece)
      most = max(most, decoder.keptBytes)
    }
    events += decoder.feed(Array(end.utf8))
    #expect(events == [.tooLarge(limit: 64 << 20), .message(Array("{}".utf8))])
    // A line is kept up to the limit, since nobody knows how long it will be; a message whose
    // length is known is not. An array may have twice the room that it needs.
    #expect(most <= (framing == .lsp ? 1 << 10 : 128 << 20))
    #expect(decoder.keptBytes <= 1 << 10)
  }

  @Test("row 12: a line of 1 MB and 10,000 lines before a message")
  func floods() {
    let line = "X: " + String(repeating: "a", count: 1 << 20) + "\r\n"
    let lines = String(repeating: "X: a\r\n", count: 10_000)
    let words = String(repeating: "a ", count: 1 << 19) + "\r\n"
    for flood in [line, lines, words] {
      for pieces in [1, 1000] {
        let bytes = Array((flood + framed("{}") + framed("[]")).utf8)
        let size = bytes.count / pieces + 1
        let cut = stride(from: 0, to: bytes.count, by: size).map {
          bytes[$0..<min($0 + size, bytes.count)]
        }
        let events = decode(cut, .lsp, limit: 100)
        let messages = events.filter { if case .message = $0 { true } else { false } }
        #expect(messages == ["{}", "[]"].map { .message(Array($0.utf8)) })
        #expect(events.count { if case .malformed = $0 { true } else { false } } == 1)
      }
    }
  }

  @Test("what is announced is not allocated")
  func announcements() {
    var decoder = FrameDecoder(framing: .lsp, limit: 64 << 20)
    #expect(decoder.feed(Array("Content-Length: \(64 << 20)\r\n\r\n{".utf8)) == [])
    #expect(decoder.keptBytes < 1 << 10)
    #expect(decoder.feed([UInt8](repeating: 0, count: 1 << 16)) == [])
    #expect(decoder.keptBytes < 1 << 18)
  }
}
