import JSON
import Testing
import Transport

/// A session as a list of messages, and what must come back for each request that is answered.
struct SessionRow: Sendable, CustomTestStringConvertible {
  let name: String
  let framing: Framing
  let messages: [String]
  /// Id and, for an error, its code; 0 is a result. In any order of ids.
  let answers: [Int64: Int64]
  let isClean: Bool
  let end: ConnectionOutcome.End

  init(
    _ name: String, _ framing: Framing, _ messages: [String], _ answers: [Int64: Int64],
    isClean: Bool, _ end: ConnectionOutcome.End = .exit
  ) {
    self.name = name
    self.framing = framing
    self.messages = messages
    self.answers = answers
    self.isClean = isClean
    self.end = end
  }

  var testDescription: String { "\(name) (\(framing))" }
}

private let open = Session.open
private let opened = Session.opened
private let echo = request(1, "echo")

private let headerSessions = [
  SessionRow(
    "open and close", .lsp, [open, opened, echo, Session.close, Session.exit],
    [0: 0, 1: 0, -1: 0], isClean: true),
  SessionRow(
    "before initialize", .lsp, [echo, request(2, "none"), open, request(3, "echo"), Session.exit],
    [1: -32002, 2: -32002, 0: 0, 3: 0], isClean: false),
  SessionRow(
    "notifications before initialize are dropped", .lsp,
    [notification("echo"), notification("initialized"), notification("$/setTrace"), Session.exit],
    [:], isClean: false),
  SessionRow(
    "initialize twice", .lsp, [open, request(2, "initialize", "{}"), Session.close, Session.exit],
    [0: 0, 2: -32600, -1: 0], isClean: true),
  SessionRow(
    "an initialize that fails may be repeated", .lsp,
    [
      request(1, "initialize", #"{"processId":"x"}"#), request(2, "echo"), open,
      request(3, "echo"), Session.close, Session.exit,
    ], [1: -32602, 2: -32002, 0: 0, 3: 0, -1: 0], isClean: true),
  SessionRow(
    "after shutdown", .lsp,
    [
      open, Session.close, request(1, "echo"), request(2, "initialize", "{}"),
      request(3, "shutdown"), notification("echo"), Session.exit,
    ], [0: 0, -1: 0, 1: -32600, 2: -32600, 3: -32600], isClean: true),
  SessionRow("exit alone", .lsp, [Session.exit], [:], isClean: false),
  SessionRow("exit without shutdown", .lsp, [open, Session.exit], [0: 0], isClean: false),
  SessionRow(
    "shutdown before initialize", .lsp, [Session.close, Session.exit], [-1: -32002],
    isClean: false),
  SessionRow(
    "row 68: shutdown without an id", .lsp,
    [open, notification("shutdown"), echo, Session.exit], [0: 0, 1: -32600], isClean: true),
  SessionRow("the input ends", .lsp, [open, echo], [0: 0, 1: 0], isClean: false, .endOfInput),
  SessionRow(
    "the input ends after shutdown", .lsp, [open, Session.close], [0: 0, -1: 0], isClean: true,
    .endOfInput),
  SessionRow("no input", .lsp, [], [:], isClean: false, .endOfInput),
  SessionRow(
    "unknown notifications and $/ requests", .lsp,
    [
      open, notification("$/unknown"), notification("textDocument/didOpen", "{}"),
      request(2, "$/unknown"), notification("initialize", "{}"), Session.close, Session.exit,
    ], [0: 0, 2: -32601, -1: 0], isClean: true),
]

private let lineSessions = [
  SessionRow("no handshake", .ndjson, [echo], [1: 0], isClean: true, .endOfInput),
  SessionRow("no input", .ndjson, [], [:], isClean: true, .endOfInput),
  SessionRow("exit alone", .ndjson, [echo, Session.exit], [1: 0], isClean: true),
  SessionRow("nothing is read after exit", .ndjson, [Session.exit, echo], [:], isClean: true),
  SessionRow(
    "shutdown and exit", .ndjson, [echo, Session.close, request(2, "echo"), Session.exit],
    [1: 0, -1: 0, 2: -32600], isClean: true),
  SessionRow(
    "initialize in between", .ndjson,
    [echo, open, request(2, "echo"), Session.close, Session.exit],
    [1: 0, 0: 0, 2: 0, -1: 0], isClean: true),
  SessionRow(
    "initialize twice", .ndjson, [open, request(2, "initialize", "{}")], [0: 0, 2: -32600],
    isClean: true, .endOfInput),
  SessionRow("exit after initialize", .ndjson, [open, Session.exit], [0: 0], isClean: false),
]

@Suite("Sessions")
struct LifecycleTests {
  @Test("answers and exit code", arguments: headerSessions + lineSessions)
  func session(_ row: SessionRow) {
    let client = TestClient(sessionMethods, framing: row.framing)
    client.sendRaw(row.messages.flatMap(client.frame))
    client.endInput()
    let replies = client.receiveAll()
    var seen: [Int64: Int64] = [:]
    for reply in replies { seen[reply["id"]?.integer ?? .min] = reply.errorCode ?? 0 }
    #expect(seen == row.answers)
    #expect(replies.count == row.answers.count)
    let outcome = client.waitForEnd()
    #expect(outcome?.isClean == row.isClean)
    #expect(outcome?.end == row.end)
    #expect(outcome?.framing == row.framing)
  }

  @Test("one message at a time gives the same", arguments: headerSessions + lineSessions)
  func slowly(_ row: SessionRow) {
    let client = TestClient(sessionMethods, framing: row.framing)
    for message in row.messages {
      // After an exit nobody may be there to read.
      client.sendRaw(client.frame(message))
    }
    client.endInput()
    #expect(client.receiveAll().count == row.answers.count)
    #expect(client.waitForEnd()?.isClean == row.isClean)
  }

  @Test("without initialize in the table it is an unknown method", arguments: Framing.allCases)
  func noInitialize(_ framing: Framing) {
    let client = TestClient(specificationMethods, framing: framing)
    client.send(Session.open, request(2, "get_data"))
    client.endInput()
    let codes = client.receiveAll().map(\.errorCode)
    #expect(codes == (framing == .lsp ? [-32601, -32002] : [-32601, nil]))
  }

  @Test("the answer to initialize comes before everything else", arguments: 0..<20)
  func initializeFirst(_ round: Int) {
    let client = TestClient(sessionMethods, framing: .lsp)
    let requests = (1...50).map { request($0, $0 % 2 == 0 ? "echo" : "search", #"["a"]"#) }
    client.sendRaw(([Session.open, Session.opened] + requests).flatMap(client.frame))
    #expect(client.receive()?["id"] == 0)
    #expect(client.receive(count: 50).count == 50)
    client.send(Session.close, Session.exit)
    #expect(client.receiveAll().count == 1)
  }

  @Test("framing is told by the first byte", arguments: Framing.allCases)
  func detection(_ framing: Framing) {
    let client = TestClient(sessionMethods, framing: framing) { $0.framing = .auto }
    client.send(Session.open, Session.close, Session.exit)
    #expect(client.receiveAll().count == 2)
    #expect(client.waitForEnd()?.framing == framing)
  }

  @Test("row 26: nothing at all")
  func nothing() {
    let client = TestClient(sessionMethods) { $0.framing = .auto }
    client.endInput()
    #expect(client.receiveAll() == [])
    let outcome = client.waitForEnd()
    #expect(outcome?.isClean == true)
    #expect(outcome?.framing == nil)
  }
}
