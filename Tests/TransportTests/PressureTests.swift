import Foundation
import JSON
import Messages
import Synchronization
import Testing
import Transport

/// Counts that several threads change, with the largest difference that was ever seen.
private final class Balance: Sendable {
  private struct State {
    var made = 0
    var taken = 0
    var largest = 0
  }
  private let state = Mutex(State())

  func make() {
    state.withLock {
      $0.made += 1
      $0.largest = max($0.largest, $0.made - $0.taken)
    }
  }
  func take() { state.withLock { $0.taken += 1 } }
  var made: Int { state.withLock { $0.made } }
  var largest: Int { state.withLock { $0.largest } }
}

@Suite("Back-pressure")
struct PressureTests {
  @Test(
    "row 71: ten thousand requests before the first answer is read", arguments: Framing.allCases)
  func unread(_ framing: Framing) {
    let client = TestClient(sessionMethods, framing: framing)
    if framing == .lsp { client.send(Session.open) }
    client.sendRaw((1...10_000).flatMap { client.frame(request($0, "echo")) })
    client.endInput()
    let replies = client.receiveAll().filter { $0["id"] != 0 }
    #expect(replies.map { $0["id"]?.integer } == (1...10_000).map { Int64($0) })
    #expect(replies.allSatisfy { $0.errorCode == nil })
  }

  @Test("row 69: replies nobody reads stop the work, and no reply is lost")
  func replies() {
    let balance = Balance()
    let text = String(repeating: "x", count: 64 << 10)
    let arrivals = Gate()
    let methods = [
      MethodEntry(method: "big", order: .concurrent, lane: .interactive) { _, _ in
        balance.make()
        arrivals.arrive()
        return .string(text)
      }
    ]
    let client = TestClient(methods) { $0.limits.replies = 1 << 20 }
    client.sendRaw((0..<300).flatMap { client.frame(request($0, "big")) })
    // Sixteen replies fill the queue, and nobody has read any.
    for _ in 0..<16 { arrivals.waitForArrival() }
    var ids: Set<JSONValue> = []
    for _ in 0..<300 {
      if let id = client.receive()?["id"] { ids.insert(id) }
      balance.take()
    }
    #expect(ids.count == 300)
    // The queue (16, and the one that passed its limit), two that were being made, one in the
    // pipe, and what this test has read beyond a message's end: one.
    #expect(balance.largest <= 21, "\(balance.largest)")
    #expect(client.counters.statistics.answered == 300)
    client.endInput()
    #expect(client.receiveAll() == [])
  }

  @Test("requests nobody answers stop the reading", arguments: [true, false])
  func requests(_ byCount: Bool) {
    let balance = Balance()
    let gate = Gate()
    let line = request(1, "slow", "[\"\(String(repeating: "x", count: 200))\"]")
    let methods = [
      MethodEntry(method: "slow", order: .concurrent, lane: .interactive) { _, context in
        gate.pass()
        return nil
      }
    ]
    let client = TestClient(methods, pools: WorkPools(interactive: 1, bulk: 1)) {
      if byCount {
        $0.limits.requests = 50
      } else {
        $0.limits.requestBytes = 50 * line.utf8.count
      }
    }
    let total = 5000
    Thread.detachNewThread {
      client.sendRaw((0..<total).flatMap { _ in client.frame(line) })
      client.endInput()
    }
    for _ in 0..<total {
      gate.waitForArrival()
      let statistics = client.counters.statistics
      // What is unanswered: the limit, and what one read of 64 KiB brought beyond it.
      let unanswered = statistics.received - statistics.answered
      #expect(unanswered <= 50 + (64 << 10) / line.utf8.count + 1)
      gate.open()
      #expect(client.receive()?.errorCode == nil)
      balance.take()
    }
    #expect(client.receiveAll() == [])
    #expect(client.counters.statistics.answered == total)
  }

