/// A type that says its JSON value itself.
///
/// For results with thousands of members: `Codable`'s containers cost about a microsecond for each
/// member, which for a batch of answers is more than the networks take. The members are still
/// named in one place, since encoding goes through `json` too.
package protocol JSONConvertible: Encodable {
  /// The value. A number in it may be NaN or infinite; printing refuses it then.
  var json: JSONValue { get }
}

extension JSONConvertible {
  package func encode(to encoder: any Encoder) throws {
    try json.encode(to: encoder)
  }
}

extension JSONValue {
  /// A number as its own shortest decimal: 0.1 as `Float` widens to 0.10000000149011612.
  package init(_ number: Float) {
    self = .number(Double(number.description) ?? Double(number))
  }
}
