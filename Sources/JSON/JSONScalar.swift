/// The types that become JSON values directly, without containers.
protocol JSONScalar {
  /// - Throws: `EncodingError.invalidValue` at that path.
  func jsonValue(at path: @autoclosure () -> [any CodingKey]) throws -> JSONValue

  /// - Throws: `DecodingError` at that path.
  init(_ value: JSONValue, at path: () -> [any CodingKey]) throws
}

extension Bool: JSONScalar {
  func jsonValue(at path: @autoclosure () -> [any CodingKey]) -> JSONValue { .bool(self) }

  init(_ value: JSONValue, at path: () -> [any CodingKey]) throws {
    guard case .bool(let truth) = value else {
      throw mismatch(Bool.self, "true or false", value, at: path())
    }
    self = truth
  }
}

extension String: JSONScalar {
  func jsonValue(at path: @autoclosure () -> [any CodingKey]) -> JSONValue { .string(self) }

  init(_ value: JSONValue, at path: () -> [any CodingKey]) throws {
    guard case .string(let text) = value else {
      throw mismatch(String.self, "a string", value, at: path())
    }
    self = text
  }
}

extension Double: JSONScalar {
  func jsonValue(at path: @autoclosure () -> [any CodingKey]) throws -> JSONValue {
    guard isFinite else { throw invalid(self, "JSON has only finite numbers", at: path()) }
    return .number(self)
  }

  init(_ value: JSONValue, at path: () -> [any CodingKey]) throws {
    guard let number = value.double else {
      throw mismatch(Double.self, "a number", value, at: path())
    }
    self = number
  }
}

extension Float: JSONScalar {
  func jsonValue(at path: @autoclosure () -> [any CodingKey]) throws -> JSONValue {
    // Through its own shortest decimal: 0.1 as `Float` widens to 0.10000000149011612.
    guard isFinite, let number = Double(description) else {
      throw invalid(self, "JSON has only finite numbers", at: path())
    }
    return .number(number)
  }

  init(_ value: JSONValue, at path: () -> [any CodingKey]) throws {
    guard let number = value.double else {
      throw mismatch(Float.self, "a number", value, at: path())
    }
    self.init(number)
    guard isFinite else {
      throw corrupted("\(number) is beyond a number of single precision", at: path())
    }
  }
}

extension JSONScalar where Self: FixedWidthInteger {
  func jsonValue(at path: @autoclosure () -> [any CodingKey]) throws -> JSONValue {
    guard let integer = Int64(exactly: self) else {
      throw invalid(self, "JSON integers have 64 bits with sign here", at: path())
    }
    return .integer(integer)
  }

  init(_ value: JSONValue, at path: () -> [any CodingKey]) throws {
    guard case .integer(let integer) = value else {
      throw mismatch(Self.self, "an integer", value, at: path())
    }
    guard let exact = Self(exactly: integer) else {
      throw corrupted("\(integer) is not within \(Self.min) … \(Self.max)", at: path())
    }
    self = exact
  }
}

extension Int: JSONScalar {}
extension Int8: JSONScalar {}
extension Int16: JSONScalar {}
extension Int32: JSONScalar {}
extension Int64: JSONScalar {}
extension Int128: JSONScalar {}
extension UInt: JSONScalar {}
extension UInt8: JSONScalar {}
extension UInt16: JSONScalar {}
extension UInt32: JSONScalar {}
extension UInt64: JSONScalar {}
extension UInt128: JSONScalar {}

extension JSONValue: JSONScalar {
  func jsonValue(at path: @autoclosure () -> [any CodingKey]) throws -> JSONValue {
    if case .number(let number) = self { return try number.jsonValue(at: path()) }
    return self
  }

  init(_ value: JSONValue, at path: () -> [any CodingKey]) { self = value }
}

extension JSONObject: JSONScalar {
  func jsonValue(at path: @autoclosure () -> [any CodingKey]) -> JSONValue { .object(self) }

  init(_ value: JSONValue, at path: () -> [any CodingKey]) throws {
    guard case .object(let object) = value else {
      throw mismatch(JSONObject.self, "an object", value, at: path())
    }
    self = object
  }
}

private func invalid(
  _ value: Any, _ problem: String, at path: [any CodingKey]
) -> EncodingError {
  .invalidValue(value, .init(codingPath: path, debugDescription: "\(value): \(problem)"))
}

private func corrupted(_ problem: String, at path: [any CodingKey]) -> DecodingError {
  .dataCorrupted(.init(codingPath: path, debugDescription: problem))
}
