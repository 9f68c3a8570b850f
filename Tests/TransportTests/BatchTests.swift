import JSON
import Messages
import Testing
import Transport

@Suite("Batches")
struct BatchTests {
  private let gate = Gate()

  private func batch(_ elements: [String]) -> String { "[\(elements.joined(separator: ","))]" }

  @Test("answers come in the order of the requests, whatever ends first")
  func order() {
    let methods =
      sessionMethods + [
        MethodEntry(method: "slow", order: .concurrent, lane: .interactive) { [gate] _, _ in
          gate.pass()
          return "slow"
        },
        MethodEntry(method: "quick", order: .concurrent, lane: .interactive) { [gate] _, _ in
          gate.open()
          return "quick"
        },
      ]
    let replies = answer(to: batch([request(1, "slow"), request(2, "quick"), "1"]), methods)
    #expect(replies.first?.array?.map { $0["id"] } == [1, 2, .null])
    #expect(replies.first?.array?.first?["result"] == "slow")
  }

  @Test("a batch is answered when all of it is done, single requests are not held up")
  func wholeness() {
    let methods =
      sessionMethods + [
        MethodEntry(method: "slow", order: .concurrent, lane: .interactive) { [gate] _, _ in
          gate.pass()
          return "slow"
        }
      ]
    let client = TestClient(methods)
    client.send(batch([request(1, "echo"), request(2, "slow")]), request(3, "echo"))
    #expect(client.receive()?["id"] == 3)
    gate.open()
    #expect(client.receive()?.array?.count == 2)
    client.endInput()
    #expect(client.receiveAll() == [])
  }

  @Test("rule 25: one element, one-element array")
  func single() {
    let replies = answer(to: batch([request(1, "echo", "[1]")]), sessionMethods)
    #expect(replies == [[["jsonrpc": "2.0", "id": 1, "result": [1]]]])
  }

  @Test("rules 26–28: twins, nested arrays, responses")
  func odd() {
    let elements = [
      request(1, "echo", "[1]"), request(1, "echo", "[2]"), "[\(request(2, "echo"))]",
      #"{"jsonrpc":"2.0","id":1,"result":5}"#, notification("echo"), notification("none"),
    ]
    let replies = answer(to: batch(elements), sessionMethods)
    #expect(replies.count == 1)
    let answers = replies.first?.array ?? []
    #expect(answers.map { $0["id"] } == [1, 1, .null])
    #expect(answers.map { $0["result"] } == [[1], [2], nil])
    #expect(answers.last?.errorCode == -32600)
  }

  @Test("row 36: opening and closing have no place in a batch")
  func lifecycle() {
    let elements = [
      request(1, "initialize", "{}"), request(2, "shutdown"), request(3, "exit"),
      notification("exit"), request(4, "echo"),
    ]
    let replies = answer(to: batch(elements), sessionMethods)
    let answers = replies.first?.array ?? []
    #expect(answers.map { $0["id"] } == [1, 2, 3, .null, 4])
    #expect(answers.map(\.errorCode) == [-32600, -32600, -32600, -32600, nil])
  }

  @Test("row 35: as many as allowed, and one more", arguments: [1000, 1001, 100_000])
  func limit(_ count: Int) {
    let line = batch((0..<count).map { request($0, "echo", "[\($0)]") })
    let (replies, _, statistics) = exchange(Array("\(line)\n".utf8), sessionMethods)
    #expect(replies.count == 1)
    if count <= 1000 {
      let expected = (0..<count).map { JSONValue.integer(Int64($0)) }
      #expect(replies.first?.array?.map { $0["id"] } == expected)
      #expect(statistics.answered == count)
    } else {
      #expect(replies.first?.errorCode == -32600)
      #expect(replies.first?["id"] == .null)
      #expect(replies.first?["error"]?["data"]?["limit"] == 1000)
      #expect(statistics == RequestStatistics(received: 1, answered: 0, failed: 1, cancelled: 0))
    }
  }

  @Test("a cancelled element is answered in its place")
  func cancelled() {
    let elements = [
      request(1, "echo"), request(2, "search", #"["a"]"#),
      notification("$/cancelRequest", #"{"id":2}"#),
    ]
    let replies = answer(to: batch(elements), sessionMethods)
    #expect(replies.first?.array?.map(\.errorCode) == [nil, -32800])
  }
}
