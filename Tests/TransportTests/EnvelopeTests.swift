import JSON
import Testing
import Transport

/// A line, and the code and id of the one error that answers it.
struct RefusalRow: Sendable, CustomTestStringConvertible {
  let name: String
  let line: [UInt8]
  let code: Int64
  var id = JSONValue.null

  init(_ name: String, _ line: String, _ code: Int64, id: JSONValue = nil) {
    self.init(name, bytes: Array(line.utf8), code, id: id)
  }

  init(_ name: String, bytes: [UInt8], _ code: Int64, id: JSONValue = nil) {
    self.name = name
    self.line = bytes
    self.code = code
    self.id = id
  }

  var testDescription: String { name }
}

private func nested(_ open: String, _ close: String, _ depth: Int) -> String {
  String(repeating: open, count: depth) + String(repeating: close, count: depth)
}

/// A string parameter made of these bytes.
private func withBytes(_ bytes: [UInt8]) -> [UInt8] {
  Array(#"{"jsonrpc":"2.0","id":1,"method":"echo","params":[""#.utf8) + bytes + Array("\"]}".utf8)
}

private let noJSON = [
  RefusalRow("row 28: cut", #"{"jsonrpc":"2.0","id":1"#, -32700),
  RefusalRow("row 28: one brace too many", request(1, "echo") + "}", -32700),
  RefusalRow("row 28: two values", request(1, "echo") + request(2, "echo"), -32700),
  RefusalRow("row 28: no value", "nul", -32700),
  RefusalRow("row 28: a comma at the end", #"{"jsonrpc":"2.0","id":1,"method":"echo",}"#, -32700),
  RefusalRow("row 28: a comment", request(1, "echo") + "//", -32700),
  RefusalRow("row 29: arrays, 129 deep", nested("[", "]", 129), -32700),
  RefusalRow("row 29: arrays, 2,049 deep", nested("[", "]", 2049), -32700),
  RefusalRow("row 29: arrays, 1,000,000 deep", nested("[", "]", 1_000_000), -32700),
  RefusalRow(
    "row 29: objects, 129 deep", nested("{\"a\":", "}", 128).replacing(":}", with: ":{}}"), -32700),
  RefusalRow("row 29: objects, 1,000,000 deep", nested("{\"a\":", "}", 1_000_000), -32700),
  RefusalRow("row 29: both, 1,000,000 deep", nested("[{\"a\":", "}]", 500_000), -32700),
  RefusalRow("row 30: a stray byte", bytes: withBytes([0xFF]), -32700),
  RefusalRow("row 30: a cut sequence", bytes: withBytes([0xC3]), -32700),
  RefusalRow("row 30: overlong", bytes: withBytes([0xC0, 0xAF]), -32700),
  RefusalRow("row 30: a surrogate", bytes: withBytes([0xED, 0xA0, 0x80]), -32700),
  RefusalRow("row 30: half a surrogate escape", bytes: withBytes(Array("\\ud800".utf8)), -32700),
  RefusalRow("row 30: a control character", bytes: withBytes([0x01]), -32700),
  RefusalRow(
    "row 30: a mark inside", request(1, "echo", "\u{FEFF}[]"), -32700),
  RefusalRow("row 32: 2^63", request(1, "echo", "[9223372036854775808]"), -32700),
  RefusalRow("row 32: an id of 2^63", #"{"jsonrpc":"2.0","id":9223372036854775808}"#, -32700),
  RefusalRow("row 32: 1e400", request(1, "echo", "[1e400]"), -32700),
  RefusalRow(
    "row 32: 400 digits", request(1, "echo", "[\(String(repeating: "9", count: 400))]"), -32700),
  RefusalRow("NaN", request(1, "echo", "[NaN]"), -32700),
]

private let noRequest = [
  RefusalRow(
    "row 33: method twice", #"{"jsonrpc":"2.0","id":1,"method":"a","method":"echo"}"#, -32600),
  RefusalRow("row 33: id twice", #"{"jsonrpc":"2.0","id":1,"id":2,"method":"echo"}"#, -32600),
  RefusalRow("row 33: deep inside", request(1, "echo", #"{"a":{"b":1,"b":1}}"#), -32600),
  RefusalRow("a number", "42", -32600),
  RefusalRow("a string", "\"echo\"", -32600),
  RefusalRow("null", "null", -32600),
  RefusalRow("an empty object", "{}", -32600),
  RefusalRow("rule 5: names have a case", #"{"jsonrpc":"2.0","ID":1,"Method":"echo"}"#, -32600),
  RefusalRow("rule 29: the id of what is none", #"{"id":5,"method":"echo"}"#, -32600, id: 5),
  RefusalRow("exit is no request", request(5, "exit"), -32600, id: 5),
  RefusalRow("row 31: NUL in a method", request(5, "echo\\u0000"), -32601, id: 5),
  RefusalRow("rule 3: rpc.", request(5, "rpc.none"), -32601, id: 5),
  RefusalRow("an unknown $/ request", request(5, "$/cancelRequest", "{\"id\":1}"), -32601, id: 5),
  RefusalRow(
    "row 40: a long name", request(5, String(repeating: "m", count: 9 << 20)), -32601, id: 5),
]

@Suite("The envelope")
struct EnvelopeTests {
  @Test("one error, and the next request is answered", arguments: noJSON + noRequest)
  func refused(_ row: RefusalRow) {
    let lines = row.line + Array("\n\(request(7, "echo", "[7]"))\n".utf8)
    let (replies, outcome, statistics) = exchange(lines, sessionMethods)
    let good = json(#"{"jsonrpc":"2.0","id":7,"result":[7]}"#)
    #expect(replies.count { $0 == good } == 1)
    let refusals = replies.filter { $0 != good }
    #expect(refusals.map(\.errorCode) == [row.code])
    #expect(refusals.first?["id"] == row.id)
    #expect(refusals.first?["error"]?["data"]?["problem"]?.string?.isEmpty == false)
    #expect(outcome?.isClean == true)
    #expect(statistics == RequestStatistics(received: 2, answered: 1, failed: 1, cancelled: 0))
  }

  @Test("row 34: every kind of every member")
  func kinds() {
    let versions = [nil, "\"2.0\"", "2.0", "2", "\"1.0\"", "\"2\"", "null", "[\"2.0\"]", "{}"]
    let methods = [nil, "\"echo\"", "\"none\"", "\"\"", "1", "null", "true", "[]", "{}"]
    let params = [nil, "[]", "{}", "null", "\"bar\"", "1", "1.5", "false"]
    let ids = [nil, "1", "\"1\"", "null", "1.5", "true", "[1]", "{\"a\":1}"]
    let client = TestClient(sessionMethods)
    for version in versions {
      for method in methods {
        for param in params {
          for id in ids {
            let members = [
              version.map { "\"jsonrpc\":\($0)" }, method.map { "\"method\":\($0)" },
              param.map { "\"params\":\($0)" }, id.map { "\"id\":\($0)" },
            ]
            let line = "{\(members.compactMap(\.self).joined(separator: ","))}"
            // What follows tells whether there was an answer at all.
            client.send(line, request(-7, "echo"))
            var reply = client.receive()
            let isAnswered = reply?["id"] != -7
            if isAnswered { _ = client.receive() }
            reply = isAnswered ? reply : nil
            let seen = reply.map { reply -> JSONValue in
              [
                "id": reply["id"] ?? "none",
                "was": reply.errorCode.map { .integer($0) } ?? reply["result"] ?? "none",
              ]
            }
            let expected = ruling(version, method, param, id)
            #expect(seen == expected, "\(line)")
          }
        }
      }
    }
    client.endInput()
    #expect(client.receiveAll() == [])
  }

  /// The rules 1 to 13, once more and independently: what answers such a message.
  private func ruling(
    _ version: String?, _ method: String?, _ params: String?, _ id: String?
  ) -> JSONValue? {
    let isLegalID = id == nil || ["1", "\"1\"", "null", "1.5"].contains(id)
    let isRequest =
      version == "\"2.0\"" && method?.hasPrefix("\"") == true && isLegalID
      && [nil, "[]", "{}", "null"].contains(params)
    let shownID = isLegalID ? json(id ?? "null") : nil
    if !isRequest { return ["id": shownID, "was": -32600] }
    if id == nil { return nil }
    return ["id": shownID, "was": method == "\"echo\"" ? json(params ?? "null") : -32601]
  }

  @Test(
    "ids come back equal in value and kind",
    arguments: [
      "1", "\"1\"", "0", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808",
      "1.5", "0.1", "-2.5e-7", "1e21", "1.0", "null", "\"\"", "\" 1 \"", "\"é\"", "\"e\u{301}\"",
      "\"\\u00e9\"", "\"a\\u0000b\"", "\"\\ud83d\\ude00\"", "\"\\\"\\\\/\\n\"",
      "\"\(String(repeating: "x", count: 1 << 20))\"",
    ])
  func ids(_ id: String) {
    let line = #"{"jsonrpc":"2.0","method":"echo","id":\#(id)}"#
    let reply = answer(to: line, sessionMethods).first?["id"]
    #expect(reply == json(id))
    #expect(reply?.kind == json(id).kind)
    #expect(reply?.string.map { Array($0.utf8) } == json(id).string.map { Array($0.utf8) })
  }

  @Test("row 29: 128 levels are accepted")
  func depth() {
    let params = nested("[", "]", 127)
    let replies = answer(to: request(1, "echo", params), sessionMethods)
    #expect(replies == [["jsonrpc": "2.0", "id": 1, "result": json(params)]])
  }

  @Test("row 38: the same id twice, both are answered")
  func twins() {
    let lines = "\(request(1, "echo", "[1]"))\n\(request(1, "echo", "[2]"))\n"
    let replies = exchange(Array(lines.utf8), sessionMethods).replies
    #expect(replies.map { $0["result"] } == [[1], [2]])
  }

  @Test(
    "row 39: responses are not answered",
    arguments: [
      #"{"jsonrpc":"2.0","id":1,"result":5}"#, #"{"jsonrpc":"2.0","id":99,"error":{"code":1}}"#,
      #"{"id":true,"result":null}"#, #"[{"jsonrpc":"2.0","id":1,"result":5}]"#,
    ])
  func responses(_ line: String) {
    #expect(answer(to: line, sessionMethods) == [])
  }

  @Test("row 40: a hundred thousand unknown members")
  func members() {
    let members = (0..<100_000).map { "\"m\($0)\":\($0)" }.joined(separator: ",")
    let line = #"{"jsonrpc":"2.0","id":1,"method":"echo",\#(members)}"#
    #expect(answer(to: line, sessionMethods).map { $0["result"] } == [.null])
  }

  @Test(
    "row 22: a hint where a text was printed over several lines",
    arguments: [
      (#"{"#, true), (#"  "jsonrpc": "2.0","#, true), (#"  "params": {"#, true), ("}", true),
      ("Content-Length: 52", true), ("hello", false), (#"{"jsonrpc":"2.0",}"#, false),
    ])
  func hints(_ row: (line: String, isHelped: Bool)) {
    let problem = answer(to: row.line, sessionMethods).first?["error"]?["data"]?["problem"]?.string
    #expect(problem != nil)
    let isHelped = problem?.contains("one line") == true || problem?.contains("per line") == true
    #expect(isHelped == row.isHelped, "\(problem ?? "")")
  }
}
