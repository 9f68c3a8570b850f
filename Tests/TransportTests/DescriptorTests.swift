import Foundation
import Glibc
import JSON
import Logging
import Messages
import TestSupport
import Testing
import Transport

/// Serves two descriptors on this thread.
private func serve(
  input: Int32, output: Int32, _ methods: [MethodEntry] = sessionMethods,
  framing: FramingChoice = .auto
) -> ConnectionOutcome {
  _ = brokenPipesAreErrors
  var configuration = Connection.Configuration()
  configuration.framing = framing
  configuration.grace = .milliseconds(50)
  let connection = Connection(
    input: input, output: output, methods: MethodTable(methods),
    pools: WorkPools(interactive: 1, bulk: 1), configuration: configuration,
    counters: RequestCounters(), clock: TransportClock(ContinuousClock()),
    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  return connection.run()
}

private func opened(_ path: String, _ flags: Int32) -> Int32 {
  unsafe open(path, flags | O_CLOEXEC, 0o600)
}

@Suite("Descriptors of all kinds")
struct DescriptorTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("regular files on both sides")
  func files() throws {
    let lines = (0..<1000).map { request($0, "echo", "[\($0)]") }.joined(separator: "\n")
    let input = opened(try folder.write(Array(lines.utf8), to: "in"), O_RDONLY)
    let path = try folder.file("out")
    let output = opened(path, O_WRONLY | O_CREAT)
    let outcome = serve(input: input, output: output)
    close(input)
    close(output)
    #expect(outcome.end == .endOfInput)
    #expect(outcome.isClean)
    let replies = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(replies.count == 1000)
    #expect(replies.last.map { json(String($0))["result"] } == [999])
  }

  @Test("row 26: no input", arguments: ["/dev/null", "an empty file"])
  func empty(_ name: String) throws {
    let path = name.hasPrefix("/") ? name : try folder.write([], to: "empty")
    let input = opened(path, O_RDONLY)
    let output = opened("/dev/null", O_WRONLY)
    let outcome = serve(input: input, output: output)
    close(input)
    close(output)
    #expect(outcome.end == .endOfInput)
    #expect(outcome.isClean)
  }

  @Test("closed descriptors")
  func closed() {
    let none: Int32 = 1 << 20
    let output = opened("/dev/null", O_WRONLY)
    let input = opened("/dev/null", O_RDONLY)
    #expect(serve(input: none, output: output).end == .endOfInput)
    #expect(serve(input: input, output: none).end == .peerGone)
    close(input)
    close(output)
  }

  @Test("a folder cannot be read, and the reason is told")
  func directory() {
    let input = opened(folder.path, O_RDONLY)
    let output = opened("/dev/null", O_WRONLY)
    let outcome = serve(input: input, output: output)
    close(input)
    close(output)
    #expect(
      outcome.end == .failed("the input could not be read: Is a directory"), "\(outcome.end)")
    #expect(!outcome.isClean)
  }

  @Test("a full disk is told", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func full() throws {
    let input = opened(try folder.write(Array(request(1, "echo").utf8), to: "in"), O_RDONLY)
    let output = opened("/dev/full", O_WRONLY)
    let outcome = serve(input: input, output: output)
    close(input)
    close(output)
    #expect(
      outcome.end == .failed("the output could not be written: No space left on device"))
  }

  @Test("non-blocking pipes", arguments: DescriptorPair.Kind.allCases)
  func nonBlocking(_ kind: DescriptorPair.Kind) {
    let (toServer, fromServer) = (DescriptorPair(kind), DescriptorPair(kind))
    for end in [toServer.reading, fromServer.writing] {
      #expect(fcntl(end, F_SETFL, O_NONBLOCK) == 0)
    }
    let text = String(repeating: "x", count: 1 << 20)
    let done = Gate()
    Thread.detachNewThread {
      #expect(serve(input: toServer.reading, output: fromServer.writing).end == .endOfInput)
      fromServer.closeWriting()
      done.arrive()
    }
    // Nothing is there yet: the connection has to wait, not to end.
    writeAll(toServer.writing, Array((request(1, "echo", "[\"\(text)\"]") + "\n").utf8))
    toServer.closeWriting()
    var reply: [UInt8] = []
    while let bytes = readSome(fromServer.reading), !bytes.isEmpty { reply += bytes }
    #expect(json(String(decoding: reply, as: UTF8.self))["result"] == [.string(text)])
    done.waitForArrival()
  }

  @Test("a terminal")
  func terminal() throws {
    var (master, terminal): (Int32, Int32) = (-1, -1)
    try #require(unsafe openpty(&master, &terminal, nil, nil, nil) == 0)
    let server = terminal
    let done = Gate()
    Thread.detachNewThread {
      #expect(serve(input: server, output: server).end == .endOfInput)
      done.arrive()
    }
    writeAll(master, Array("\(request(1, "echo", "[1]"))\n".utf8))
    var seen = ""
    while !seen.contains(#""result":[1]}"#), let bytes = readSome(master), !bytes.isEmpty {
      seen += String(decoding: bytes, as: UTF8.self)
    }
    #expect(seen.contains(#"{"jsonrpc":"2.0","id":1,"result":[1]}"#))
    // Control-D at the start of a line is the end of input.
    writeAll(master, [4])
    done.waitForArrival()
    close(terminal)
    close(master)
  }
}
