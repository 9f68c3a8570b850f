package import JSON

/// The `id` of a request, which its response repeats exactly: same kind, same value.
///
/// Source: JSON-RPC 2.0, section 4. `"1"` and `1` are two ids, `null` is one too, and a number may
/// have a fraction.
package enum RequestID: Sendable {
  case null
  case integer(Int64)
  case number(Double)
  case string(String)
}

extension RequestID {
  /// The id that a JSON value stands for; `nil` for a boolean, an array or an object.
  package init?(_ value: JSONValue) {
    switch value {
    case .null: self = .null
    case .integer(let integer): self = .integer(integer)
    case .number(let number): self = .number(number)
    case .string(let string): self = .string(string)
    case .bool, .array, .object: return nil
    }
  }

  /// The id as it is written into a response.
  package var json: JSONValue {
    switch self {
    case .null: .null
    case .integer(let integer): .integer(integer)
    case .number(let number): .number(number)
    case .string(let string): .string(string)
    }
  }
}

extension RequestID: Hashable {
  // Swift compares strings by canonical equivalence, but two JSON strings are the same only when
  // their characters are: "é" and "e" with an accent are two ids.
  package static func == (left: RequestID, right: RequestID) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.integer(let left), .integer(let right)): left == right
    case (.number(let left), .number(let right)): left == right
    case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
    default: false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .integer(let integer): hasher.combine(integer)
    case .number(let number): hasher.combine(number)
    case .string(let string): for byte in string.utf8 { hasher.combine(byte) }
    }
  }
}

extension RequestID: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let integer = try? container.decode(Int64.self) {
      self = .integer(integer)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .string(try container.decode(String.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .integer(let integer): try container.encode(integer)
    case .number(let number): try container.encode(number)
    case .string(let string): try container.encode(string)
    }
  }
}

extension RequestID: CustomStringConvertible {
  /// The id for logs and traces: short, on one line.
  package var description: String {
    switch self {
    case .null: "null"
    case .integer(let integer): "\(integer)"
    case .number(let number): "\(number)"
    case .string(let string): string.prefix(64).debugDescription
    }
  }
}
