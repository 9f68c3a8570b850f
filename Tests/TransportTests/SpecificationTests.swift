import JSON
import Testing
import Transport

/// One exchange of the JSON-RPC 2.0 specification, section 7, as it stands there.
struct SpecificationRow: Sendable, CustomTestStringConvertible {
  let name: String
  let sent: String
  /// `nil` where the specification says that nothing is answered.
  let expected: String?

  var testDescription: String { name }
}

private let parseError =
  #"{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}"#
private let invalidRequest =
  #"{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null}"#

private let rows = [
  SpecificationRow(
    name: "E1 by position", sent: #"{"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":1}"#,
    expected: #"{"jsonrpc":"2.0","result":19,"id":1}"#),
  SpecificationRow(
    name: "E2 by position", sent: #"{"jsonrpc":"2.0","method":"subtract","params":[23,42],"id":2}"#,
    expected: #"{"jsonrpc":"2.0","result":-19,"id":2}"#),
  SpecificationRow(
    name: "E3 by name",
    sent:
      #"{"jsonrpc":"2.0","method":"subtract","params":{"subtrahend":23,"minuend":42},"id":3}"#,
    expected: #"{"jsonrpc":"2.0","result":19,"id":3}"#),
  SpecificationRow(
    name: "E4 by name",
    sent:
      #"{"jsonrpc":"2.0","method":"subtract","params":{"minuend":42,"subtrahend":23},"id":4}"#,
    expected: #"{"jsonrpc":"2.0","result":19,"id":4}"#),
  SpecificationRow(
    name: "E5 a notification",
    sent: #"{"jsonrpc":"2.0","method":"update","params":[1,2,3,4,5]}"#, expected: nil),
  SpecificationRow(
    name: "E6 a notification of an unknown method", sent: #"{"jsonrpc":"2.0","method":"foobar"}"#,
    expected: nil),
  SpecificationRow(
    name: "E7 an unknown method", sent: #"{"jsonrpc":"2.0","method":"foobar","id":"1"}"#,
    expected: #"{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":"1"}"#),
  SpecificationRow(
    name: "E8 invalid JSON",
    sent: #"{"jsonrpc":"2.0","method":"foobar, "params":"bar","baz]"#, expected: parseError),
  SpecificationRow(
    name: "E9 an invalid request", sent: #"{"jsonrpc":"2.0","method":1,"params":"bar"}"#,
    expected: invalidRequest),
  SpecificationRow(
    name: "E10 a batch of invalid JSON",
    sent:
      #"[{"jsonrpc":"2.0","method":"sum","params":[1,2,4],"id":"1"},{"jsonrpc":"2.0","method"]"#,
    expected: parseError),
  SpecificationRow(name: "E11 an empty batch", sent: "[]", expected: invalidRequest),
  SpecificationRow(
    name: "E12 an invalid batch of one", sent: "[1]", expected: "[\(invalidRequest)]"),
  SpecificationRow(
    name: "E13 an invalid batch", sent: "[1,2,3]",
    expected: "[\(invalidRequest),\(invalidRequest),\(invalidRequest)]"),
  SpecificationRow(
    name: "E14 a batch",
    sent: #"""
      [{"jsonrpc":"2.0","method":"sum","params":[1,2,4],"id":"1"},\#
      {"jsonrpc":"2.0","method":"notify_hello","params":[7]},\#
      {"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":"2"},\#
      {"foo":"boo"},\#
      {"jsonrpc":"2.0","method":"foo.get","params":{"name":"myself"},"id":"5"},\#
      {"jsonrpc":"2.0","method":"get_data","id":"9"}]
      """#,
    expected: #"""
      [{"jsonrpc":"2.0","result":7,"id":"1"},\#
      {"jsonrpc":"2.0","result":19,"id":"2"},\#
      {"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"},"id":null},\#
      {"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":"5"},\#
      {"jsonrpc":"2.0","result":["hello",5],"id":"9"}]
      """#),
  SpecificationRow(
    name: "E15 a batch of notifications",
    sent: #"""
      [{"jsonrpc":"2.0","method":"notify_sum","params":[1,2,4]},\#
      {"jsonrpc":"2.0","method":"notify_hello","params":[7]}]
      """#, expected: nil),
]

/// Errors are compared without `data`: the specification leaves it to the server.
@Suite("The examples of the JSON-RPC 2.0 specification")
struct SpecificationTests {
  @Test("one per line", arguments: rows)
  func line(_ row: SpecificationRow) {
    let replies = answer(to: row.sent, specificationMethods).map(\.withoutErrorData)
    #expect(replies == row.expected.map { [json($0)] } ?? [])
  }

  @Test("all in one session, in any order of answers")
  func session() {
    let bytes = rows.flatMap { Array("\($0.sent)\n".utf8) }
    let replies = exchange(bytes, specificationMethods).replies.map(\.withoutErrorData)
    let expected = rows.compactMap(\.expected).map { json($0) }
    #expect(replies.count == expected.count)
    for value in Set(expected) {
      #expect(replies.count { $0 == value } == expected.count { $0 == value }, "\(value)")
    }
  }

  @Test("with headers, where there are no batches", arguments: rows)
  func header(_ row: SpecificationRow) {
    let client = TestClient(specificationMethods + sessionMethods, framing: .lsp)
    client.send(Session.open, row.sent, Session.close, Session.exit)
    let replies = client.receiveAll().map(\.withoutErrorData)
    let isBatch = row.sent.hasPrefix("[") && row.name != "E10 a batch of invalid JSON"
    let expected = isBatch ? invalidRequest : row.expected
    let others = replies.filter { $0["id"] != 0 && $0["id"] != -1 }
    #expect(others == expected.map { [json($0)] } ?? [])
    #expect(client.waitForEnd()?.isClean == true)
  }
}
