import JSON
import Messages

/// Brings the parameters of a call, by name or by position, into one typed value.
struct ParameterMapping: Sendable {
  let parameters: [ParameterName]
  let unknown: UnknownParameters

  /// Members that any request may carry: LSP's progress tokens, MCP's metadata.
  private static let common = ["workDoneToken", "partialResultToken", "_meta"]

  /// The typed parameters. Throws -32602, which names the parameter that is wrong.
  func decode<Params: Decodable>(
    _ type: Params.Type, from params: JSONValue?
  ) throws(ResponseError) -> Params {
    let object = try byName(params)
    do {
      return try JSONCoder.decode(type, from: .object(object))
    } catch let error as DecodingError {
      throw invalidParams(error)
    } catch let error as ResponseError {
      throw error
    } catch {
      throw .invalidParams(parameter: nil, problem: "the parameters could not be read")
    }
  }

  /// The parameters as an object that has every required member and no unknown one.
  func byName(_ params: JSONValue?) throws(ResponseError) -> JSONObject {
    let object: JSONObject
    switch params {
    case .array(let values): object = try named(values)
    case .object(let members): object = members
    default: object = [:]
    }
    for parameter in parameters where parameter.isRequired && object[parameter.name] == nil {
      throw .invalidParams(
        parameter: parameter.name, problem: "the required parameter is missing")
    }
    if unknown == .refused {
      for (name, _) in object.members where !knows(name) {
        throw .invalidParams(
          parameter: String(name.prefix(256)), problem: "there is no such parameter; \(known)")
      }
    }
    return object
  }

  private func named(_ values: [JSONValue]) throws(ResponseError) -> JSONObject {
    guard values.count <= parameters.count else {
      throw .invalidParams(
        parameter: nil, problem: "\(values.count) parameters came by position; \(known)")
    }
    var object = JSONObject()
    for (parameter, value) in zip(parameters, values) where parameter.isRequired || !value.isNull {
      // By position, null is the way to leave out an optional parameter before another.
      object[parameter.name] = value
    }
    return object
  }

  private func knows(_ name: String) -> Bool {
    parameters.contains { $0.name == name } || Self.common.contains(name)
  }

  /// The parameters there are, for the reader of an error.
  private var known: String {
    guard !parameters.isEmpty else { return "the method takes none" }
    let names = parameters.map { $0.isRequired ? $0.name : $0.name + "?" }
    return "the method takes \(names.joined(separator: ", "))"
  }
}

/// A decoding error in plain words: which parameter, what it must be, what it was.
private func invalidParams(_ error: DecodingError) -> ResponseError {
  switch error {
  case .typeMismatch(_, let context), .valueNotFound(_, let context):
    return .invalidParams(parameter: path(context.codingPath), problem: context.debugDescription)
  case .keyNotFound(let key, let context):
    return .invalidParams(
      parameter: path(context.codingPath + [key]), problem: "the required parameter is missing")
  case .dataCorrupted(let context):
    // An enum that knows no such value speaks of its Swift type, which says nothing to a client.
    let problem =
      context.debugDescription.hasPrefix("Cannot initialize")
      ? "is not one of the values it may have" : context.debugDescription
    return .invalidParams(parameter: path(context.codingPath), problem: problem)
  @unknown default:
    return .invalidParams(parameter: nil, problem: "the parameters could not be read")
  }
}

/// `checkpoints[3].name`; `nil` for the parameters as a whole.
private func path(_ keys: [any CodingKey]) -> String? {
  guard !keys.isEmpty else { return nil }
  return keys.reduce(into: "") { path, key in
    if let index = key.intValue {
      path += "[\(index)]"
    } else {
      path += path.isEmpty ? key.stringValue : "." + key.stringValue
    }
  }
}
