import JSON
import Testing

@Suite struct ParsingTests {
  static let accepted: [(text: String, value: JSONValue)] = [
    ("null", nil), (" true\n", true), ("false", false), ("\"\"", ""), ("[]", []), ("{}", [:]),
    ("0", 0), ("-0", 0), ("-0.0", .number(-0.0)), ("1.0", .number(1)), ("1e5", .number(100_000)),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9007199254740993", .integer(9_007_199_254_740_993)),
    ("1e-400", .number(0)), ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
    ("5e-324", .number(.leastNonzeroMagnitude)), ("0.1", .number(0.1)),
    (#""\u0000""#, "\0"), (#""a\u0000b""#, "a\0b"), (#""\ud83d\ude00""#, "😀"),
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), ("\"\u{7F}\u{2028}é😀\"", "\u{7F}\u{2028}é😀"),
    (#"{"b":1,"a":[null,{"c":"d"}]}"#, ["b": 1, "a": [nil, ["c": "d"]]]),
    // Two names for JSON, though `String` holds them for equal.
    (#"{"\u00e9":1,"e\u0301":2}"#, .object(JSONObject([("\u{E9}", 1), ("e\u{301}", 2)]))),
  ]

  @Test(arguments: accepted) func accepts(_ row: (text: String, value: JSONValue)) throws {
    #expect(try JSONValue.parse(row.text) == row.value)
    #expect(try JSONValue.parse(Array(row.text.utf8)) == row.value)
    #expect(try JSONDocument.parse(row.text.utf8).root.value() == row.value)
  }
}
