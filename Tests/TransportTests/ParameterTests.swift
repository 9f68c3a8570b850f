import JSON
import Messages
import Testing
import Transport

/// Parameters of the fixture's `search`, and which parameter is wrong.
struct ParameterRow: Sendable, CustomTestStringConvertible {
  let params: String
  /// `data.parameter`; `nil` when the parameters as a whole are wrong.
  let parameter: String?
  /// Words of `data.problem`.
  let problem: String

  init(_ params: String, _ parameter: String?, _ problem: String) {
    self.params = params
    self.parameter = parameter
    self.problem = problem
  }

  var testDescription: String { params }
}

private let wrong = [
  ParameterRow("{}", "path", "missing"),
  ParameterRow("[]", "path", "missing"),
  ParameterRow("{\"top\":1}", "path", "missing"),
  ParameterRow("{\"Path\":\"a\"}", "path", "missing"),
  ParameterRow("{\"path\":\"a\",\"treshold\":1}", "treshold", "no such parameter"),
  ParameterRow("{\"path\":\"a\",\"Top\":1}", "Top", "path, top?"),
  ParameterRow("[\"a\",1,0.5,[],true,null,\"near\",8]", nil, "8 parameters"),
  ParameterRow("[5]", "path", "a string"),
  ParameterRow("[null]", "path", "null"),
  ParameterRow("{\"path\":null}", "path", "null"),
  ParameterRow("{\"path\":[\"a\"]}", "path", "found an array"),
  ParameterRow("{\"path\":{}}", "path", "found an object"),
  ParameterRow("{\"path\":true}", "path", "a string"),
  ParameterRow("{\"path\":\"a\",\"top\":\"5\"}", "top", "an integer"),
  ParameterRow("{\"path\":\"a\",\"top\":1.0}", "top", "an integer"),
  ParameterRow("{\"path\":\"a\",\"top\":1.5}", "top", "an integer"),
  ParameterRow("{\"path\":\"a\",\"top\":true}", "top", "an integer"),
  ParameterRow("[\"a\",[]]", "top", "an integer"),
  ParameterRow("{\"path\":\"a\",\"threshold\":\"0.5\"}", "threshold", "a number"),
  ParameterRow("{\"path\":\"a\",\"labels\":\"x\"}", "labels", "an array"),
  ParameterRow("{\"path\":\"a\",\"labels\":[\"x\",7]}", "labels[1]", "a string"),
  ParameterRow("{\"path\":\"a\",\"labels\":[null]}", "labels[0]", "null"),
  ParameterRow("{\"path\":\"a\",\"exact\":1}", "exact", "true or false"),
  ParameterRow("{\"path\":\"a\",\"range\":[1,2]}", "range", "an object"),
  ParameterRow("{\"path\":\"a\",\"range\":{\"low\":1}}", "range.high", "missing"),
  ParameterRow("{\"path\":\"a\",\"range\":{\"low\":1,\"high\":\"2\"}}", "range.high", "an integer"),
  ParameterRow("{\"path\":\"a\",\"mode\":\"middle\"}", "mode", "not one of the values"),
  ParameterRow("{\"path\":\"a\",\"workDoneToken\":{}}", "workDoneToken", "a string or an integer"),
  ParameterRow("{\"path\":\"a\",\"workDoneToken\":1.5}", "workDoneToken", "a string or an integer"),
]

