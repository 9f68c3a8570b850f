import JSON
import Messages
import Testing

@Suite("Messages")
struct MessageTests {
  @Test("the result of initialize has the shape that editors expect")
  func initializeResult() throws {
    let result = InitializeResult(
      capabilities: ServerCapabilities(protocolVersion: "1.0", methods: ["b", "a"]),
      serverInfo: .init(name: "probexd", version: "0.1.0"))
    let expected = json(
      #"{"capabilities":{"positionEncoding":"utf-16","#
        + #""textDocumentSync":{"openClose":false,"change":0},"#
        + #""experimental":{"probex":{"protocol":"1.0","methods":["a","b"]}}},"#
        + #""serverInfo":{"name":"probexd","version":"0.1.0"}}"#)
    #expect(try JSONCoder.encode(result) == expected)
    #expect(try JSONCoder.decode(InitializeResult.self, from: expected) == result)
  }

  @Test(
    "ids survive coding",
    arguments: ["null", "1", "-9223372036854775808", "1.5", "\"1\"", "\"\"", "\"a\\u0000b\""])
  func ids(_ text: String) throws {
    let params = try JSONCoder.decode(CancelParams.self, from: ["id": json(text)])
    #expect(params.id.json == json(text))
    #expect(RequestID(json(text)) == params.id)
    #expect(try JSONCoder.encode(params) == ["id": json(text)])
  }

  @Test("what is no id", arguments: ["true", "[]", "{}"])
  func noIDs(_ text: String) {
    #expect(RequestID(json(text)) == nil)
    #expect(throws: DecodingError.self) {
      try JSONCoder.decode(CancelParams.self, from: ["id": json(text)])
    }
  }

  @Test("ids of different kinds or characters differ")
  func differences() {
    let ids = ["null", "1", "1.5", "\"1\"", "\"null\"", "\"é\"", "\"e\u{301}\""].map {
      RequestID(json($0))
    }
    for (place, id) in ids.enumerated() {
      for (other, otherID) in ids.enumerated() { #expect((id == otherID) == (place == other)) }
    }
    #expect(Set(ids).count == ids.count)
  }

  @Test("tokens are strings or integers", arguments: ["null", "1.5", "true", "[]", "{}"])
  func tokens(_ text: String) throws {
    #expect(ProgressToken(json(text)) == nil)
    #expect(throws: DecodingError.self) {
      try JSONCoder.decode(WorkDoneProgressCancelParams.self, from: ["token": json(text)])
    }
    let token = try #require(ProgressToken(7))
    #expect(try JSONCoder.encode(WorkDoneProgressCancelParams(token: token)) == ["token": 7])
    #expect(
      try JSONCoder.encode(ProgressParams(token: token, value: .init(kind: .end)))
        == ["token": 7, "value": ["kind": "end"]])
  }

  @Test("every error has a name, a problem and a remedy")
  func errors() {
    let errors: [ResponseError] = [
      .parseError("p"), .invalidRequest("p"), .methodNotFound("m"),
      .invalidParams(parameter: "a", problem: "p"), .internalError("p"), .serverNotInitialized,
      .requestCancelled("p"),
    ]
    #expect(errors.map(\.code) == [-32700, -32600, -32601, -32602, -32603, -32002, -32800])
    for error in errors {
      for member in ["name", "problem", "remedy"] {
        #expect(error.data?[member]?.string?.isEmpty == false, "\(error.code): \(member)")
      }
    }
    #expect(ResponseError.invalidRequest("p", limit: 5).data?["limit"] == 5)
    let long = ResponseError.methodNotFound(String(repeating: "m", count: 1 << 20))
    #expect((long.data?["subject"]?.string?.utf8.count ?? 0) < 300)
  }

  @Test("a result is printed into its envelope as it is")
  func envelope() throws {
    let bytes = try Envelope.response(id: .string("a\"b"), printed: Array("[1, 2]".utf8))
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"jsonrpc":"2.0","id":"a\"b","result":[1, 2]}"#)
    #expect(Envelope.batch([[0x31], [0x32]]) == Array("[1,2]".utf8))
  }
}
