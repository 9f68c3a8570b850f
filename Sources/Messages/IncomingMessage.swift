package import JSON

/// What one received JSON value is (JSON-RPC 2.0, sections 4 and 5), batches apart.
package enum IncomingMessage: Sendable {
  /// A call that must be answered exactly once. `params` is an array, an object or absent.
  case request(id: RequestID, method: String, params: JSONValue?)
  /// A call that must not be answered, whatever happens.
  case notification(method: String, params: JSONValue?)
  /// An answer to something we asked, or a stray one. Never answered: two peers that answer
  /// each other's answers never stop.
  case response
  /// Not a request object. Answered with -32600 and this id, which is `null` where none could
  /// be read.
  case invalid(id: RequestID, problem: String)
}

extension IncomingMessage {
  /// Classifies a value by the specification's rules. Where the specification is silent:
  /// `"params": null` is the same as no `params`, an invalid request whose id is legal gets that
  /// id back, and an object without `method` but with `result` or `error` is a response.
  package init(_ value: JSONValue) {
    guard let object = value.object else {
      self = .invalid(id: .null, problem: "a message is an object, not \(value.kindWithArticle)")
      return
    }
    let method = object["method"]
    if method == nil, object["result"] != nil || object["error"] != nil {
      self = .response
      return
    }
    let idValue = object["id"]
    let id = idValue.map(RequestID.init)
    if let idValue, id == .some(nil) {
      let problem = "\"id\" must be a string, a number or null, not \(idValue.kindWithArticle)"
      self = .invalid(id: .null, problem: problem)
      return
    }
    func invalid(_ problem: String) -> IncomingMessage {
      .invalid(id: (id ?? nil) ?? .null, problem: problem)
    }
    guard object["jsonrpc"] == "2.0" else {
      self = invalid("\"jsonrpc\" must be the string \"2.0\"")
      return
    }
    guard let method else {
      self = invalid("the member \"method\" is missing")
      return
    }
    guard let name = method.string else {
      self = invalid("\"method\" must be a string, not \(method.kindWithArticle)")
      return
    }
    let params = object["params"]?.unlessNull
    if let params, params.array == nil, params.object == nil {
      self = invalid("\"params\" must be an array or an object, not \(params.kindWithArticle)")
      return
    }
    if let id = id ?? nil {
      self = .request(id: id, method: name, params: params)
    } else {
      self = .notification(method: name, params: params)
    }
  }
}

extension JSONValue {
  /// The value, if it is not null. (`isNull ? nil : self` would be a JSON null, not an absence.)
  package var unlessNull: JSONValue? { isNull ? Optional.none : self }

  /// The kind with its article, for sentences: `an array`, `a string`, but plainly `null`.
  package var kindWithArticle: String {
    switch self {
    case .null: kind
    case .array, .object, .integer: "an \(kind)"
    case .bool, .number, .string: "a \(kind)"
    }
  }
}
