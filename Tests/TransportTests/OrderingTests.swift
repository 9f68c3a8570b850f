import JSON
import Messages
import Testing
import Transport

/// Methods of every kind, each of which writes into a journal and passes a gate of its own.
struct GatedMethods: Sendable {
  let journal = Journal()
  let sequential = Gate()
  let concurrent = Gate()
  let bulk = Gate()
  let exclusive = Gate()

  var entries: [MethodEntry] {
    [
      entry("sequential", .sequential, .control, sequential),
      entry("concurrent", .concurrent, .interactive, concurrent),
      entry("bulk", .concurrent, .bulk, bulk),
      entry("exclusive", .exclusive, .control, exclusive),
    ] + sessionMethods
  }

  private func entry(
    _ method: String, _ order: MethodOrder, _ lane: Lane, _ gate: Gate
  ) -> MethodEntry {
    MethodEntry(method: method, order: order, lane: lane) { [journal] _, context in
      let name = "\(method) \(context.id.map { "\($0)" } ?? "-")"
      journal.note("begin \(name)")
      gate.pass()
      journal.note("end \(name)")
      return .string(method)
    }
  }
}

@Suite("Order")
struct OrderingTests {
  private let methods = GatedMethods()

  @Test("sequential requests run one at a time, in order")
  func sequential() {
    let client = TestClient(methods.entries)
    client.send(
      request(1, "sequential"), request(2, "echo"), request(3, "sequential"),
      request(4, "search", #"["a"]"#))
    methods.sequential.waitForArrival()
    // Only what may overtake is answered while the first waits at its gate.
    #expect(client.receive()?["id"] == 4)
    methods.sequential.open()
    methods.sequential.waitForArrival()
    #expect(client.receive(count: 2).map { $0["id"] } == [1, 2])
    methods.sequential.open()
    #expect(client.receive()?["id"] == 3)
    #expect(
      methods.journal.notes == [
        "begin sequential 1", "end sequential 1", "begin sequential 3", "end sequential 3",
      ])
  }

  @Test("a thousand sequential requests are answered in order")
  func manySequential() {
    let lines = (0..<1000).flatMap { Array((request($0, "echo") + "\n").utf8) }
    let replies = exchange(lines, sessionMethods).replies
    #expect(replies.map { $0["id"]?.integer } == (0..<1000).map { Int64($0) })
  }

  @Test("concurrent requests run at once and overtake each other")
  func concurrent() {
    let client = TestClient(methods.entries, pools: WorkPools(interactive: 2, bulk: 1))
    client.send(request(1, "concurrent"), request(2, "concurrent"), request(3, "concurrent"))
    methods.concurrent.waitForArrival()
    methods.concurrent.waitForArrival()
    // Both threads of the lane are at the gate; the other lanes go on.
    client.send(request(4, "echo"), request(5, "bulk"))
    #expect(client.receive()?["id"] == 4)
    methods.bulk.waitForArrival()
    methods.bulk.open()
    #expect(client.receive()?["id"] == 5)
    #expect(!methods.concurrent.hasArrival)
    methods.concurrent.open(3)
    #expect(Set(client.receive(count: 3).map { $0["id"] }) == [1, 2, 3])
  }

  @Test("an exclusive request waits for those before, and those after wait for it")
  func exclusive() {
    let client = TestClient(methods.entries)
    client.send(
      request(1, "concurrent"), request(2, "bulk"), request(3, "sequential"),
      request(4, "exclusive"), request(5, "concurrent"), request(6, "echo"))
    methods.concurrent.waitForArrival()
    methods.bulk.waitForArrival()
    methods.sequential.waitForArrival()
    methods.concurrent.open()
    methods.bulk.open()
    #expect(Set(client.receive(count: 2).map { $0["id"] }) == [1, 2])
    #expect(!methods.exclusive.hasArrival, "one before it is still running")
    methods.sequential.open()
    methods.exclusive.waitForArrival()
    #expect(client.receive()?["id"] == 3)
    #expect(!methods.concurrent.hasArrival, "it is still running")
    methods.exclusive.open()
    methods.concurrent.waitForArrival()
    methods.concurrent.open()
    #expect(client.receive()?["id"] == 4)
    #expect(Set(client.receive(count: 2).map { $0["id"] }) == [5, 6])
    let notes = methods.journal.notes
    let begin = notes.firstIndex(of: "begin exclusive 4") ?? 0
    #expect(Set(notes[..<begin]).count == 6)
    #expect(notes[begin...].starts(with: ["begin exclusive 4", "end exclusive 4"]))
  }

  @Test("shutdown is answered after everything before it")
  func shutdown() {
    let client = TestClient(methods.entries)
    client.send(request(1, "concurrent"), Session.close, request(2, "echo"))
    methods.concurrent.waitForArrival()
    methods.concurrent.open()
    #expect(client.receive(count: 3).map { $0["id"] } == [1, -1, 2])
  }

  @Test("two exclusive requests run one after the other")
  func exclusives() {
    let client = TestClient(methods.entries)
    client.send(request(1, "exclusive"), request(2, "exclusive"), request(3, "echo"))
    for id in 1...2 {
      methods.exclusive.waitForArrival()
      #expect(!methods.exclusive.hasArrival)
      methods.exclusive.open()
      #expect(client.receive()?["id"]?.integer == Int64(id))
    }
    #expect(client.receive()?["id"] == 3)
  }

  @Test("notifications run in their place, unanswered")
  func notifications() {
    let client = TestClient(methods.entries)
    client.send(
      notification("sequential"), request(1, "echo"), notification("exclusive"),
      request(2, "echo"))
    methods.sequential.waitForArrival()
    methods.sequential.open()
    methods.exclusive.waitForArrival()
    methods.exclusive.open()
    #expect(client.receive(count: 2).map { $0["id"] } == [1, 2])
    client.endInput()
    #expect(client.receiveAll() == [])
    #expect(
      methods.journal.notes == [
        "begin sequential -", "end sequential -", "begin exclusive -", "end exclusive -",
      ])
  }

  @Test("connections share the threads, but nobody's order holds up another")
  func sharing() {
    let pools = WorkPools(interactive: 2, bulk: 1)
    let first = TestClient(methods.entries, wire: .socket, pools: pools)
    let second = TestClient(methods.entries, wire: .socket, pools: pools)
    first.send(request(1, "concurrent"), request(2, "exclusive"), request(3, "echo"))
    methods.concurrent.waitForArrival()
    second.send(request(1, "echo"), request(2, "search", #"["a"]"#))
    #expect(Set(second.receive(count: 2).map { $0["id"] }) == [1, 2])
    second.endInput()
    #expect(second.receiveAll() == [])
    #expect(second.waitForEnd()?.end == .endOfInput)
    methods.concurrent.open()
    methods.exclusive.waitForArrival()
    methods.exclusive.open()
    #expect(first.receive(count: 3).map { $0["id"] } == [1, 2, 3])
  }
}
