extension JSONValue {
  /// The value of one complete JSON text.
  ///
  /// Any kind of value may stand at the top, with white space around it; a byte order mark may not.
  /// Size and depth are checked before libjansson sees the text, so that neither can exhaust memory
  /// or stack. Duplicate names, numbers that neither `Int64` nor `Double` can hold, halves of
  /// surrogate pairs and `\u0000` in names are refused; `\u0000` elsewhere is kept.
  /// - Throws: `JSONError`, any kind but `notFinite`.
  /// - Complexity: linear; a text of 300 bytes costs a few microseconds. Source: RFC 8259.
  package static func parse(
    _ text: some Collection<UInt8>, limits: JSONLimits = JSONLimits()
  ) throws(JSONError) -> JSONValue {
    try JSONDocument.parse(text, limits: limits).root.value()
  }

  /// The value of one complete JSON text; see `parse(_:limits:)` over bytes.
  package static func parse(
    _ text: String, limits: JSONLimits = JSONLimits()
  ) throws(JSONError) -> JSONValue {
    try parse(text.utf8, limits: limits)
  }

  /// The value as UTF-8 text, in one line without spaces unless `pretty`, members in their own
  /// order unless `sortedKeys`.
  ///
  /// Integers come out exactly, other numbers always with a fraction or an exponent, so that each
  /// kind reads back as itself. Numbers have 15 significant digits where that is exact for all of
  /// them, else 16 or 17: libjansson knows one precision per text.
  /// - Parameters:
  /// - Throws: `JSONError.Kind.notFinite` for NaN and infinity, `tooDeep` for a value deeper than
  ///   `JSONLimits.deepest` (parsing cannot make one).
  package func serialized(
    sortedKeys: Bool = false, pretty: Bool = false
  ) throws(JSONError) -> [UInt8] {
    try JanssonTree.print(self, sortedKeys: sortedKeys, pretty: pretty)
  }
}

/// What is wrong with a text that libjansson must not see, found in one pass without parsing.
///
/// In a valid text the depth is counted exactly. In an invalid one it is what libjansson would see
/// up to the first fault, where libjansson stops: its recursion is bounded either way. A NUL byte
/// outside of strings looks to libjansson like the end of the text, whatever follows.
/// - Returns: `tooDeep`, `tooLarge` (values) or `syntax` (a NUL) with the offset of the byte in
///   fault.
func faultBeforeParsing(
  in text: some Sequence<UInt8>, depthLimit: Int, valueLimit: Int
) -> (kind: JSONError.Kind, offset: Int)? {
  var depth = 0
  var values = 1
  var inString = false
  var escaped = false
  var offset = 0
  for byte in text {
    if inString {
      if escaped {
        escaped = false
      } else if byte == UInt8(ascii: "\\") {
        escaped = true
      } else if byte == UInt8(ascii: "\"") {
        inString = false
      }
    } else {
      switch byte {
      case UInt8(ascii: "\""):
        inString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        // A container's first member has no comma before it.
        values += 1
        if depth > depthLimit { return (.tooDeep, offset) }
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
      case UInt8(ascii: ","):
        values += 1
        if values > valueLimit { return (.tooLarge, offset) }
      case 0:
        return (.syntax, offset)
      default:
        break
      }
    }
    offset += 1
  }
  return nil
}

/// A few bytes around `offset` for an error message: printable ASCII, at most 40 characters.
func excerpt(of text: some Collection<UInt8>, around offset: Int) -> String {
  var result = ""
  for byte in text.dropFirst(Swift.max(0, offset - 16)).prefix(40) {
    var piece = String(UnicodeScalar(byte))
    if byte < 0x20 || byte > 0x7E {
      let digits = String(byte, radix: 16, uppercase: true)
      piece = (digits.utf8.count == 1 ? "\\x0" : "\\x") + digits
    }
    if result.utf8.count + piece.utf8.count > 40 { break }
    result += piece
  }
  return result
}
