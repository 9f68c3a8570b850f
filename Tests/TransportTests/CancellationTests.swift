import JSON
import Messages
import Testing
import Transport

private func cancel(_ id: String) -> String { notification("$/cancelRequest", "{\"id\":\(id)}") }

@Suite("Cancellation")
struct CancellationTests {
  private let gate = Gate()
  private let journal = Journal()

  /// A method that heeds its cancellation once it is let through the gate, one that does not, and
  /// those of a session.
  private var methods: [MethodEntry] {
    [
      MethodEntry(method: "heeding", order: .concurrent, lane: .interactive) { [gate] _, context in
        gate.pass()
        try context.checkCancellation()
        return "done"
      },
      MethodEntry(method: "stubborn", order: .concurrent, lane: .interactive) { [gate] _, context in
        gate.pass()
        return .bool(context.isCancelled)
      },
      MethodEntry(method: "noting", order: .concurrent, lane: .interactive) {
        [journal] _, context in
        journal.note("\(context.id.map { "\($0)" } ?? "-")")
        return "done"
      },
    ] + sessionMethods
  }

  /// A client whose interactive lane is occupied by request 100, which is at the gate.
  private func occupied() -> TestClient {
    let client = TestClient(methods, pools: WorkPools(interactive: 1, bulk: 1))
    client.send(request(100, "heeding"))
    gate.waitForArrival()
    return client
  }

  /// Lets the lane go on, and returns what is answered after that.
  private func release(_ client: TestClient) -> [JSONValue] {
    gate.open(100)
    client.endInput()
    return client.receiveAll()
  }

  @Test("row 81: before it starts, answered at once")
  func before() {
    let client = occupied()
    client.send(request(1, "noting"), request(2, "noting"), cancel("1"))
    let reply = client.receive()
    #expect(reply?["id"] == 1)
    #expect(reply?.errorCode == -32800)
    #expect(Set(release(client).map { $0["id"] }) == [100, 2])
    #expect(journal.notes == ["2"])
    #expect(
      client.counters.statistics
        == RequestStatistics(received: 3, answered: 2, failed: 0, cancelled: 1))
  }

  @Test("row 81: while it runs")
  func during() {
    let client = occupied()
    client.send(cancel("100"), request(1, "echo"))
    #expect(client.receive()?["id"] == 1, "the cancellation was read before this")
    let replies = release(client)
    #expect(replies.map { $0["id"] } == [100])
    #expect(replies.first?.errorCode == -32800)
    #expect(client.counters.statistics.cancelled == 1)
  }

  @Test("a handler that does not heed it answers late")
  func stubborn() {
    let client = TestClient(methods)
    client.send(request(1, "stubborn"))
    gate.waitForArrival()
    client.send(cancel("1"), request(2, "echo"))
    #expect(client.receive()?["id"] == 2)
    #expect(release(client).map { $0["result"] } == [true])
  }

  @Test(
    "row 81: after the end, unknown, of another kind, without sense",
    arguments: [
      cancel("1"), cancel("99"), cancel("\"100\""), cancel("100.5"), cancel("null"),
      cancel("true"), cancel("[100]"), notification("$/cancelRequest"),
      notification("$/cancelRequest", "[100]"), notification("$/cancelRequest", "{}"),
      notification("window/workDoneProgress/cancel", #"{"token":"t"}"#),
      notification("window/workDoneProgress/cancel"),
    ])
  func without(_ line: String) {
    let client = occupied()
    client.send(request(1, "echo"))
    #expect(client.receive()?["id"] == 1)
    client.send(line, line, request(2, "echo"))
    #expect(client.receive()?["id"] == 2)
    let replies = release(client)
    #expect(replies == [["jsonrpc": "2.0", "id": 100, "result": "done"]])
  }

  @Test("row 81: twice is once")
  func twice() {
    let client = occupied()
    client.send(request(1, "noting"), cancel("1"), cancel("1"), request(2, "echo"))
    #expect(client.receive(count: 2).map { $0["id"] } == [1, 2])
    #expect(release(client).map { $0["id"] } == [100])
  }

  @Test("of several with one id the newest that is not over")
  func newest() {
    let client = occupied()
    client.send(
      request(1, "noting", "[1]"), request(1, "search", #"["a"]"#), cancel("1"), request(2, "echo"))
    #expect(client.receive(count: 2).map { $0["id"] } == [1, 2])
    client.send(cancel("1"), request(3, "echo"))
    #expect(client.receive(count: 2).map(\.errorCode) == [-32800, nil])
    #expect(release(client).map { $0["id"] } == [100])
    #expect(journal.notes == [])
  }

  @Test("ids of all kinds", arguments: ["1", "\"1\"", "null", "1.5", "\"e\u{301}\""])
  func kinds(_ id: String) {
    let client = occupied()
    client.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"noting"}"#, cancel(id))
    let reply = client.receive()
    #expect(reply?["id"] == json(id))
    #expect(reply?.errorCode == -32800)
    #expect(release(client).count == 1)
  }

  @Test("the same letters in other characters are another id")
  func equivalence() {
    let client = occupied()
    client.send(
      #"{"jsonrpc":"2.0","id":"é","method":"noting"}"#, cancel("\"e\u{301}\""), request(2, "echo"))
    #expect(client.receive()?["id"] == 2)
    #expect(release(client).map(\.errorCode) == [nil, nil])
  }

  @Test("row 81: initialize and shutdown are answered all the same")
  func lifecycle() {
    let client = TestClient(methods, framing: .lsp)
    client.send(Session.open, cancel("0"), request(1, "echo"), Session.close, cancel("-1"))
    #expect(client.receive(count: 3).map(\.errorCode) == [nil, nil, nil])
    client.send(Session.exit)
    #expect(client.waitForEnd()?.isClean == true)
  }

  @Test("by the token of its progress")
  func token() {
    let client = occupied()
    let params = #"{"path":"a","workDoneToken":"t"}"#
    client.send(
      request(1, "search", params),
      notification("window/workDoneProgress/cancel", #"{"token":"t"}"#))
    #expect(client.receive()?.errorCode == -32800)
    #expect(release(client).count == 1)
  }

  @Test("row 82: one client's cancellation does not reach another's request")
  func others() {
    let pools = WorkPools(interactive: 1, bulk: 1)
    let first = TestClient(methods, wire: .socket, pools: pools)
    let second = TestClient(methods, wire: .socket, pools: pools)
    first.send(request(1, "heeding"))
    gate.waitForArrival()
    second.send(request(1, "noting"), request(2, "echo"))
    #expect(second.receive()?["id"] == 2)
    second.send(cancel("1"))
    #expect(second.receive()?.errorCode == -32800)
    gate.open()
    #expect(first.receive()?["result"] == "done")
  }

  @Test("ten thousand cancelled requests leave nothing behind")
  func many() {
    let client = occupied()
    let lines = (0..<10_000).flatMap { index in
      client.frame(request(index % 7, "noting")) + client.frame(cancel("\(index % 7)"))
    }
    client.sendRaw(lines)
    let replies = client.receive(count: 10_000)
    #expect(replies.allSatisfy { $0.errorCode == -32800 })
    #expect(release(client).map { $0["id"] } == [100])
    #expect(journal.notes == [])
    #expect(
      client.counters.statistics
        == RequestStatistics(received: 10_001, answered: 1, failed: 0, cancelled: 10_000))
  }
}
