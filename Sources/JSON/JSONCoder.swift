/// Codable over JSON values: typed messages and facts on one side, `JSONValue` on the other.
///
/// It is stricter than Foundation's: a number never becomes a truth value nor the reverse, `3.0` is
/// no integer, an integer must fit its type, and nothing is rounded to infinity. Members of an
/// object that the type does not ask for are ignored. Members come out in the order in which the
/// type encodes them; those of a `[String: …]`, which has none, by the bytes of their names.
package enum JSONCoder {
  /// The JSON value of a Swift value.
  ///
  /// A `Float` becomes its own shortest decimal (`0.1`), not that of the `Double` it widens to.
  /// - Throws: `EncodingError.invalidValue` for NaN, infinity, integers beyond `Int64`; what the
  ///   value itself throws.
  package static func encode(_ value: some Encodable) throws -> JSONValue {
    if let result = try jsonValue(of: value, at: []) { return result }
    let problem = "\(type(of: value)) encodes nothing"
    throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: problem))
  }

  /// The Swift value of a JSON value.
  /// - Throws: `DecodingError`, whose `codingPath` leads to the value in fault (`keyNotFound`: to
  ///   the object without that key), and whose description says what was expected and found.
  package static func decode<T: Decodable>(_ type: T.Type, from value: JSONValue) throws -> T {
    try swiftValue(of: value, at: [])
  }
}

/// A name or an index on the way to a value.
struct JSONKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = "Index \(intValue)"
    self.intValue = intValue
  }

  /// The key that the standard library's `superEncoder()` and `superDecoder()` stand for.
  static let parent = JSONKey(stringValue: "super")
}
