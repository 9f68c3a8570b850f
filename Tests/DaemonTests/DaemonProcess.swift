import Foundation
import JSON
import Synchronization

/// A running `probexd serve`, with its input and its output in our hands.
final class DaemonProcess {
  /// Why a session could not go on.
  enum Failure: Error {
    case noBinary(String)
    case outputEnded
    case badFrame(String)
  }

  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let framing: Framing
  private var buffer: [UInt8] = []
  private var isInputOpen = true

  init(arguments: [String], framing: Framing) throws {
    self.framing = framing
    let binary = DaemonProcess.binary
    guard FileManager.default.isExecutableFile(atPath: binary) else {
      throw Failure.noBinary(binary)
    }
    // Writing to a daemon that has ended must be an error, not the end of the tests.
    _ = DaemonProcess.ignoresBrokenPipes
    process.executableURL = URL(filePath: binary)
    process.arguments = arguments
    process.currentDirectoryURL = Checkout.root
    let hub = Checkout.root.appending(path: Checkout.example + "/checkpoints/hub")
    process.environment = ProcessInfo.processInfo.environment
      .merging(["HF_HUB_CACHE": hub.path(percentEncoded: false)]) { $1 }
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    endIfHanging()
  }

  /// `PROBEXD_BINARY`, or the daemon beside this test bundle in the build folder.
  private static var binary: String {
    if let given = ProcessInfo.processInfo.environment["PROBEXD_BINARY"] { return given }
    let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    return bundle.deletingLastPathComponent().appending(path: "probexd")
      .path(percentEncoded: false)
  }

  private static let ignoresBrokenPipes: Bool = {
    signal(SIGPIPE, SIG_IGN)
    return true
  }()

  /// Turns a hang into an end of the output. No test passes or fails by time.
  private func endIfHanging() {
    let identifier = process.processIdentifier
    let ended = ended
    DispatchQueue.global().asyncAfter(deadline: .now() + 60) {
      if !ended.isSet.load(ordering: .acquiring) { kill(identifier, SIGKILL) }
    }
  }

  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  private let ended = Flag()

  // MARK: Sending

  func send(_ value: JSONValue) throws {
    let body = try value.serialized()
    switch framing {
    case .lsp: write(Array("Content-Length: \(body.count)\r\n\r\n".utf8) + body)
    case .ndjson: write(body + [UInt8(ascii: "\n")])
    }
  }

  /// Writes as it is. That the daemon has ended shows where an answer is missing.
  func write(_ bytes: [UInt8]) {
    try? input.fileHandleForWriting.write(contentsOf: Data(bytes))
  }

  func closeInput() {
    guard isInputOpen else { return }
    isInputOpen = false
    try? input.fileHandleForWriting.close()
  }

  // MARK: Receiving

  /// The next message.
  func receive() throws -> JSONValue {
    guard let message = try next() else { throw Failure.outputEnded }
    return message
  }

  /// Every message until the output ends.
  func rest() throws -> [JSONValue] {
    var messages: [JSONValue] = []
    while let message = try next() { messages.append(message) }
    return messages
  }

  private func next() throws -> JSONValue? {
    switch framing {
    case .ndjson:
      guard let line = try line() else { return nil }
      return try JSONValue.parse(line)
    case .lsp:
      guard let header = try line() else { return nil }
      let text = String(decoding: header, as: UTF8.self)
      guard text.hasPrefix("Content-Length: "), text.hasSuffix("\r"),
        let count = Int(text.dropFirst("Content-Length: ".count).dropLast()),
        try line() == [UInt8(ascii: "\r")]
      else { throw Failure.badFrame(text) }
      while buffer.count < count { guard fill() else { throw Failure.badFrame(text) } }
      defer { buffer.removeFirst(count) }
      return try JSONValue.parse(buffer[..<count])
    }
  }

  /// Up to the next line feed, which is left out; `nil` at the end of the output.
  private func line() throws -> [UInt8]? {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        defer { buffer.removeFirst(end + 1) }
        return Array(buffer[..<end])
      }
      guard fill() else {
        if buffer.isEmpty { return nil }
        throw Failure.badFrame(String(decoding: buffer, as: UTF8.self))
      }
    }
  }

  private func fill() -> Bool {
    let data = output.fileHandleForReading.availableData
    buffer += data
    return !data.isEmpty
  }

  // MARK: Ending

  /// Waits for the end; the code, or minus the number of the signal that ended it.
  func exitCode() -> Int32 {
    process.waitUntilExit()
    return process.terminationReason == .exit
      ? process.terminationStatus : -process.terminationStatus
  }

  /// Leaves nothing behind, whatever happened before.
  func end() {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    ended.isSet.store(true, ordering: .releasing)
  }
}
