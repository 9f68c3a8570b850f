/// One line of a header, `Name: value` (RFC 7230, section 3.2), and what is made of it.
struct HeaderField {
  let name: ArraySlice<UInt8>
  let value: ArraySlice<UInt8>

  /// The name of the one field that every header must have, in lower case.
  private static let contentLength = Array("content-length".utf8)
  private static let contentType = Array("content-type".utf8)

  /// Splits a line without its end at the first colon; `nil` when what stands before it is no name.
  init?(_ line: ArraySlice<UInt8>) {
    guard let colon = line.firstIndex(of: Byte.colon), let first = line.first,
      !Byte.isSpace(first)
    else { return nil }
    let name = line[..<colon].trimmed
    guard !name.isEmpty, name.allSatisfy(Self.mayBeInName) else { return nil }
    self.name = name
    self.value = line[(colon + 1)...].trimmed
  }

  var isContentLength: Bool { isNamed(Self.contentLength) }
  var isContentType: Bool { isNamed(Self.contentType) }

  private func isNamed(_ lowercase: [UInt8]) -> Bool {
    name.count == lowercase.count && zip(name, lowercase).allSatisfy { Self.lower($0) == $1 }
  }

  /// The value as a length in bytes: one to ten digits and nothing else, below 2^32. Larger ones
  /// are faults and not messages: nobody waits for 4 GiB to be passed over.
  var length: Int? {
    guard (1...10).contains(value.count), value.allSatisfy(Byte.isDigit) else { return nil }
    let length = value.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    return length <= Int(UInt32.max) ? length : nil
  }

  /// The charset of a Content-Type, in lower case and without quotes; `nil` if it names none.
  var charset: String? {
    for parameter in value.split(separator: UInt8(ascii: ";")).dropFirst() {
      let text = String(decoding: parameter.trimmed, as: UTF8.self).lowercased()
      guard let equals = text.firstIndex(of: "="), text[..<equals] == "charset" else { continue }
      return text[text.index(after: equals)...].filter { $0 != "\"" }
    }
    return nil
  }

  /// Where a Content-Length field begins that ends the line: `}Content-Length: 52` is the rest of
  /// one message and the header of the next.
  static func startOfContentLength(endingIn line: ArraySlice<UInt8>) -> Int? {
    var rest = line.trimmed
    let digits = rest.reversed().prefix(while: Byte.isDigit).count
    guard (1...10).contains(digits) else { return nil }
    rest = rest.dropLast(digits).trimmedEnd
    guard rest.last == Byte.colon else { return nil }
    rest = rest.dropLast().trimmedEnd
    guard rest.count >= contentLength.count,
      zip(rest.suffix(contentLength.count), contentLength).allSatisfy({ lower($0) == $1 })
    else { return nil }
    let start = rest.endIndex - contentLength.count
    // `X-Content-Length` is another field's name.
    return start > line.startIndex && line[start - 1] == UInt8(ascii: "-") ? nil : start
  }

  private static func lower(_ byte: UInt8) -> UInt8 { Byte.isLetter(byte) ? byte | 0x20 : byte }

  private static let marks = Array("!#$%&'*+-.^_`|~".utf8)

  private static func mayBeInName(_ byte: UInt8) -> Bool {
    Byte.isLetter(byte) || Byte.isDigit(byte) || marks.contains(byte)
  }
}

extension ArraySlice<UInt8> {
  /// The bytes without the white space after them.
  fileprivate var trimmedEnd: ArraySlice<UInt8> {
    self[..<(lastIndex { !Byte.isSpace($0) }.map { $0 + 1 } ?? startIndex)]
  }
}

/// The fields of one header that matter, collected line by line.
struct HeaderBlock: Sendable {
  private(set) var length: Int?
  private(set) var charset: String?
  private(set) var lines = 0

  /// All bytes of the header so far, line ends included.
  private(set) var bytes = 0

  static let lineLimit = 32

  var isEmpty: Bool { lines == 0 }

  /// Takes one field from a line of so many bytes. Returns what is wrong with it.
  mutating func add(_ field: HeaderField, bytes count: Int) -> String? {
    lines += 1
    bytes += count
    if lines > Self.lineLimit { return "a header has at most \(Self.lineLimit) lines" }
    if field.value.contains(where: { $0 < 0x20 && $0 != Byte.tab }) {
      return "the header field \(field.name.excerpt) holds a control character"
    }
    if field.isContentLength {
      guard let length = field.length else {
        return "Content-Length must be a number of bytes of one to ten digits, below 2^32, not "
          + field.value.excerpt
      }
      if let earlier = self.length, earlier != length {
        return "the header has two Content-Length fields, \(earlier) and \(length)"
      }
      self.length = length
    } else if field.isContentType {
      charset = field.charset
    }
    return nil
  }
}
