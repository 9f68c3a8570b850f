import JSON
import Messages
import Synchronization
import Testing
import Transport

/// A clock that shows what the test says.
private final class ManualClock: Sendable {
  private let time = Mutex(Duration.zero)

  var clock: TransportClock { TransportClock { self.time.withLock { $0 } } }
  func advance(_ duration: Duration) { time.withLock { $0 += duration } }
}

@Suite("Progress, trace, log")
struct ProgressTests {
  private let clock = ManualClock()

  /// `work` does as many pieces as it is told to, one every millisecond.
  private var methods: [MethodEntry] {
    let work: @Sendable (JSONValue?, RequestContext) throws -> JSONValue = {
      [clock] params, context in
      let count = Int(params?["count"]?.integer ?? 0)
      context.progress.begin(title: "work", percentage: 0)
      for done in 1...max(count, 1) {
        clock.advance(.milliseconds(1))
        context.progress.report(done: done, of: count)
      }
      context.log(.warning, "worked")
      return .bool(context.progress.isWanted)
    }
    return [
      MethodEntry(method: "work", order: .sequential, lane: .control, handler: work),
      MethodEntry(method: "fails", order: .sequential, lane: .control) { params, context in
        _ = try work(params, context)
        throw RequestCancelled()
      },
      MethodEntry(method: "outlives", order: .sequential, lane: .control) { _, context in
        context.progress.begin(title: "load")
        context.progress.continueAfterAnswer()
        return nil
      },
      MethodEntry(method: "eager", order: .sequential, lane: .control) { _, context in
        context.progress.report(percentage: 1)
        context.progress.end()
        context.progress.begin(title: "a", percentage: 50)
        context.progress.begin(title: "b", percentage: 50)
        for percentage in [40, 70, 300] {
          clock.advance(.seconds(1))
          context.progress.report(message: "m", percentage: percentage)
        }
        context.progress.end(message: "over")
        context.progress.report(percentage: 1)
        context.progress.end()
        return nil
      },
    ] + sessionMethods
  }

  @Test("a turn is told however young the last report is")
  func changeOfWork() {
    let sent = Mutex<[String?]>([])
    guard let token = ProgressToken("t") else { return }
    let reporter = ProgressReporter(token: token, clock: clock.clock) { params in
      sent.withLock { $0.append(params.value.message) }
    }
    reporter.begin(title: "work")
    reporter.report(message: "dropped")
    reporter.report(message: "turn", isTurn: true)
    reporter.report(message: "dropped")
    reporter.end()
    #expect(sent.withLock { $0 } == [nil, "turn", nil])
  }

  private func messages(_ method: String, _ params: String) -> [JSONValue] {
    let client = TestClient(methods, clock: clock.clock)
    client.send(request(1, method, params))
    client.endInput()
    return client.receiveAll()
  }

  @Test("at most twenty reports a second, a begin, an end, then the answer")
  func debounce() {
    let messages = messages("work", #"{"count":10000,"workDoneToken":"t"}"#)
    #expect(messages.last?["result"] == true)
    let values = messages.dropLast().map { $0["params"]?["value"] }
    #expect(messages.dropLast().allSatisfy { $0["params"]?["token"] == "t" && $0["id"] == nil })
    #expect(
      values.first == ["kind": "begin", "title": "work", "percentage": 0, "cancellable": true])
    #expect(values.last == ["kind": "end"])
    // 10 seconds of work.
    let reports = values.filter { $0?["kind"] == "report" }
    #expect(reports.count == 200)
    #expect(values.count == 202)
    let percentages = reports.compactMap { $0?["percentage"]?.integer }
    #expect(percentages == percentages.sorted())
    #expect(reports.first??["message"] == "50 of 10000")
  }

