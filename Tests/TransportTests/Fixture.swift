import JSON
import Messages
import Synchronization
import Transport

/// The methods of the examples in the JSON-RPC 2.0 specification, section 7.
let specificationMethods: [MethodEntry] = [
  MethodEntry(Subtract.self, lane: .control) { params, _ in params.minuend - params.subtrahend },
  MethodEntry(method: "sum", order: .concurrent, lane: .interactive) { params, _ in
    .integer((params?.array ?? []).compactMap(\.integer).reduce(0, +))
  },
  MethodEntry(method: "get_data", order: .sequential, lane: .control) { _, _ in ["hello", 5] },
  MethodEntry(method: "update", order: .sequential, lane: .control) { _, _ in nil },
  MethodEntry(method: "notify_hello", order: .sequential, lane: .control) { _, _ in nil },
  MethodEntry(method: "notify_sum", order: .sequential, lane: .control) { _, _ in nil },
]

private enum Subtract: RequestMessage {
  static let method = "subtract"
  static let order = MethodOrder.sequential
  static let parameters: [ParameterName] = [.required("minuend"), .required("subtrahend")]
  struct Params: Decodable, Sendable {
    var minuend: Int
    var subtrahend: Int
  }
  typealias Result = Int
}

/// A method with parameters of every kind.
enum Search: RequestMessage {
  static let method = "search"
  static let order = MethodOrder.concurrent
  static let parameters: [ParameterName] = [
    .required("path"), .optional("top"), .optional("threshold"), .optional("labels"),
    .optional("exact"), .optional("range"), .optional("mode"),
  ]
  struct Params: Codable, Sendable {
    var path: String
    var top: Int?
    var threshold: Double?
    var labels: [String]?
    var exact: Bool?
    var range: Range?
    var mode: Mode?
  }
  struct Range: Codable, Sendable {
    var low: Int
    var high: Int
  }
  enum Mode: String, Codable, Sendable { case near, far }
  typealias Result = Params
}

/// `initialize` and a method that answers what it is given.
let sessionMethods: [MethodEntry] = [
  MethodEntry(Initialize.self, lane: .control) { _, _ in
    InitializeResult(
      capabilities: ServerCapabilities(protocolVersion: "1.0", methods: ["echo"]),
      serverInfo: .init(name: "fixture", version: "0"))
  },
  MethodEntry(method: "echo", order: .sequential, lane: .control) { params, _ in params ?? nil },
  MethodEntry(Search.self, lane: .interactive) { params, _ in params },
]

/// Messages that open and close a session.
enum Session {
  static let open = request(0, "initialize", #"{"processId":null,"capabilities":{}}"#)
  static let opened = notification("initialized", "{}")
  static let close = request(-1, "shutdown")
  static let exit = notification("exit")
}
