/// How messages are told apart on a stream.
package enum Framing: String, Sendable, CaseIterable {
  /// `Content-Length: N`, a blank line, N bytes: the base protocol of LSP.
  case lsp
  /// One JSON text per line.
  case ndjson
}

/// The framing that was asked for.
package enum FramingChoice: String, Sendable, CaseIterable {
  /// Told by the first byte that is not white space: a letter begins a header, anything else a
  /// line.
  case auto
  case lsp
  case ndjson

  /// The framing, if it does not depend on what comes.
  var fixed: Framing? {
    switch self {
    case .auto: nil
    case .lsp: .lsp
    case .ndjson: .ndjson
    }
  }
}

extension Framing {
  /// The bytes of a message as they go out. The message holds no raw newline.
  func frame(_ message: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(message.count + 32)
    switch self {
    case .lsp:
      bytes.append(contentsOf: "Content-Length: \(message.count)\r\n\r\n".utf8)
      bytes.append(contentsOf: message)
    case .ndjson:
      bytes.append(contentsOf: message)
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }
}

/// What the decoder found in the stream.
package enum FrameEvent: Sendable, Hashable {
  /// The bytes of one message, which may or may not be JSON.
  case message([UInt8])
  /// The frame cannot be read; answered with -32700. The decoder looks for the next one.
  case malformed(String)
  /// A message longer than the limit in bytes; it is passed over without being kept, and answered
  /// with -32600.
  case tooLarge(limit: Int)
  /// So many bytes belonged to no message; worth a line in the log, and no answer.
  case skipped(Int)
}

/// The bytes that framing looks for.
enum Byte {
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let tab = UInt8(ascii: "\t")
  static let colon = UInt8(ascii: ":")

  /// White space within JSON and around lines.
  static func isSpace(_ byte: UInt8) -> Bool {
    byte == space || byte == tab || byte == carriageReturn || byte == newline
  }

  static func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
  }

  static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
}

extension ArraySlice<UInt8> {
  /// The bytes without the white space around them.
  var trimmed: ArraySlice<UInt8> {
    guard let first = firstIndex(where: { !Byte.isSpace($0) }),
      let last = lastIndex(where: { !Byte.isSpace($0) })
    else { return self[endIndex...] }
    return self[first...last]
  }

  /// At most 40 of the bytes for an error message: printable, on one line, in quotes.
  var excerpt: String {
    var text = ""
    for byte in prefix(40) {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\" + String(UnicodeScalar(byte))
      case 0x20..<0x7F: text += String(UnicodeScalar(byte))
      default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return "\"" + text + "\"" + (count > 40 ? "…" : "")
  }
}
