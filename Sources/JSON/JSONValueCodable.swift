// `JSONCoder` passes values and objects through as they are. What follows serves other encoders and
// decoders, and the compiler, which wants it for types that hold a `JSONValue`.

extension JSONValue: Codable {
  package func encode(to encoder: any Encoder) throws {
    if case .object(let object) = self {
      var container = encoder.container(keyedBy: JSONKey.self)
      for (name, value) in object.members {
        try container.encode(value, forKey: JSONKey(stringValue: name))
      }
      return
    }
    var container = encoder.singleValueContainer()
    switch self {
    case .null, .object: try container.encodeNil()
    case .bool(let truth): try container.encode(truth)
    case .integer(let integer): try container.encode(integer)
    case .number(let number): try container.encode(number)
    case .string(let text): try container.encode(text)
    case .array(let elements): try container.encode(elements)
    }
  }

  package init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: JSONKey.self) {
      var object = JSONObject()
      for key in container.allKeys {
        object[key.stringValue] = try container.decode(JSONValue.self, forKey: key)
      }
      self = .object(object)
      return
    }
    let container = try decoder.singleValueContainer()
    // Other decoders do not say what they hold, so each kind is tried, the narrower one first.
    if container.decodeNil() {
      self = .null
    } else if let truth = try? container.decode(Bool.self) {
      self = .bool(truth)
    } else if let integer = try? container.decode(Int64.self) {
      self = .integer(integer)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else {
      self = .array(try container.decode([JSONValue].self))
    }
  }
}

extension JSONObject: Codable {
  package func encode(to encoder: any Encoder) throws {
    try JSONValue.object(self).encode(to: encoder)
  }

  package init(from decoder: any Decoder) throws {
    let value = try JSONValue(from: decoder)
    self = try JSONObject(value, at: { decoder.codingPath })
  }
}
