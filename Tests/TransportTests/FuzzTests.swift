import JSON
import Testing
import Transport

/// Good sessions, which are then damaged.
private let messages = [
  request(1, "echo", #"{"a":[1,2.5,"é",null,true]}"#), request(2, "search", #"["a",5,0.5]"#),
  notification("echo", "[1]"), request(3, "none"), #"{"jsonrpc":"2.0","id":"x","method":"echo"}"#,
  notification("$/cancelRequest", #"{"id":2}"#), request(4, "search", #"{"path":"p"}"#),
  "[\(request(5, "echo")),\(notification("echo"))]", #"{"jsonrpc":"2.0","id":6,"result":1}"#,
]

extension SeededRandom {
  private mutating func place(in bytes: [UInt8]) -> Int {
    bytes.isEmpty ? 0 : Int.random(in: bytes.indices, using: &self)
  }

  /// A session of a few messages with one to five damages.
  fileprivate mutating func damagedSession(_ frame: (String) -> [UInt8]) -> [UInt8] {
    var bytes = (0..<Int.random(in: 1...5, using: &self)).flatMap { _ in
      frame(messages.randomElement(using: &self) ?? "")
    }
    for _ in 0..<Int.random(in: 1...5, using: &self) {
      let place = place(in: bytes)
      let end = min(bytes.count, place + Int.random(in: 1...20, using: &self))
      switch Int.random(in: 0..<7, using: &self) {
      case 0 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      case 1 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0...255, using: &self)
      case 2: bytes.insert(UInt8.random(in: 0...255, using: &self), at: place)
      case 3: bytes.removeSubrange(place..<end)
      case 4: bytes.insert(contentsOf: bytes[place..<end], at: self.place(in: bytes))
      case 5: bytes.removeSubrange(place...)
      default: bytes.insert(contentsOf: "{[\"\\\r\n:,".utf8, at: place)
      }
    }
    return bytes
  }
}

@Suite("Damaged sessions")
struct FuzzTests {
  @Test("after 10,000 damaged sessions on lines, each next line is answered")
  func lines() {
    var random = SeededRandom(seed: 11)
    let client = TestClient(sessionMethods)
    for round in 0..<10_000 {
      let damaged = random.damagedSession(client.frame)
      client.sendRaw(damaged + [UInt8(ascii: "\n")])
      client.send(request(1000 + round, "echo", "[\(round)]"))
      var reply = client.receive()
      while let other = reply, other["id"]?.integer != Int64(1000 + round) {
        reply = client.receive()
      }
      guard reply?["result"] == [.integer(Int64(round))] else {
        Issue.record("round \(round): \(String(decoding: damaged, as: UTF8.self))")
        return
      }
    }
    client.endInput()
    // What overtook the last answer, or was overtaken by it.
    _ = client.receiveAll()
    let statistics = client.counters.statistics
    #expect(
      statistics.received == statistics.answered + statistics.failed + statistics.cancelled)
  }

  @Test("after 10,000 damaged sessions with headers, a later message is answered")
  func headers() {
    var random = SeededRandom(seed: 12)
    let pools = WorkPools(interactive: 2, bulk: 1)
    for round in 0..<10_000 {
      let client = TestClient(sessionMethods, framing: .lsp, pools: pools)
      var damaged = random.damagedSession(client.frame)
      // A damaged length is believed, and that many bytes are passed over; so that the test ends,
      // no number has more than three digits.
      damaged = withShortNumbers(damaged)
      client.sendRaw(client.frame(Session.open) + damaged)
      // A thousand bytes of good messages, and then the one that counts.
      let padding = "[\"\(String(repeating: "x", count: 250))\"]"
      client.sendRaw((0..<4).flatMap { client.frame(request(2000 + $0, "echo", padding)) })
      client.send(request(1000, "echo", "[\(round)]"), Session.exit)
      let replies = client.receiveAll()
      guard replies.count(where: { $0["id"] == 1000 && $0.errorCode == nil }) == 1 else {
        Issue.record("round \(round): \(String(decoding: damaged, as: UTF8.self)) \(replies)")
        return
      }
      _ = client.waitForEnd()
    }
  }

  private func withShortNumbers(_ bytes: [UInt8]) -> [UInt8] {
    var digits = 0
    return bytes.filter { byte in
      digits = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? digits + 1 : 0
      return digits <= 3
    }
  }
}
