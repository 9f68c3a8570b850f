import Foundation
import JSON
import Logging
import Messages
import Synchronization
import Testing
import Transport

/// A client with its connection, which runs on a thread of its own.
final class TestClient: Sendable {
  private let toServer: DescriptorPair
  private let fromServer: DescriptorPair
  private let isOneSocket: Bool
  let connection: Connection
  let counters = RequestCounters()
  let pools: WorkPools
  private let framing: Framing
  private let outcome = Mutex<ConnectionOutcome?>(nil)
  private let ended = DispatchSemaphore(value: 0)
  private let unread = Mutex<[UInt8]>([])

  /// How the two are connected.
  enum Wire: Sendable, CaseIterable { case pipes, socket }

  init(
    _ methods: [MethodEntry], framing: Framing = .ndjson, wire: Wire = .pipes,
    pools: WorkPools = WorkPools(interactive: 2, bulk: 1),
    clock: TransportClock = TransportClock(ContinuousClock()),
    configure: (inout Connection.Configuration) -> Void = { _ in }
  ) {
    _ = brokenPipesAreErrors
    isOneSocket = wire == .socket
    toServer = DescriptorPair(wire == .pipes ? .pipe : .socket)
    fromServer = wire == .pipes ? DescriptorPair(.pipe) : toServer
    self.framing = framing
    self.pools = pools
    var configuration = Connection.Configuration()
    configure(&configuration)
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    // On a socket pair, `reading` is the server's end for both directions.
    connection = Connection(
      input: toServer.reading, output: isOneSocket ? toServer.reading : fromServer.writing,
      methods: MethodTable(methods), pools: pools, configuration: configuration,
      counters: counters, clock: clock, logger: logger)
    Thread.detachNewThread { [self] in
      let result = connection.run()
      outcome.withLock { $0 = result }
      close(isOneSocket ? toServer.reading : fromServer.writing)
      ended.signal()
    }
  }

  private var readEnd: Int32 { isOneSocket ? toServer.writing : fromServer.reading }

  // MARK: Sending

  /// The bytes of a message in this client's framing.
  func frame(_ message: String) -> [UInt8] {
    switch framing {
    case .lsp: Array("Content-Length: \(message.utf8.count)\r\n\r\n\(message)".utf8)
    case .ndjson: Array("\(message)\n".utf8)
    }
  }

  /// Sends messages in one write.
  func send(_ messages: String...) { sendRaw(messages.flatMap(frame)) }

  @discardableResult
  func sendRaw(_ bytes: [UInt8]) -> Bool { writeAll(toServer.writing, bytes) }
  func sendRaw(_ text: String) { sendRaw(Array(text.utf8)) }

  /// Ends the input.
  func endInput() {
    if isOneSocket {
      shutdown(toServer.writing, Int32(SHUT_WR))
    } else {
      close(toServer.writing)
    }
  }

  /// Stops to read for ever.
  func closeOutput() { close(readEnd) }

  // MARK: Receiving

  /// The next message, taken apart strictly; `nil` at the end.
  func receive(_ location: SourceLocation = #_sourceLocation) -> JSONValue? {
    while true {
      if let message = unread.withLock({ cutMessage(from: &$0) }) {
        do {
          return try JSONValue.parse(message)
        } catch {
          Issue.record("what came is no JSON: \(error)", sourceLocation: location)
          return nil
        }
      }
      guard let bytes = readSome(readEnd) else {
        Issue.record("nothing came for a minute", sourceLocation: location)
        return nil
      }
      if bytes.isEmpty {
        let rest = unread.withLock { $0.count }
        #expect(rest == 0, "the output ends within a frame", sourceLocation: location)
        return nil
      }
      unread.withLock { $0 += bytes }
    }
  }

  /// Everything up to the end.
  func receiveAll(_ location: SourceLocation = #_sourceLocation) -> [JSONValue] {
    var messages: [JSONValue] = []
    while let message = receive(location) { messages.append(message) }
    return messages
  }

  /// So many messages.
  func receive(count: Int, _ location: SourceLocation = #_sourceLocation) -> [JSONValue] {
    (0..<count).compactMap { _ in receive(location) }
  }

  private func cutMessage(from bytes: inout [UInt8]) -> [UInt8]? {
    switch framing {
    case .ndjson:
      guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      let line = Array(bytes[..<end])
      bytes.removeFirst(end + 1)
      return line
    case .lsp:
      guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")), bytes.count >= end + 3 else {
        return nil
      }
      let line = String(decoding: bytes[..<end], as: UTF8.self)
      guard line.hasPrefix("Content-Length: "), line.hasSuffix("\r"),
        let length = Int(line.dropFirst(16).dropLast()),
        bytes[(end + 1)..<(end + 3)].elementsEqual("\r\n".utf8)
      else {
        Issue.record("not our header: \(line)")
        bytes = []
        return nil
      }
      guard bytes.count >= end + 3 + length else { return nil }
      let body = Array(bytes[(end + 3)..<(end + 3 + length)])
      bytes.removeFirst(end + 3 + length)
      return body
    }
  }

  /// How the connection ended; waits for it.
  func waitForEnd(_ location: SourceLocation = #_sourceLocation) -> ConnectionOutcome? {
    let result = ended.wait(timeout: .now() + 60)
    #expect(result == .success, "the connection did not end", sourceLocation: location)
    ended.signal()
    return outcome.withLock { $0 }
  }

  /// Whether the connection has ended by now.
  var hasEnded: Bool { outcome.withLock { $0 != nil } }
}

/// A JSON text as a value; a typo in a test is a failure of that test.
func json(_ text: String, _ location: SourceLocation = #_sourceLocation) -> JSONValue {
  do {
    return try JSONValue.parse(text)
  } catch {
    Issue.record("the test's own JSON is wrong: \(error)", sourceLocation: location)
    return .null
  }
}

/// A request's text.
func request(_ id: Int, _ method: String, _ params: String? = nil) -> String {
  #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)""#
    + (params.map { #","params":\#($0)"# } ?? "") + "}"
}

/// A notification's text.
func notification(_ method: String, _ params: String? = nil) -> String {
  #"{"jsonrpc":"2.0","method":"\#(method)""#
    + (params.map { #","params":\#($0)"# } ?? "") + "}"
}

extension JSONValue {
  /// The code of a response's error.
  var errorCode: Int64? { self["error"]?["code"]?.integer }

  /// A response as its specification shows it: errors without `data`, which is ours to choose.
  var withoutErrorData: JSONValue {
    switch self {
    case .array(let elements): return .array(elements.map(\.withoutErrorData))
    case .object(var object):
      if case .object(var error)? = object["error"] {
        error["data"] = nil
        object["error"] = .object(error)
      }
      return .object(object)
    default: return self
    }
  }
}
