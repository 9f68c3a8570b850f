import Foundation
import JSON
import Library
import Messages
import Server
import TestSupport
import Testing
import Transport

/// The code against `Protocol/openrpc.json`: methods, parameters, order, error codes.
@Suite struct ProtocolAgreementTests {
  private static func document() throws -> JSONValue {
    let url = URL(filePath: Repository.path("Protocol/openrpc.json"))
    return try JSONValue.parse([UInt8](try Data(contentsOf: url)))
  }

  private static func described() throws -> [String: JSONValue] {
    let methods = try #require(try document()["methods"]?.array)
    return Dictionary(uniqueKeysWithValues: methods.map { ($0["name"]?.string ?? "", $0) })
  }

  static let services = Services(
    library: LibraryHolder(
      path: Repository.example("library"),
      options: LibraryOptions(directory: "/", hubCache: "/nowhere")),
    counters: RequestCounters(),
    limits: StatusMessage.Result.Limits(message: 1, depth: 1, batch: 1, replies: 1, header: 1))

  @Test("every method is described, and every described method exists")
  func methods() throws {
    // `shutdown` belongs to the connection, which knows it without a handler.
    let ours = Set(Methods.table(Self.services).methods).union(["shutdown"])
    #expect(try Set(Self.described().keys) == ours)
  }

  private static func parameters(_ message: any RequestMessage.Type) -> [ParameterName] {
    message.parameters
  }

  static let messages: [any RequestMessage.Type] = [
    StatusMessage.self, ExpertsMessage.self, TextsMessage.self, InspectMessage.self,
    ClassifyMessage.self, ClassifyBatchMessage.self, EmbedMessage.self, DiscoverMessage.self,
    TrainMessage.self,
  ]

  @Test("parameters and order are as described", arguments: messages.indices)
  func agreement(_ index: Int) throws {
    let message = Self.messages[index]
    let method = try #require(try Self.described()[message.method], "\(message.method)")
    let params = try #require(method["params"]?.array)
    #expect(params.map { $0["name"]?.string } == message.parameters.map(\.name))
    #expect(params.map { $0["required"]?.bool ?? false } == message.parameters.map(\.isRequired))
    #expect(method["x-order"]?.string == message.order.rawValue)
  }

  @Test("what can be trained is the same on the wire and in the library")
  func training() {
    #expect(
      TrainMessage.Params.Method.allCases.map(\.rawValue)
        == TrainingRequest.Method.allCases.map(\.rawValue))
  }

  @Test("rpc.discover is the file")
  func discover() throws {
    let context = RequestContext(id: nil, method: "rpc.discover") { _, _ in }
    let answer = try Methods.table(Self.services)
      .call("rpc.discover", params: nil, context: context, unforeseen: { _ in })
    #expect(try answer == Self.document())
  }

  @Test("codes are unique, outside the reserved range, and named as their kinds")
  func codes() {
    var seen: Set<Int> = []
    for kind in LibraryError.Kind.allCases where kind != .invalidArgument && kind != .cancelled {
      let error = LibraryError(kind, "subject", problem: "problem.", remedy: "remedy.")
      #expect(error.code.number > 0 && seen.insert(error.code.number).inserted)
      #expect(error.code.name == kind.rawValue)
      #expect(error.wire.message == "subject: problem.")
      #expect(error.wire.data?["remedy"]?.string == "remedy.")
    }
  }

  @Test("a wrong argument and a cancelled request keep the codes that clients know")
  func standardCodes() {
    let argument = LibraryError(.invalidArgument, "top", problem: "is 0.", remedy: "more.").wire
    #expect(argument.code == -32602 && argument.data?["parameter"]?.string == "top")
    let cancelled = LibraryError(.cancelled, "x", problem: "gone.", remedy: "again.").wire
    #expect(cancelled.code == -32800)
  }

  @Test("the holder waits for the library, and a cancelled request does not wait")
  func waiting() throws {
    let holder = LibraryHolder(
      path: Repository.example("library"),
      options: LibraryOptions(directory: "/", hubCache: "/nowhere"))
    let cancelled = RequestContext(id: nil, method: "x") { _, _ in }
    cancelled.cancel()
    #expect(throws: RequestCancelled.self) { try holder.snapshot(for: cancelled) }
    holder.load()
    let context = RequestContext(id: nil, method: "x") { _, _ in }
    #expect(try holder.snapshot(for: context).expertCount == 2)
  }
}
