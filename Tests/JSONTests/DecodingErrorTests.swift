import JSON
import Testing

@Suite struct DecodingErrorTests {
  enum Fault: String { case mismatch, null, missing, corrupted }

  struct Point: Decodable {
    let x: Int
    let y: Int?
    let tags: [String]
  }

  struct Line: Decodable {
    let points: [Point]
    let byName: [String: Point]
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let fault: Fault
    let path: String
    let decode: @Sendable () throws -> Any

    init<T: Decodable & SendableMetatype>(
      _ type: T.Type, _ text: String, _ fault: Fault, _ path: String = ""
    ) {
      testDescription = "\(type) from \(text)"
      self.fault = fault
      self.path = path
      decode = { try JSONCoder.decode(T.self, from: JSONValue.parse(text)) }
    }
  }

  static let rows: [Row] = [
    Row(Int.self, "3.0", .mismatch), Row(Int.self, "1e2", .mismatch),
    Row(Int.self, "true", .mismatch), Row(Int.self, "\"3\"", .mismatch),
    Row(Int.self, "null", .null), Row(Int.self, "[3]", .mismatch), Row(Int.self, "{}", .mismatch),
    Row(Int8.self, "128", .corrupted), Row(Int8.self, "-129", .corrupted),
    Row(Int16.self, "32768", .corrupted), Row(Int32.self, "2147483648", .corrupted),
    Row(UInt.self, "-1", .corrupted), Row(UInt8.self, "256", .corrupted),
    Row(UInt16.self, "65536", .corrupted), Row(UInt32.self, "4294967296", .corrupted),
    Row(UInt64.self, "-1", .corrupted), Row(UInt128.self, "-1", .corrupted),
    Row(Int128.self, "1.0", .mismatch),
    Row(Double.self, "true", .mismatch), Row(Double.self, "\"1\"", .mismatch),
    Row(Double.self, "null", .null), Row(Float.self, "1e39", .corrupted),
    Row(Float.self, "false", .mismatch),
    Row(Bool.self, "1", .mismatch), Row(Bool.self, "0", .mismatch),
    Row(Bool.self, "\"true\"", .mismatch), Row(Bool.self, "null", .null),
    Row(String.self, "1", .mismatch), Row(String.self, "null", .null),
    Row(Int?.self, "1.5", .mismatch), Row([Int].self, "{}", .mismatch),
    Row([Int].self, "null", .null), Row([Int].self, "[1,2.0]", .mismatch, "[1]"),
    Row([[Bool]].self, "[[],[true,0]]", .mismatch, "[1][1]"),
    Row([String: Int].self, "[]", .mismatch),
    Row([String: Int].self, #"{"a":"b"}"#, .mismatch, ".a"),
    Row(JSONObject.self, "[]", .mismatch), Row(Unit.self, "\"mile\"", .corrupted),
    Row(Point.self, "[]", .mismatch), Row(Point.self, "{}", .missing),
    Row(Point.self, #"{"x":null,"tags":[]}"#, .null, ".x"),
    Row(Point.self, #"{"x":1,"y":"","tags":[]}"#, .mismatch, ".y"),
    Row(Point.self, #"{"x":1,"tags":["a",null]}"#, .null, ".tags[1]"),
    Row(Line.self, #"{"points":[{"x":1,"tags":[]},{"x":1}]}"#, .missing, ".points[1]"),
    Row(Line.self, #"{"points":[],"byName":{"p":{"x":0.5}}}"#, .mismatch, ".byName.p.x"),
    Row(Shape.self, #"{"square":{}}"#, .mismatch), Row(Shape.self, "{}", .mismatch),
    Row(Shape.self, #"{"circle":{"radius":true}}"#, .mismatch, ".circle.radius"),
    Row(Derived.self, #"{"derived":1}"#, .null, ".super"),
    Row(Nested.self, #"{"outer":{"x":1},"list":[[2],{"x":"z"},null]}"#, .null, ".list[3]"),
    Row(Nested.self, #"{"outer":{"x":1},"list":[[2],[]]}"#, .mismatch, ".list[1]"),
    Row(Nested.self, #"{"outer":{"x":1},"list":[{}]}"#, .mismatch, ".list[0]"),
    Row(Nested.self, #"{"list":[]}"#, .missing),
    Row(Nested.self, #"{"outer":1}"#, .mismatch, ".outer"),
    Row(Base64Floats.self, "1", .mismatch),
    Row([Base64Floats].self, "[\"\",\"A\"]", .corrupted, "[1]"),
  ]

  @Test(arguments: rows) func says(_ row: Row) throws {
    do {
      let value = try row.decode()
      Issue.record("decoded as \(value)")
    } catch let error as DecodingError {
      let (fault, context): (Fault, DecodingError.Context) =
        switch error {
        case .typeMismatch(_, let context): (.mismatch, context)
        case .valueNotFound(_, let context): (.null, context)
        case .keyNotFound(_, let context): (.missing, context)
        case .dataCorrupted(let context): (.corrupted, context)
        @unknown default: throw error
        }
      #expect(fault == row.fault)
      #expect(pathText(context.codingPath) == row.path)
      #expect(!context.debugDescription.isEmpty)
    }
  }

  /// Texts that other decoders of base64 let pass.
  @Test(arguments: [
    "A", "AA", "AAA", "AA==", "AAA=", "AAAAAA=", "AAAAAA", "AAAAAA===", "AAAAAB==", "AACAPw",
    "AACAPx==", "AACAPw==AACAPw==", "AAC APw==", "AACAPw==\n", "AACA-w==", "AACA_w==", "====", "=",
    "é===", "AAAA", "AACAP\0==",
  ])
  func refusesBase64(_ text: String) {
    #expect(throws: DecodingError.self) {
      try JSONCoder.decode(Base64Floats.self, from: .string(text))
    }
  }
}
