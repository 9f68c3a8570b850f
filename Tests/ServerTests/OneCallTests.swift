import JSON
import Library
import Server
import TestSupport
import Testing

/// One method called without a daemon, as `probexd call` does.
@Suite struct OneCallTests {
  private static func call(_ method: String, _ params: String?) -> Result<String, OneCall.Failure> {
    OneCall.run(
      method: method, params: params, library: Repository.example("library"),
      options: LibraryOptions(
        directory: Repository.example("checkpoints"), hubCache: "/nowhere"))
  }

  static let answers: [(method: String, params: String?, path: [String], value: JSONValue)] = [
    ("probex/status", nil, ["library", "experts"], 2),
    ("probex/status", "[]", ["limits", "replies"], .integer(64 << 20)),
    (
      "probex/classify", #"{"checkpoint":"lora-seen/model_idx_0002","top":1}"#, ["expert"],
      "lora-topics"
    ),
    ("probex/embed", #"["lora-seen/model_idx_0002"]"#, ["dimension"], 128),
    ("probex/inspect", #"["lora-seen/model_idx_0002"]"#, ["format"], "adapter"),
    ("rpc.discover", "{}", ["info", "title"], "probexd"),
  ]

  @Test("the result is that of the protocol, as JSON", arguments: answers.indices)
  func answered(_ row: Int) throws {
    let (method, params, path, value) = Self.answers[row]
    let text = try Self.call(method, params).get()
    let found = path.reduce(try JSONValue.parse(text)) { $0[$1] ?? .null }
    #expect(found == value)
  }

  static let failures: [(method: String, params: String?, code: Int64, isUsage: Bool)] = [
    ("probex/classify", "{", -32700, true), ("probex/classify", "3", -32600, true),
    ("probex/nothing", nil, -32601, false), ("probex/classify", nil, -32602, false),
    ("probex/classify", #"{"checkpoint":"x","treshold":1}"#, -32602, false),
    ("probex/classify", #"["nowhere"]"#, 1001, false),
    ("probex/classify", #"["hub"]"#, 1002, false),
    ("probex/embed", #"["lora-seen/model_idx_0002","nobody"]"#, 1101, false),
  ]

  @Test(
    "an error is the error object; text that is no JSON is the user's slip", arguments: failures)
  func refused(_ row: (method: String, params: String?, code: Int64, isUsage: Bool)) throws {
    guard case .failure(let failure) = Self.call(row.method, row.params) else {
      Issue.record("\(row.method) was answered")
      return
    }
    #expect(failure.isUsage == row.isUsage)
    let error = try JSONValue.parse(failure.text)
    #expect(error["code"]?.integer == row.code && error["data"]?["problem"]?.string != nil)
  }
}
