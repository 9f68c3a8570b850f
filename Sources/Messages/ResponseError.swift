package import JSON

/// The `error` of a response (JSON-RPC 2.0, section 5.1); handlers throw it.
package struct ResponseError: Error, JSONConvertible, Sendable, Hashable {
  /// See `ErrorCode`.
  package var code: Int
  /// One short sentence.
  package var message: String
  /// Always an object here, with `name` and whatever helps: `problem`, `parameter`, `subject`, …
  package var data: JSONValue?

  package init(code: Int, message: String, data: JSONValue? = nil) {
    self.code = code
    self.message = message
    self.data = data
  }

  /// `code`, `message`, and `data` where there is any.
  package var json: JSONValue {
    var members: [(name: String, value: JSONValue)] = [
      ("code", .integer(Int64(code))), ("message", .string(message)),
    ]
    if let data { members.append(("data", data)) }
    return .object(JSONObject(unique: members))
  }

  /// An error whose data holds the code's name, and then the given facts in their order.
  package init(_ code: ErrorCode, message: String, facts: [(String, JSONValue)] = []) {
    self.init(
      code: code.number, message: message,
      data: .object(JSONObject([("name", .string(code.name))] + facts)))
  }
}

// The messages are those of the specification's table; what happened stands in `data.problem`.
extension ResponseError {
  /// -32700: the bytes were no JSON.
  package static func parseError(_ problem: String) -> ResponseError {
    ResponseError(
      .parseError, message: "Parse error",
      facts: [
        ("problem", .string(problem)),
        ("remedy", "send one complete JSON text, in UTF-8, in each frame or on each line"),
      ])
  }

  /// -32600: not a request object, or one that may not come here. `limit` names the limit that
  /// was passed, in the unit the problem names.
  package static func invalidRequest(_ problem: String, limit: Int? = nil) -> ResponseError {
    var facts: [(String, JSONValue)] = [
      ("problem", .string(problem)),
      ("remedy", "send JSON-RPC 2.0 request objects; the protocol says when, and how large"),
    ]
    if let limit { facts.append(("limit", .integer(Int64(limit)))) }
    return ResponseError(.invalidRequest, message: "Invalid Request", facts: facts)
  }

  /// -32601: there is no method of that name.
  package static func methodNotFound(_ method: String) -> ResponseError {
    // A name may be as long as a message may be; nobody needs it back in full.
    let subject = method.utf8.count > 256 ? String(method.prefix(256)) + "…" : method
    return ResponseError(
      .methodNotFound, message: "Method not found",
      facts: [
        ("subject", .string(subject)), ("problem", "there is no method of this name"),
        ("remedy", "call rpc.discover, which lists the methods"),
      ])
  }

  /// -32602: a parameter is wrong. `parameter` is its path, `checkpoints[3]` for instance; `nil`
  /// when the parameters as a whole are. `limit` names the limit that was passed, if one was.
  package static func invalidParams(
    parameter: String?, problem: String, limit: Int? = nil
  ) -> ResponseError {
    var facts: [(String, JSONValue)] = []
    if let parameter { facts.append(("parameter", .string(parameter))) }
    facts.append(("problem", .string(problem)))
    facts.append(("remedy", "call rpc.discover, which describes the parameters"))
    if let limit { facts.append(("limit", .integer(Int64(limit)))) }
    return ResponseError(.invalidParams, message: "Invalid params", facts: facts)
  }

  /// -32603: a fault of the daemon. `problem` must not tell more than a client should know.
  package static func internalError(_ problem: String) -> ResponseError {
    ResponseError(
      .internalError, message: "Internal error",
      facts: [
        ("problem", .string(problem)), ("remedy", "ask again, and report it if it comes back"),
      ])
  }

  /// -32002: a request before `initialize`.
  package static var serverNotInitialized: ResponseError {
    ResponseError(
      .serverNotInitialized, message: "Server not initialized",
      facts: [
        ("problem", "the request came before \"initialize\""),
        ("remedy", "send \"initialize\" first, and wait for its answer"),
      ])
  }

  /// 1201: so many requests of this kind wait already that another one is not taken.
  package static func busy(_ problem: String, limit: Int) -> ResponseError {
    ResponseError(
      .busy, message: "Busy",
      facts: [
        ("problem", .string(problem)), ("remedy", "ask again when one of them is answered"),
        ("limit", .integer(Int64(limit))),
      ])
  }

  /// -32800: the client cancelled the request, or went away.
  package static func requestCancelled(_ problem: String) -> ResponseError {
    ResponseError(
      .requestCancelled, message: "Request cancelled",
      facts: [("problem", .string(problem)), ("remedy", "ask again")])
  }
}