  @Test("nobody asked: nothing is said", arguments: [#"{"count":100}"#, "[]"])
  func silence(_ params: String) {
    let messages = messages("work", params)
    #expect(messages.map { $0["result"] } == [false])
  }

  @Test("a token that is a number")
  func numericToken() {
    let messages = messages("work", #"{"workDoneToken":-7}"#)
    #expect(messages.count == 3)
    #expect(messages.dropLast().allSatisfy { $0["params"]?["token"] == -7 })
  }

  @Test("a handler that throws has its progress ended")
  func failure() {
    let messages = messages("fails", #"{"count":1,"workDoneToken":"t"}"#)
    #expect(messages.map { $0["params"]?["value"]?["kind"]?.string } == ["begin", "end", nil])
    #expect(messages.last?.errorCode == -32800)
  }

  @Test("percentages never fall, and nothing comes out of turn")
  func turns() {
    let values = messages("eager", #"{"workDoneToken":"t"}"#).dropLast().map {
      $0["params"]?["value"]
    }
    #expect(
      values == [
        ["kind": "begin", "title": "a", "percentage": 50, "cancellable": true],
        ["kind": "report", "message": "m", "percentage": 50],
        ["kind": "report", "message": "m", "percentage": 70],
        ["kind": "report", "message": "m", "percentage": 100],
        ["kind": "end", "message": "over"],
      ])
  }

  @Test("work that outlives its answer ends its progress itself")
  func outliving() {
    let messages = messages("outlives", #"{"workDoneToken":"t"}"#)
    #expect(messages.map { $0["params"]?["value"]?["kind"]?.string } == ["begin", nil])
  }

  @Test("log messages go to the client once it is ready, and never into lines")
  func log() {
    let client = TestClient(methods, framing: .lsp, clock: clock.clock)
    client.send(Session.open, request(1, "work"))
    #expect(client.receive(count: 2).map { $0["id"] } == [0, 1])
    // What was said before waits until the client may be told.
    client.send(Session.opened)
    let line = json(
      #"{"jsonrpc":"2.0","method":"window/logMessage","params":{"type":2,"message":"worked"}}"#)
    #expect(client.receive() == line)
    client.send(request(2, "work"))
    #expect(client.receive() == line)
    #expect(client.receive()?["id"] == 2)
    client.connection.log(.error, "from elsewhere")
    #expect(client.receive()?["params"] == ["type": 1, "message": "from elsewhere"])
    client.send(Session.exit)
    #expect(client.receiveAll() == [])

    let lines = TestClient(methods)
    lines.send(Session.open, Session.opened, request(1, "work"))
    #expect(lines.receive(count: 2).map { $0["id"] } == [0, 1])
    lines.connection.log(.error, "from elsewhere")
    lines.endInput()
    #expect(lines.receiveAll() == [])
  }

  @Test("traces, as far as they were asked for")
  func trace() {
    func setTrace(_ level: String) -> String {
      notification("$/setTrace", #"{"value":"\#(level)"}"#)
    }
    let client = TestClient(methods, framing: .lsp, clock: clock.clock)
    let open = request(0, "initialize", #"{"trace":"messages"}"#)
    client.send(open, Session.opened)
    #expect(client.receive()?["id"] == 0)
    #expect(client.receive()?["method"] == "$/logTrace")
    client.send(request(1, "echo"))
    #expect(client.receive()?["id"] == 1)
    let trace = client.receive()
    #expect(trace?["method"] == "$/logTrace")
    #expect(trace?["params"]?["message"]?.string?.contains("echo (id 1)") == true)
    #expect(trace?["params"]?["verbose"] == nil)

    client.send(setTrace("verbose"))
    client.send(request(2, "echo"), request(3, "none"))
    _ = client.receive(count: 4)
    client.send(request(4, "echo"))
    #expect(client.receive()?["id"] == 4)
    #expect(client.receive()?["params"]?["verbose"]?.string?.contains("bytes") == true)

    client.send(setTrace("loud"), setTrace("off"))
    client.send(request(5, "echo"))
    _ = client.receive()
    client.send(Session.close, Session.exit)
    let rest = client.receiveAll()
    #expect(rest.last?["id"] == -1)
    #expect(rest.allSatisfy { $0["method"] == nil || $0["params"]?["message"] != nil })
  }
}
