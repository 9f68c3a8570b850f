import JSON
import Testing

@Suite struct ParsingTests {
  static let accepted: [(text: String, value: JSONValue)] = [
    ("null", nil), (" true\n", true), ("\t\r\nfalse ", false), ("\"\"", ""), ("[]", []),
    ("{}", [:]), ("0", 0), ("-0", 0), ("-0.0", .number(-0.0)), ("1.0", .number(1)),
    ("1e5", .number(100_000)), ("1E+2", .number(100)), ("0.1", .number(0.1)),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9007199254740993", .integer(9_007_199_254_740_993)),
    ("9223372036854775808.0", .number(0x1p63)), ("1e-400", .number(0)),
    ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
    ("5e-324", .number(.leastNonzeroMagnitude)),
    (#""\u0000""#, "\0"), (#""a\u0000b""#, "a\0b"), (#""\ud83d\ude00""#, "😀"),
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), ("\"\u{7F}\u{2028}é😀\"", "\u{7F}\u{2028}é😀"),
    ("\"\u{FEFF}\"", "\u{FEFF}"), (#"[{"a":1},{"a":2}]"#, [["a": 1], ["a": 2]]),
    (#"{"b":1,"a":[null,{"c":"d"}],"":0}"#, ["b": 1, "a": [nil, ["c": "d"]], "": 0]),
    // Two names for JSON, though `String` holds them for equal.
    (#"{"\u00e9":1,"e\u0301":2}"#, .object(JSONObject([("\u{E9}", 1), ("e\u{301}", 2)]))),
  ]

  @Test(arguments: accepted) func accepts(_ row: (text: String, value: JSONValue)) throws {
    // As bytes in one piece, as text, as part of something longer, and as bytes in no piece at all.
    let bytes = Array(row.text.utf8)
    let longer = Array("x".utf8) + bytes + Array("]".utf8)
    #expect(try JSONValue.parse(bytes) == row.value)
    #expect(try JSONValue.parse(row.text) == row.value)
    #expect(try JSONValue.parse(longer[1...bytes.count]) == row.value)
    #expect(try JSONValue.parse(bytes.lazy.map { $0 }) == row.value)
  }

  @Test func keepsOrderAndSigns() throws {
    let object = try #require(try JSONValue.parse(#"{"z":1,"a":2,"m":3}"#).object)
    #expect(object.members.map(\.name) == ["z", "a", "m"])
    #expect(try JSONValue.parse("-0.0").double?.sign == .minus)
  }

  /// Refused texts, and the kind of fault.
  static let refusedTexts: [(text: String, kind: JSONError.Kind)] = [
    ("", .syntax), (" ", .syntax), ("nul", .syntax), ("NaN", .syntax), ("-Infinity", .syntax),
    ("Infinity", .syntax), ("[1", .syntax), ("[1,", .syntax), ("[1,]", .syntax),
    ("[1 2]", .syntax), ("{\"a\"}", .syntax), ("{\"a\":}", .syntax), ("{\"a\":1,}", .syntax),
    ("{a:1}", .syntax), ("{1:2}", .syntax), ("'a'", .syntax), ("\"a", .syntax),
    ("\"\n\"", .syntax), ("\"\t\"", .syntax), (#""\x""#, .syntax), (#""\u12""#, .syntax),
    (#""\uD83D""#, .syntax), (#""\uDE00""#, .syntax), (#""\uD83D\u0041""#, .syntax),
    ("01", .syntax), ("-01", .syntax), ("+1", .syntax), (".5", .syntax), ("1.", .syntax),
    ("1e", .syntax), ("1e+", .syntax), ("-", .syntax), ("0x10", .trailingContent),
    ("1//", .trailingContent), ("]", .syntax), ("[}", .syntax), ("{]", .syntax),
    ("\u{FEFF}1", .syntax), ("\u{A0}1", .syntax), ("[1]]", .trailingContent), ("\0", .syntax),
    ("1 2", .trailingContent), ("{}{}", .trailingContent), ("null\0", .syntax),
    ("1\0 garbage", .syntax),
    ("[1\0]", .syntax), ("\"a\0\"", .syntax),
    ("9223372036854775808", .numberOutOfRange), ("-9223372036854775809", .numberOutOfRange),
    ("1e400", .numberOutOfRange), ("-1e400", .numberOutOfRange),
    (String(repeating: "9", count: 400), .numberOutOfRange),
    (#"{"a":1,"a":1}"#, .duplicateName), (#"[{"b":{"\u0061":1,"a":2}}]"#, .duplicateName),
    (#"{"":1,"":2}"#, .duplicateName), (#"{"a\u0000b":1}"#, .nulInName),
  ]

  /// Not UTF-8: alone, overlong, surrogate, beyond U+10FFFF, cut off, a byte too few or too many.
  static let invalidBytes: [[UInt8]] = [
    [0x80], [0xFF], [0xFE], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
    [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
    [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC3, 0xA9, 0xA9],
  ]

  static let refused: [(text: [UInt8], kind: JSONError.Kind)] =
    refusedTexts.map { (Array($0.text.utf8), $0.kind) }
    + invalidBytes.map { ([0x22] + $0 + [0x22], .invalidUTF8) }
    + invalidBytes.map { ([0x22] + $0, .invalidUTF8) }
    + invalidBytes.dropLast().map { ($0, .invalidUTF8) }

  @Test(arguments: refused) func refuses(_ row: (text: [UInt8], kind: JSONError.Kind)) throws {
    let error = try #require(throws: JSONError.self) { try JSONValue.parse(row.text) }
    #expect(error.kind == row.kind)
    #expect(throws: error) { try JSONDocument.parse(row.text) }
    #expect(throws: error) { try JSONValue.parse(row.text.lazy.map { $0 }) }
    let offset = try #require(error.offset)
    #expect((0...row.text.count).contains(offset))
    #expect(error.description == "\(error.problem) (byte \(offset))")
    // Whatever the text holds, a terminal or a log must be able to show the message.
    #expect(error.problem.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    #expect(error.problem.utf8.count < 120)
  }

  @Test func errorsPointAndQuote() throws {
    let text = "[1, 2, \u{1B}[31mred]" + String(repeating: "x", count: 100)
    let error = try #require(throws: JSONError.self) { try JSONValue.parse(text) }
    #expect(error.offset == 8)
    #expect(error.problem == #"this is not JSON, near "[1, 2, \x1B[31mred]xxxxxxxxxxxxxxxxxxxxx""#)
    let mark = try #require(throws: JSONError.self) { try JSONValue.parse("\u{FEFF}{}") }
    #expect(mark.problem.hasPrefix("the text starts with a byte order mark"))
  }
}
