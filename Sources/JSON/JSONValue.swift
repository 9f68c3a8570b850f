/// A JSON value (RFC 8259) that owns everything it holds.
///
/// Integers and other numbers are kept apart, because a JSON-RPC id, a byte offset and a count must
/// come back exactly as they were sent, and `Double` holds only 53 bits of them.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  /// A number written without fraction and exponent, exactly.
  case integer(Int64)
  /// Any other number. Always finite: JSON has no NaN and no infinity.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue {
  /// The members, if this is an object.
  package var object: JSONObject? {
    if case .object(let object) = self { object } else { nil }
  }

  /// The elements, if this is an array.
  package var array: [JSONValue]? {
    if case .array(let array) = self { array } else { nil }
  }

  /// The text, if this is a string.
  package var string: String? {
    if case .string(let string) = self { string } else { nil }
  }

  /// The truth value, if this is one; `0` and `"true"` are not.
  package var bool: Bool? {
    if case .bool(let bool) = self { bool } else { nil }
  }

  /// The value of a number that was written as an integer; `1.0` is none.
  package var integer: Int64? {
    if case .integer(let integer) = self { integer } else { nil }
  }

  /// The value of any number, rounded to `Double` if it is an integer beyond 2^53.
  package var double: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    default: nil
    }
  }

  /// Whether this is `null`.
  package var isNull: Bool { self == .null }

  /// The name of the kind of value, as error messages say it: `object`, `integer`, …
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .integer: "integer"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// The member of that name, if this is an object that has one.
  package subscript(name: String) -> JSONValue? { object?[name] }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(nilLiteral: ()) { self = .null }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(elements))
  }
}
