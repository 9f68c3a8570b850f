import Foundation
import JSON
import TestSupport

/// How messages are told apart on the wire.
enum Framing: String, Sendable {
  case lsp
  case ndjson
}

/// Where this checkout is.
enum Checkout {
  static let root = Repository.root

  /// `Clients/shell/example`, relative to `root`.
  static let example = "Clients/shell/example"

  /// The value with `${ROOT}` in its strings replaced by this checkout's folder.
  static func localised(_ value: JSONValue) -> JSONValue {
    switch value {
    case .string(let text):
      .string(text.replacing("${ROOT}", with: root.path(percentEncoded: false).trimmingSlash))
    case .array(let parts): .array(parts.map(localised))
    case .object(let members):
      .object(JSONObject(members.members.map { ($0.name, localised($0.value)) }))
    default: value
    }
  }
}

extension String {
  fileprivate var trimmingSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}

/// A golden session: what a client sends and what it must receive. Protocol/transcripts/README.md
/// explains the lines.
struct Transcript {
  /// Something that a line holds and this reader does not know.
  struct Malformed: Error {
    let file: String
    let line: Int
    let problem: String
  }

  enum Action {
    case about
    case send(JSONValue)
    case write([UInt8])
    case close
    case expect(JSONValue)
    case expectAll([JSONValue])
  }

  struct Step {
    let line: Int
    let action: Action
  }

  let steps: [Step]
  private let head: JSONValue

  init(_ file: URL) throws {
    let name = file.lastPathComponent
    let lines = try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))
    guard let first = lines.first else {
      throw Malformed(file: name, line: 1, problem: "the file is empty")
    }
    head = try JSONValue.parse([UInt8](first))
    steps = try lines.enumerated().dropFirst().map { place, text in
      let line = place + 1
      let value = try JSONValue.parse([UInt8](text))
      guard let members = value.object, members.count == 1, let member = members.members.first
      else {
        throw Malformed(file: name, line: line, problem: "a step has one member")
      }
      guard let action = Transcript.action(member.name, member.value) else {
        throw Malformed(file: name, line: line, problem: "no such step: \(member.name)")
      }
      return Step(line: line, action: action)
    }
  }

  private static func action(_ name: String, _ value: JSONValue) -> Action? {
    switch (name, value) {
    case ("about", .string): .about
    case ("send", _): .send(Checkout.localised(value))
    case ("bytes", .string):
      Checkout.localised(value).string.map { .write(Array($0.utf8)) }
    case ("base64", .string(let text)): Data(base64Encoded: text).map { .write([UInt8]($0)) }
    case ("close", .bool(true)): .close
    case ("expect", _): .expect(Checkout.localised(value))
    case ("expectAll", .array(let patterns)): .expectAll(patterns.map(Checkout.localised))
    default: nil
    }
  }

  /// Whether the session is the same in both framings; the handshake is then left to the runner.
  var isForAnyFraming: Bool { head["framing"] == "any" }

  var framings: [Framing] {
    isForAnyFraming
      ? [.ndjson, .lsp] : head["framing"]?.string.flatMap(Framing.init).map { [$0] } ?? []
  }

  var exitCode: Int32 { Int32(head["exit"]?.integer ?? 0) }

  /// Whether the session changes its library, and must have one of its own.
  var needsCopy: Bool { head["copy"] == true }

  func arguments(for framing: Framing, library: String) -> [String] {
    let own = (head["args"]?.array ?? []).compactMap { Checkout.localised($0).string }
    let forced = head["auto"] == true ? [] : ["--framing", framing.rawValue]
    let library = own.contains("--library") ? [] : ["--library", library]
    return ["serve"] + forced + library + own
  }

  // The handshake that the runner does for transcripts of any framing.
  static let initialize: JSONValue = [
    "jsonrpc": "2.0", "id": "open", "method": "initialize",
    "params": ["processId": nil, "capabilities": [:]],
  ]
  static let initialized: JSONValue = ["jsonrpc": "2.0", "method": "initialized", "params": [:]]
  static let shutdown: JSONValue = ["jsonrpc": "2.0", "id": "close", "method": "shutdown"]
  static let exit: JSONValue = ["jsonrpc": "2.0", "method": "exit"]
}
