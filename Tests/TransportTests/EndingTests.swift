import Foundation
import Glibc
import JSON
import Logging
import Messages
import TestSupport
import Testing
import Transport

@Suite("Endings")
struct EndingTests {
  private let gate = Gate()

  /// `waits` ends only through the gate; `heeds` also when it is cancelled.
  private var methods: [MethodEntry] {
    [
      MethodEntry(method: "waits", order: .concurrent, lane: .interactive) { [gate] _, _ in
        gate.pass()
        return "done"
      },
      MethodEntry(method: "heeds", order: .concurrent, lane: .interactive) { [gate] _, context in
        gate.arrive()
        while true {
          try context.checkCancellation()
          usleep(100)
        }
      },
    ] + sessionMethods
  }

  @Test("row 27: lines are drained at the end of input, however long it takes")
  func drain() {
    let client = TestClient(methods) { $0.grace = .milliseconds(1) }
    client.send(request(1, "waits"), request(2, "waits"), request(3, "waits"), request(4, "echo"))
    client.endInput()
    gate.waitForArrival()
    gate.waitForArrival()
    #expect(client.receive()?["id"] == 4)
    gate.open(3)
    #expect(Set(client.receiveAll().map { $0["id"] }) == [1, 2, 3])
    #expect(client.waitForEnd()?.end == .endOfInput)
  }

  @Test("row 65: with headers the end of input gives a little time, then cancels")
  func headerEnd() {
    let client = TestClient(methods, framing: .lsp) { $0.grace = .milliseconds(20) }
    client.send(Session.open, request(1, "heeds"), request(2, "waits"), request(3, "waits"))
    #expect(client.receive()?["id"] == 0)
    client.endInput()
    let replies = client.receiveAll()
    #expect(Set(replies.map { $0["id"] }) == [1, 2, 3])
    #expect(replies.allSatisfy { $0.errorCode == -32800 })
    #expect(client.waitForEnd()?.isClean == false)
    gate.open(2)
  }

  @Test("row 67: exit with a handler that never ends", arguments: Framing.allCases)
  func exit(_ framing: Framing) {
    let client = TestClient(methods, framing: framing) { $0.grace = .milliseconds(20) }
    client.send(Session.open, request(1, "waits"))
    gate.waitForArrival()
    client.send(Session.close, request(2, "echo"), Session.exit)
    let replies = client.receiveAll()
    let answers = replies.map { [$0["id"], $0["error"]?["code"]] }
    #expect(Set(answers) == [[0, nil], [1, -32800], [-1, nil], [2, -32800]])
    let outcome = client.waitForEnd()
    #expect(outcome?.end == .exit)
    #expect(outcome?.isClean == true)
    gate.open()
  }

