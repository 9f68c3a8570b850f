/// Lists of strings as Python writes them, such as `['bag', "men's shoe"]`.
///
/// Public models carry their labels so, and the published code hands them to `eval`, which runs
/// whatever the file says. Nothing is evaluated here: the text is a list or tuple of string
/// literals or it is refused. What is accepted is a part of what `ast.literal_eval` accepts, blanks
/// behind it aside, with the same result (Python's language reference, «String and Bytes
/// literals»). Bytes, f-strings, `\N`, adjacent literals, nesting, comments, continued lines and
/// half surrogate pairs are refused.
package enum PythonLiteral {
  /// The longest text that is looked at, in bytes: thousands of labels fit many times over.
  static let limit = 1 << 20

  /// The strings of a list or tuple; nil when the text is anything else. Cost: one pass.
  package static func strings(_ text: String) -> [String]? {
    guard text.utf8.count <= limit else { return nil }
    var scanner = PythonScanner(rest: Array(text.utf8)[...])
    return scanner.list()
  }
}

/// Reads one list from left to right; every function returns nil, for good, at the first fault.
private struct PythonScanner {
  var rest: ArraySlice<UInt8>

  private static let quotes: [UInt8] = [UInt8(ascii: "'"), UInt8(ascii: "\"")]
  private static let backslash = UInt8(ascii: "\\")
  private static let lineEnds: [UInt8] = [0x0A, 0x0D]
  private static let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0C, 0x0D]

  mutating func list() -> [String]? {
    // Only here a line's end counts: an indented first line is an error in Python.
    rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
    let isTuple: Bool
    switch rest.popFirst() {
    case UInt8(ascii: "["): isTuple = false
    case UInt8(ascii: "("): isTuple = true
    default: return nil
    }
    let end = UInt8(ascii: isTuple ? ")" : "]")
    var strings: [String] = []
    var commas = 0
    skipBlanks()
    while !take(end) {
      // A comma stands between two strings, and may stand behind the last.
      guard commas == strings.count, let string = string() else { return nil }
      strings.append(string)
      skipBlanks()
      if take(UInt8(ascii: ",")) { commas += 1 }
      skipBlanks()
    }
    skipBlanks()
    // `('a')` is a string in parentheses.
    let isPlain = isTuple && strings.count == 1 && commas == 0
    return rest.isEmpty && !isPlain ? strings : nil
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard rest.first == byte else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func skipBlanks() { rest = rest.drop(while: Self.blanks.contains) }

  /// One literal with its prefix and quotes.
  private mutating func string() -> String? {
    let isRaw = take(UInt8(ascii: "r")) || take(UInt8(ascii: "R"))
    if !isRaw { _ = take(UInt8(ascii: "u")) || take(UInt8(ascii: "U")) }
    guard let quote = rest.popFirst(), Self.quotes.contains(quote) else { return nil }
    let isLong = rest.starts(with: [quote, quote])
    if isLong { rest = rest.dropFirst(2) }
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case 0: return nil
      case quote where !isLong:
        return String(validating: bytes, as: UTF8.self)
      case quote where rest.starts(with: [quote, quote]):
        rest = rest.dropFirst(2)
        return String(validating: bytes, as: UTF8.self)
      case 0x0A, 0x0D:
        guard isLong else { return nil }
        endLine(byte)
        bytes.append(0x0A)
      case Self.backslash:
        guard let next = rest.popFirst(), next != 0 else { return nil }
        if isRaw {
          bytes.append(Self.backslash)
          // A quote or line's end behind a backslash ends nothing.
          if Self.lineEnds.contains(next) { endLine(next) }
          bytes.append(next == 0x0D ? 0x0A : next)
        } else {
          guard escape(next, &bytes) else { return nil }
        }
      default: bytes.append(byte)
      }
    }
    return nil
  }

  /// Python knows one end of a line: CR LF counts as one LF, and so does CR.
  private mutating func endLine(_ byte: UInt8) {
    if byte == 0x0D { _ = take(0x0A) }
  }

  /// What a backslash and `byte` mean; false when they mean no character that we take.
  private mutating func escape(_ byte: UInt8, _ bytes: inout [UInt8]) -> Bool {
    switch byte {
    case 0x0A, 0x0D: endLine(byte)
    case Self.backslash, UInt8(ascii: "'"), UInt8(ascii: "\""): bytes.append(byte)
    case UInt8(ascii: "a"): bytes.append(0x07)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "v"): bytes.append(0x0B)
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      let more = rest.prefix(2).prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
      rest = rest.dropFirst(more.count)
      return append([byte] + more, radix: 8, &bytes)
    case UInt8(ascii: "x"): return append(hexadecimal(2), radix: 16, &bytes)
    case UInt8(ascii: "u"): return append(hexadecimal(4), radix: 16, &bytes)
    case UInt8(ascii: "U"): return append(hexadecimal(8), radix: 16, &bytes)
    case UInt8(ascii: "N"): return false
    default:
      // An escape that Python does not know stands for itself.
      bytes += [Self.backslash, byte]
    }
    return true
  }

  private mutating func hexadecimal(_ count: Int) -> [UInt8] {
    let digits = rest.prefix(count)
    rest = rest.dropFirst(count)
    return digits.count == count ? Array(digits) : []
  }

  /// Appends the character of a number; false when there is none of that number.
  private func append(_ digits: [UInt8], radix: Int, _ bytes: inout [UInt8]) -> Bool {
    // `UInt32` would take a sign for a digit.
    guard let first = digits.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
      let number = UInt32(String(decoding: digits, as: UTF8.self), radix: radix),
      let scalar = Unicode.Scalar(number)
    else { return false }
    bytes += Array(String(Character(scalar)).utf8)
    return true
  }
}