  @Test("row 70: both sides write megabytes before they read", arguments: TestClient.Wire.allCases)
  func bothWrite(_ wire: TestClient.Wire) {
    let client = TestClient(sessionMethods, wire: wire)
    let text = String(repeating: "é", count: 1 << 19)
    for id in 0..<20 { client.send(request(id, "echo", "[\"\(text)\"]")) }
    client.endInput()
    let replies = client.receiveAll()
    #expect(replies.map { $0["id"]?.integer } == (0..<20).map { Int64($0) })
    #expect(replies.allSatisfy { $0["result"]?.array?.first?.string?.utf8.count == 1 << 20 })
  }

  @Test("row 16: one byte at a time", arguments: Framing.allCases, TestClient.Wire.allCases)
  func bytes(_ framing: Framing, _ wire: TestClient.Wire) {
    let client = TestClient(sessionMethods, framing: framing, wire: wire)
    let text = "[\"é中😀\"]"
    for byte in client.frame(Session.open) + client.frame(request(1, "echo", text)) {
      client.sendRaw([byte])
    }
    #expect(client.receive(count: 2).last?["result"] == json(text))
  }

  @Test(
    "row 5: a message whose end does not come is told to the log, once",
    arguments: Framing.allCases)
  func unfinished(_ framing: Framing) {
    let log = Journal()
    let client = TestClient(sessionMethods, framing: framing, log: log) {
      $0.unfinishedNotice = .milliseconds(1)
    }
    client.send(Session.open)
    #expect(client.receive()?["id"] == 0)
    let message = client.frame(request(1, "echo"))
    client.sendRaw(Array(message.dropLast(3)))
    while log.notes.isEmpty { usleep(1000) }
    client.sendRaw(Array(message.suffix(3)))
    #expect(client.receive()?["id"] == 1)
    #expect(log.notes.filter { $0.hasPrefix("notice: a message has begun") }.count == 1)
  }

  @Test("row 13: what is passed over, and what fails inside, is told to the log")
  func logged() {
    struct Inner: Error {}
    let methods = [
      MethodEntry(method: "inner", order: .sequential, lane: .control) { _, _ in throw Inner() }
    ]
    let log = Journal()
    let client = TestClient(methods + sessionMethods, framing: .lsp, log: log)
    client.sendRaw("hello\n")
    client.send(Session.open, request(1, "inner"), notification("unknown"), Session.exit)
    #expect(client.receiveAll().count == 2)
    #expect(
      log.notes == [
        "info: 6 bytes that belong to no message were passed over",
        "debug: an unknown notification was passed over",
        "error: inner failed unexpectedly: Inner()",
      ])
  }

  @Test("row 17: a thousand messages in one write", arguments: Framing.allCases)
  func oneWrite(_ framing: Framing) {
    let client = TestClient(sessionMethods, framing: framing)
    let requests = (1...1000).flatMap { client.frame(request($0, "search", #"["a"]"#)) }
    client.sendRaw(client.frame(Session.open) + requests)
    let ids = client.receive(count: 1001).compactMap { $0["id"]?.integer }
    #expect(Set(ids) == Set(0...1000))
  }

  @Test("row 4: a message beyond the limit, in the middle", arguments: Framing.allCases)
  func tooLarge(_ framing: Framing) {
    let client = TestClient(sessionMethods, framing: framing) { $0.limits.message = 1000 }
    let long = request(1, "echo", "[\"\(String(repeating: "x", count: 100_000))\"]")
    client.send(Session.open, long, request(2, "echo"))
    let replies = client.receive(count: 3)
    let refusal = replies.first { $0["id"] == .null }
    #expect(refusal?.errorCode == -32600)
    #expect(refusal?["error"]?["data"]?["limit"] == 1000)
    #expect(Set(replies.map { $0["id"] }) == [0, 2, .null])
  }

  @Test("a message as long as the limit")
  func atLimit() {
    let line = request(1, "echo", "[\"\(String(repeating: "x", count: 8 << 20))\"]")
    let (replies, _, _) = exchange(Array("\(line)\n".utf8), sessionMethods) {
      $0.limits.message = line.utf8.count
    }
    #expect(replies.map { $0["id"] } == [1])
    #expect(replies.first?["result"]?.array?.first?.string?.utf8.count == 8 << 20)
  }
}