  @Test("row 25: nobody reads any more", arguments: TestClient.Wire.allCases)
  func peerGone(_ wire: TestClient.Wire) {
    let client = TestClient(methods, wire: wire)
    client.send(request(1, "heeds"), request(2, "heeds"), request(3, "heeds"))
    gate.waitForArrival()
    gate.waitForArrival()
    client.closeOutput()
    #expect(client.waitForEnd()?.end == .peerGone)
    #expect(
      client.counters.statistics
        == RequestStatistics(received: 3, answered: 0, failed: 0, cancelled: 3))
  }

  @Test("the client writes its farewell and goes without reading")
  func farewell() {
    let client = TestClient(methods, framing: .lsp, wire: .socket)
    client.send(Session.open, Session.opened, Session.close, Session.exit)
    client.closeOutput()
    let outcome = client.waitForEnd()
    #expect(outcome?.end == .exit)
    #expect(outcome?.isClean == true)
  }

  @Test("the reader goes away while megabytes are written", arguments: TestClient.Wire.allCases)
  func brokenPipe(_ wire: TestClient.Wire) {
    let client = TestClient(sessionMethods, wire: wire)
    let text = String(repeating: "x", count: 1 << 20)
    for id in 0..<5 { client.send(request(id, "echo", "[\"\(text)\"]")) }
    #expect(client.receiveRaw().isEmpty == false)
    client.closeOutput()
    #expect(client.waitForEnd()?.end == .peerGone)
  }

  @Test("stop when nothing is under way")
  func stopIdle() {
    let client = TestClient(methods)
    client.send(request(1, "echo"))
    #expect(client.receive()?["id"] == 1)
    client.connection.stop(within: .seconds(30))
    #expect(client.receiveAll() == [])
    let outcome = client.waitForEnd()
    #expect(outcome?.end == .stopped)
    #expect(outcome?.isClean == true)
  }

  @Test("row 75: stop lets requests end")
  func stopRunning() {
    let client = TestClient(methods)
    client.send(request(1, "waits"), request(2, "waits"), request(3, "waits"))
    gate.waitForArrival()
    gate.waitForArrival()
    client.connection.stop(within: .seconds(60))
    gate.open(3)
    #expect(Set(client.receiveAll().map { $0["id"] }) == [1, 2, 3])
    #expect(client.counters.statistics.answered == 3)
    #expect(client.waitForEnd()?.end == .stopped)
  }

  @Test("row 75: stop answers what does not end in time")
  func stopStubborn() {
    let client = TestClient(methods)
    client.send(request(1, "waits"), request(2, "heeds"), request(3, "waits"))
    gate.waitForArrival()
    gate.waitForArrival()
    client.connection.stop(within: .seconds(60))
    client.connection.stop(within: .milliseconds(50))
    let replies = client.receiveAll()
    #expect(Set(replies.map { $0["id"] }) == [1, 2, 3])
    #expect(replies.allSatisfy { $0.errorCode == -32800 })
    #expect(client.waitForEnd()?.end == .stopped)
    gate.open(2)
  }

  @Test("row 75: stop while lines are drained")
  func stopDraining() {
    let client = TestClient(methods)
    client.send(request(1, "waits"))
    client.endInput()
    gate.waitForArrival()
    client.connection.stop(within: .milliseconds(50))
    #expect(client.receiveAll().map(\.errorCode) == [-32800])
    gate.open()
  }

  @Test("row 75: stop never cuts a frame, though the reader is slow")
  func stopWriting() {
    let client = TestClient(sessionMethods)
    let text = String(repeating: "x", count: 1 << 20)
    for id in 0..<3 { client.send(request(id, "echo", "[\"\(text)\"]")) }
    // The first reply is being written, and the pipe is full.
    let first = client.receive()
    #expect(first?["id"] == 0)
    client.connection.stop(within: .seconds(60))
    // `receiveAll` complains of a frame that is cut.
    #expect(client.receiveAll().map { $0["id"] } == [1, 2])
  }

  @Test("stop ends although nobody reads")
  func stopUnread() {
    let client = TestClient(sessionMethods) { $0.grace = .milliseconds(20) }
    let text = String(repeating: "x", count: 1 << 20)
    for id in 0..<3 { client.send(request(id, "echo", "[\"\(text)\"]")) }
    client.connection.stop(within: .milliseconds(50))
    #expect(client.waitForEnd()?.end == .stopped)
  }

  @Test("a connection that ended leaves nothing behind")
  func release() throws {
    weak var connection: Connection?
    try {
      let client = TestClient(sessionMethods)
      connection = client.connection
      client.send(request(1, "echo"))
      client.endInput()
      #expect(client.receiveAll().count == 1)
      _ = try #require(client.waitForEnd())
    }()
    // The thread that ran it lets go of it a moment after it has said so.
    for _ in 0..<10_000 where connection != nil { usleep(1000) }
    #expect(connection == nil)
  }

  @Test("row 72: two hundred clients come and go")
  func clients() {
    let pools = WorkPools(interactive: 2, bulk: 1)
    for round in 0..<200 {
      let client = TestClient(sessionMethods, wire: .socket, pools: pools)
      client.send(request(round, "echo"))
      if round % 3 > 0 { #expect(client.receive()?["id"]?.integer == Int64(round)) }
      if round % 2 == 0 { client.endInput() } else { client.closeOutput() }
      #expect(client.waitForEnd() != nil)
    }
  }
}
