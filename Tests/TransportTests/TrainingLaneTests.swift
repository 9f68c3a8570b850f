import Foundation
import JSON
import Messages
import Synchronization
import Testing
import Transport

private func cancel(_ id: String) -> String { notification("$/cancelRequest", "{\"id\":\(id)}") }

/// The lane for work of hours.
@Suite("Training lane")
struct TrainingLaneTests {
  private let gate = Gate()
  private let journal = Journal()

  /// Work that waits at a gate, and work that only its cancellation ends.
  private var methods: [MethodEntry] {
    [
      MethodEntry(method: "gated", order: .concurrent, lane: .training) {
        [gate, journal] _, context in
        journal.note("\(context.id.map { "\($0)" } ?? "-")")
        gate.pass()
        try context.checkCancellation()
        return "done"
      },
      MethodEntry(method: "endless", order: .concurrent, lane: .training) { [gate] _, context in
        gate.arrive()
        while !context.isCancelled { Thread.sleep(forTimeInterval: 0.001) }
        throw RequestCancelled()
      },
    ] + sessionMethods
  }

  @Test("one at a time, in order, while everything else goes on")
  func order() {
    let client = TestClient(methods)
    client.send(request(1, "gated"), request(2, "gated"), request(3, "gated"))
    gate.waitForArrival()
    client.send(request(4, "echo"), request(5, "search", #"["a"]"#))
    #expect(Set(client.receive(count: 2).map { $0["id"] }) == [4, 5])
    #expect(!gate.hasArrival, "the first is still at the gate")
    gate.open(3)
    #expect(client.receive(count: 3).map { $0["id"] } == [1, 2, 3])
    #expect(journal.notes.count == 3)
  }

  @Test("one for all connections")
  func shared() {
    let pools = WorkPools(interactive: 1, bulk: 1)
    let first = TestClient(methods, pools: pools)
    let second = TestClient(methods, pools: pools)
    first.send(request(1, "gated"))
    gate.waitForArrival()
    second.send(request(2, "gated"), request(3, "echo"))
    #expect(second.receive()?["id"] == 3)
    #expect(!gate.hasArrival)
    gate.open(2)
    #expect(first.receive()?["id"] == 1)
    #expect(second.receive()?["id"] == 2)
  }

  @Test("so many may wait, and who leaves the line makes room")
  func limit() {
    let client = TestClient(methods) { $0.limits.training = 2 }
    client.send(request(0, "gated"), request(1, "gated"), request(2, "gated"))
    client.send(request(3, "gated"))
    let refused = client.receive()
    #expect(refused?["id"] == 3 && refused?.errorCode == 1201)
    #expect(refused?["error"]?["data"]?["limit"] == 2)
    client.send(cancel("1"))
    #expect(client.receive()?.errorCode == -32800)
    client.send(request(4, "gated"), request(5, "gated"))
    #expect(client.receive()?["id"] == 5)
    gate.open(3)
    #expect(client.receive(count: 3).map { $0["id"] } == [0, 2, 4])
  }

  @Test("the thread is prepared once, before its first work")
  func prepared() {
    let starts = Mutex<[Thread]>([])
    let pools = WorkPools(
      interactive: 1, bulk: 1, trainingThreadStarts: { starts.withLock { $0.append(.current) } })
    let seen = Mutex<[Thread]>([])
    let method = MethodEntry(method: "seen", order: .concurrent, lane: .training) { _, _ in
      seen.withLock { $0.append(.current) }
      return "done"
    }
    let client = TestClient([method] + sessionMethods, pools: pools)
    client.send(request(1, "seen"), request(2, "seen"))
    #expect(client.receive(count: 2).count == 2)
    let (prepared, used) = (starts.withLock { $0 }, seen.withLock { $0 })
    #expect(prepared.count == 1 && used.allSatisfy { $0 === prepared[0] })
  }

  @Test("shutdown cancels what runs and what waits, and is answered after them")
  func shutdown() {
    let client = TestClient(methods)
    client.send(request(1, "endless"))
    gate.waitForArrival()
    client.send(request(2, "endless"), request(3, "endless"), Session.close)
    let replies = client.receive(count: 4)
    #expect(Set(replies.prefix(3).map { $0["id"] }) == [1, 2, 3])
    #expect(replies.prefix(3).allSatisfy { $0.errorCode == -32800 })
    #expect(replies.last?["id"] == -1)
  }

  @Test("a session that is stopped does not wait for it")
  func stopped() {
    let client = TestClient(methods)
    client.send(request(1, "endless"))
    gate.waitForArrival()
    client.connection.stop(within: .seconds(3600))
    #expect(client.receiveAll().map(\.errorCode) == [-32800])
    #expect(client.waitForEnd()?.end == .stopped)
  }

  @Test("an editor that closes its input does not keep it")
  func endOfInput() {
    let client = TestClient(methods, framing: .lsp)
    client.send(Session.open)
    #expect(client.receive()?["id"] == 0)
    client.send(Session.opened, request(1, "endless"))
    gate.waitForArrival()
    client.endInput()
    #expect(client.receiveAll().map(\.errorCode) == [-32800])
  }

  @Test("a script that closes its input is answered")
  func endOfLines() {
    let client = TestClient(methods)
    client.send(request(1, "gated"), request(2, "gated"))
    client.endInput()
    gate.open(2)
    #expect(client.receiveAll().map { $0["id"] } == [1, 2])
  }
}
