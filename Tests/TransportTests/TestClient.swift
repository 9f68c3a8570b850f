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
  private let ending = Ending()
  private let unread = Mutex(Unread())

  private struct Unread {
    var bytes: [UInt8] = []
    /// So many of them hold no end of a line.
    var searched = 0
  }

  /// How the two are connected.
  enum Wire: Sendable, CaseIterable { case pipes, socket }

  init(
    _ methods: [MethodEntry], framing: Framing = .ndjson, wire: Wire = .pipes,
    pools: WorkPools = WorkPools(interactive: 2, bulk: 1),
    clock: TransportClock = TransportClock(ContinuousClock()), log: Journal? = nil,
    configure: (inout Connection.Configuration) -> Void = { _ in }
  ) {
    _ = brokenPipesAreErrors
    isOneSocket = wire == .socket
    toServer = DescriptorPair(wire == .pipes ? .pipe : .socket)
    fromServer = wire == .pipes ? DescriptorPair(.pipe) : toServer
    self.framing = framing
    self.pools = pools
    var configuration = Connection.Configuration()
    configuration.framing = framing == .lsp ? .lsp : .ndjson
    // On a busy machine nobody is to be cancelled for being slow.
    configuration.grace = .seconds(60)
    configure(&configuration)
    let logger = Logger(label: "test") { _ in
      log.map { JournalLog(journal: $0) as any LogHandler } ?? SwiftLogNoOpLogHandler()
    }
    // On a socket pair, `reading` is the server's end for both directions.
    connection = Connection(
      input: toServer.reading, output: isOneSocket ? toServer.reading : fromServer.writing,
      methods: MethodTable(methods), pools: pools, configuration: configuration,
      counters: counters, clock: clock, logger: logger)
    // The thread does not keep this client: a test that forgets it ends the connection.
    Thread.detachNewThread { [connection, toServer, fromServer, isOneSocket, ending] in
      let outcome = connection.run()
      toServer.closeReading()
      if !isOneSocket { fromServer.closeWriting() }
      ending.reach(outcome)
    }
  }

  private var readEnd: Int32 { isOneSocket ? toServer.writing : fromServer.reading }

  deinit {
    closeInput()
    closeOutput()
  }

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
      closeInput()
    }
  }

  private func closeInput() { toServer.closeWriting() }

  /// Stops to read for ever.
  func closeOutput() {
    if isOneSocket { toServer.closeWriting() } else { fromServer.closeReading() }
  }

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
        let rest = unread.withLock { $0.bytes.count }
        #expect(rest == 0, "the output ends within a frame", sourceLocation: location)
        return nil
      }
      unread.withLock { $0.bytes += bytes }
    }
  }

  /// What came, as bytes; waits for some.
  func receiveRaw() -> [UInt8] { readSome(readEnd) ?? [] }

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

  private func cutMessage(from unread: inout Unread) -> [UInt8]? {
    switch framing {
    case .ndjson: cutLine(from: &unread)
    case .lsp: cutFrame(from: &unread.bytes)
    }
  }

  private func cutLine(from unread: inout Unread) -> [UInt8]? {
    guard let end = unread.bytes[unread.searched...].firstIndex(of: UInt8(ascii: "\n")) else {
      unread.searched = unread.bytes.count
      return nil
    }
    let line = Array(unread.bytes[..<end])
    unread.bytes.removeFirst(end + 1)
    unread.searched = 0
    return line
  }

  private func cutFrame(from bytes: inout [UInt8]) -> [UInt8]? {
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

  /// How the connection ended; waits for it.
  func waitForEnd(_ location: SourceLocation = #_sourceLocation) -> ConnectionOutcome? {
    let outcome = ending.wait()
    #expect(outcome != nil, "the connection did not end", sourceLocation: location)
    return outcome
  }
}

/// A log that a test reads.
private struct JournalLog: LogHandler {
  let journal: Journal
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.debug

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { journal.note("\(event.level): \(event.message)") }
}

/// How a connection ended, once it has.
private final class Ending: Sendable {
  private let outcome = Mutex<ConnectionOutcome?>(nil)
  private let reached = DispatchSemaphore(value: 0)

  func reach(_ outcome: ConnectionOutcome) {
    self.outcome.withLock { $0 = outcome }
    reached.signal()
  }

  func wait() -> ConnectionOutcome? {
    // Passed on, so that the next who asks does not wait.
    if reached.wait(timeout: .now() + 60) == .success { reached.signal() }
    return outcome.withLock { $0 }
  }
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

/// Sends bytes to a fresh connection, ends the input, and returns everything that comes back.
func exchange(
  _ bytes: [UInt8], _ methods: [MethodEntry], framing: Framing = .ndjson,
  configure: (inout Connection.Configuration) -> Void = { _ in },
  _ location: SourceLocation = #_sourceLocation
) -> (replies: [JSONValue], outcome: ConnectionOutcome?, statistics: RequestStatistics) {
  let client = TestClient(methods, framing: framing, configure: configure)
  // From another thread: both directions may be full at the same time.
  Thread.detachNewThread {
    client.sendRaw(bytes)
    client.endInput()
  }
  let replies = client.receiveAll(location)
  let outcome = client.waitForEnd(location)
  return (replies, outcome, client.counters.statistics)
}

/// The same for one line.
func answer(
  to line: String, _ methods: [MethodEntry], _ location: SourceLocation = #_sourceLocation
) -> [JSONValue] {
  exchange(Array("\(line)\n".utf8), methods, location).replies
}