/// Parameters that are right, by position and by name, and what the handler must get.
private let right: [(String, String)] = [
  (#"["a"]"#, #"{"path":"a"}"#),
  (#"{"path":"a"}"#, #"{"path":"a"}"#),
  (#"["a",5]"#, #"{"path":"a","top":5}"#),
  (#"["a",null,0.5]"#, #"{"path":"a","threshold":0.5}"#),
  (#"["a",null,1]"#, #"{"path":"a","threshold":1.0}"#),
  (#"{"path":"a","top":null}"#, #"{"path":"a"}"#),
  (
    #"["a",1,2.5,["x"],false,{"low":1,"high":2},"far"]"#,
    #"{"path":"a","top":1,"threshold":2.5,"labels":["x"],"exact":false,"#
      + #""range":{"low":1,"high":2},"mode":"far"}"#
  ),
  (#"{"path":"a","partialResultToken":1,"_meta":{"x":1}}"#, #"{"path":"a"}"#),
  (#"{"path":"a","workDoneToken":"t"}"#, #"{"path":"a"}"#),
  (#"{"path":"a","workDoneToken":null}"#, #"{"path":"a"}"#),
  (#"{"path":"a.safetensors\u0000.txt"}"#, #"{"path":"a.safetensors\u0000.txt"}"#),
  (#"["; rm -rf ~ $HOME `x` *\n"]"#, #"{"path":"; rm -rf ~ $HOME `x` *\n"}"#),
]

@Suite("Parameters")
struct ParameterTests {
  @Test("row 42: what is wrong is named", arguments: wrong)
  func wrongParameter(_ row: ParameterRow) {
    let reply = answer(to: request(1, "search", row.params), sessionMethods).first
    #expect(reply?.errorCode == -32602)
    #expect(reply?["error"]?["message"] == "Invalid params")
    let data = reply?["error"]?["data"]
    #expect(data?["name"] == "invalidParams")
    #expect(data?["parameter"]?.string == row.parameter)
    let problem = data?["problem"]?.string ?? ""
    #expect(problem.contains(row.problem), "\(problem)")
    #expect(!problem.contains("Int") && !problem.contains("Swift"), "\(problem)")
  }

  @Test("row 42: by position and by name", arguments: right)
  func rightParameters(_ row: (params: String, seen: String)) {
    let reply = answer(to: request(1, "search", row.params), sessionMethods).first
    #expect(reply?["result"] == json(row.seen))
  }

  @Test("methods of LSP pass over what they do not know")
  func initialize() {
    let params = #"{"processId":1,"rootUri":null,"capabilities":{},"clientInfo":{},"trace":"off"}"#
    let reply = answer(to: request(1, "initialize", params), sessionMethods).first
    #expect(reply?["result"]?["serverInfo"]?["name"] == "fixture")
    let wrong = answer(to: request(1, "initialize", #"{"processId":"1"}"#), sessionMethods).first
    #expect(wrong?["error"]?["data"]?["parameter"] == "processId")
  }

  @Test("a command calls the table without a connection")
  func table() throws {
    let table = MethodTable(sessionMethods)
    #expect(table.methods == ["echo", "initialize", "search"])
    let context = RequestContext(id: nil, method: "search") { _, _ in }
    let result = try table.call("search", params: ["a"], context: context) { _ in }
    #expect(result == ["path": "a"])
    #expect(throws: ResponseError.methodNotFound("none")) {
      try table.call("none", params: nil, context: context) { _ in }
    }
  }
}

/// What handlers throw.
private struct Inner: Error, CustomStringConvertible {
  var description: String { "a secret of the inside" }
}

@Suite("Errors of handlers")
struct HandlerErrorTests {
  private let methods = [
    MethodEntry(method: "domain", order: .concurrent, lane: .interactive) { _, _ in
      throw ResponseError(
        ErrorCode(1001, "checkpointNotFound"), message: "a: there is no such file",
        facts: [("subject", "a"), ("problem", "there is no such file")])
    },
    MethodEntry(method: "inner", order: .concurrent, lane: .bulk) { _, _ in throw Inner() },
    MethodEntry(method: "cancelled", order: .sequential, lane: .control) { _, _ in
      throw CancellationError()
    },
    MethodEntry(method: "infinite", order: .sequential, lane: .control) { _, _ in
      [.number(.infinity)]
    },
    MethodEntry(method: "badData", order: .sequential, lane: .control) { _, _ in
      throw ResponseError(code: 5, message: "m", data: .number(.nan))
    },
  ]

  @Test("an error of the domain goes out as it is")
  func domain() {
    let reply = answer(to: request(1, "domain"), methods).first
    #expect(
      reply?["error"]
        == json(
          #"{"code":1001,"message":"a: there is no such file","data":{"#
            + #""name":"checkpointNotFound","subject":"a","problem":"there is no such file"}}"#))
  }

  @Test("an unforeseen error tells nothing of the inside")
  func inner() throws {
    let reply = try #require(answer(to: request(1, "inner"), methods).first)
    #expect(reply.errorCode == -32603)
    #expect(reply["error"]?["message"] == "Internal error")
    let text = String(decoding: try reply.serialized(), as: UTF8.self)
    #expect(!text.contains("secret") && !text.contains("Inner"))
  }

  @Test("cancelled from inside")
  func cancelled() {
    #expect(answer(to: request(1, "cancelled"), methods).map(\.errorCode) == [-32800])
  }

  @Test("what JSON cannot hold is an error of ours", arguments: ["infinite", "badData"])
  func infinite(_ method: String) {
    #expect(answer(to: request(1, method), methods).map(\.errorCode) == [-32603])
  }

  @Test("a notification that fails is not answered")
  func notification() {
    let lines = ["inner", "domain", "infinite", "none"].map { TransportTests.notification($0) }
    #expect(exchange(Array(lines.joined(separator: "\n").utf8), methods).replies == [])
  }
}
