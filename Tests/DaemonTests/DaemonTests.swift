// DaemonTests replays Protocol/transcripts against the real binary, as a client written in Swift.
//
// It is not a test of one module: it knows nothing of the sources, only what Protocol/ says. The
// black-box tests that need a foreign party (editors, schemas, signals, odd descriptors) are in
// Tests/daemon. Start reading at `Transcript`.

import Foundation
import JSON
import TestSupport
import Testing

/// One transcript in one of its framings.
struct Case: Sendable, CustomTestStringConvertible {
  let file: URL
  let framing: Framing

  var testDescription: String {
    "\(file.deletingPathExtension().lastPathComponent), \(framing.rawValue)"
  }

  /// Every transcript in every framing that it is for.
  static func all() throws -> [Case] {
    let folder = Checkout.root.appending(path: "Protocol/transcripts")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return
      try files
      .filter { $0.pathExtension == "jsonl" }
      .sorted { $0.path < $1.path }
      .flatMap { file in try Transcript(file).framings.map { Case(file: file, framing: $0) } }
  }
}

@Suite struct DaemonTests {
  @Test(arguments: try Case.all())
  func `replays the transcript`(_ one: Case) throws {
    let transcript = try Transcript(one.file)
    let folder = try TemporaryFolder()
    let library =
      transcript.needsCopy
      ? try folder.copy(Repository.example("library"), to: "library")
      : Checkout.example + "/library"
    let daemon = try DaemonProcess(
      arguments: transcript.arguments(for: one.framing, library: library), framing: one.framing)
    defer { daemon.end() }
    let opensItself = transcript.isForAnyFraming && one.framing == .lsp

    if opensItself {
      try daemon.send(Transcript.initialize)
      _ = try daemon.receive()
      try daemon.send(Transcript.initialized)
    }
    for step in transcript.steps { try run(step, daemon) }
    if opensItself {
      try daemon.send(Transcript.shutdown)
      let reply = try daemon.receive()
      #expect(reply["id"] == "close" && reply["result"] == .null)
      try daemon.send(Transcript.exit)
    }
    daemon.closeInput()
    let rest = try daemon.rest()
    #expect(rest.isEmpty, "messages that the transcript does not expect")
    #expect(daemon.exitCode() == transcript.exitCode)
  }

  private func run(_ step: Transcript.Step, _ daemon: DaemonProcess) throws {
    switch step.action {
    case .about: break
    case .send(let value): try daemon.send(value)
    case .write(let bytes): daemon.write(bytes)
    case .close: daemon.closeInput()
    case .expect(let pattern):
      let found = try daemon.receive()
      let differences = Pattern.differences(pattern, found)
      #expect(differences.isEmpty, "line \(step.line)")
    case .expectAll(let patterns):
      var found = try patterns.map { _ in try daemon.receive() }
      for pattern in patterns {
        let place = found.firstIndex { Pattern.differences(pattern, $0).isEmpty }
        if let place { found.remove(at: place) }
        #expect(place != nil, "line \(step.line): nothing matches \(pattern)")
      }
      #expect(found.isEmpty, "line \(step.line)")
    }
  }
}
