import JSON
import Testing

@Suite struct PrintingTests {
  static let rows: [(value: JSONValue, text: String)] = [
    (nil, "null"), (true, "true"), (false, "false"), ("", "\"\""), ([], "[]"), ([:], "{}"),
    (0, "0"), (-1, "-1"), (.integer(.max), "9223372036854775807"),
    (.integer(.min), "-9223372036854775808"), (.integer(9_007_199_254_740_993), "9007199254740993"),
    (3.0, "3.0"), (-0.0, "-0.0"), (0.9734, "0.9734"), (0.1, "0.1"), (1e5, "100000.0"),
    (1e15, "1e15"), (1e22, "1e22"), (1e23, "1e23"), (1e-5, "1e-5"), (1e100, "1e100"),
    (.number(0.1 + 0.2), "0.30000000000000004"), (.number(1.0 / 3), "0.3333333333333333"),
    (0.1234567890123456, "0.1234567890123456"), (123456789.25, "123456789.25"),
    (.number(.greatestFiniteMagnitude), "1.7976931348623157e308"),
    (.number(0x1p63), "9.223372036854776e18"), (.number(.pi), "3.141592653589793"),
    ([0.9734, 0.5, -2.5e-7], "[0.9734,0.5,-2.5e-7]"),
    ("\"\\/\u{8}\u{C}\n\r\t\0\u{1F}\u{7F}é😀", #""\"\\/\b\f\n\r\t\u0000\u001F"# + "\u{7F}é😀\""),
    (["b": [1, nil], "a": ["": false]], #"{"b":[1,null],"a":{"":false}}"#),
    (["a\0b": 1], #"{"a\u0000b":1}"#),
  ]

  @Test(arguments: rows) func prints(_ row: (value: JSONValue, text: String)) throws {
    #expect(String(decoding: try row.value.serialized(), as: UTF8.self) == row.text)
  }

  @Test func sortsAndIndents() throws {
    let value: JSONValue = ["é": 1, "b": [1, [:], []], "a": ["d": 2, "c": "x"], "B": 3]
    let sorted = #"{"B":3,"a":{"c":"x","d":2},"b":[1,{},[]],"é":1}"#
    #expect(String(decoding: try value.serialized(sortedKeys: true), as: UTF8.self) == sorted)
    let pretty = """
      {
        "B": 3,
        "a": {
          "c": "x",
          "d": 2
        },
        "b": [
          1,
          {},
          []
        ],
        "é": 1
      }
      """
    let text = try value.serialized(sortedKeys: true, pretty: true)
    #expect(String(decoding: text, as: UTF8.self) == pretty)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, .signalingNaN])
  func refusesWhatIsNotFinite(_ number: Double) throws {
    let values: [JSONValue] = [
      .number(number), [1, [.number(number)]], ["a": 1, "b": ["c": .number(number)]],
    ]
    for value in values {
      let error = try #require(throws: JSONError.self) { try value.serialized() }
      #expect(error.kind == .notFinite)
      #expect(error.offset == nil)
    }
  }

  /// Every `Float` comes back through its text, and that text is its shortest decimal.
  @Test func floatsAreShort() throws {
    var random = SplitMix(seed: 11)
    let floats = (0..<20_000).map { _ in
      Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
    }
    .filter(\.isFinite)
    #expect(floats.count > 15_000)
    let text = try JSONCoder.encode(floats).serialized()
    #expect(try JSONCoder.decode([Float].self, from: JSONValue.parse(text)) == floats)
    let pieces = String(decoding: text, as: UTF8.self).dropFirst().dropLast().split(separator: ",")
    for (piece, float) in zip(pieces, floats) where digits(piece) > digits(float.description) {
      Issue.record("\(float) is printed as \(piece)")
    }
  }

  /// The significant digits of a decimal.
  func digits(_ text: some StringProtocol) -> Int {
    let mantissa = text.prefix { $0 != "e" }.filter(\.isNumber)
    return mantissa.drop { $0 == "0" }.reversed().drop { $0 == "0" }.count
  }
}
