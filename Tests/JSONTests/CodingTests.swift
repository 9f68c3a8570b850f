import Foundation
import JSON
import Testing

/// Every width of number, as a type would hold them.
struct Widths: Codable, Equatable {
  var int = Int.min
  var int8 = Int8.min
  var int16 = Int16.min
  var int32 = Int32.min
  var int64 = Int64.min
  var int128 = Int128(Int64.max)
  var uint = UInt(Int.max)
  var uint8 = UInt8.max
  var uint16 = UInt16.max
  var uint32 = UInt32.max
  var uint64 = UInt64(Int64.max)
  var uint128 = UInt128(7)
  var float: Float = 0.1
  var double = 0.1
  var truth = true
  var text = "é\0"
  var nothing: Int?
  var numbers: [Int?] = [1, nil, 3]
  var nested: [[String: Double]] = [[:], ["a": 1.5]]
}

enum Shape: Codable, Equatable {
  case circle(radius: Double)
  case named(String)
  case empty
}

enum Unit: String, Codable { case metre, second }

class Base: Codable {
  var base = 1
}

final class Derived: Base {
  var derived = 2
  private enum CodingKeys: CodingKey { case derived }

  override init() { super.init() }

  required init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try super.init(from: container.superDecoder())
    derived = try container.decode(Int.self, forKey: .derived)
  }

  override func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(derived, forKey: .derived)
    try super.encode(to: container.superEncoder())
  }
}

/// Uses each kind of nested container by hand, keyed and unkeyed.
struct Nested: Codable, Equatable {
  var x = 1
  var y = [2, 3]
  var z = "z"
  private enum Keys: CodingKey { case outer, list, x }

  init() {}

  func encode(to encoder: any Encoder) throws {
    var keyed = encoder.container(keyedBy: Keys.self)
    var outer = keyed.nestedContainer(keyedBy: Keys.self, forKey: .outer)
    try outer.encode(x, forKey: .x)
    var list = keyed.nestedUnkeyedContainer(forKey: .list)
    var inner = list.nestedUnkeyedContainer()
    for value in y { try inner.encode(value) }
    var object = list.nestedContainer(keyedBy: Keys.self)
    try object.encode(z, forKey: .x)
    try list.encodeNil()
    try z.encode(to: list.superEncoder())
    try x.encode(to: keyed.superEncoder(forKey: .x))
  }

  init(from decoder: any Decoder) throws {
    let keyed = try decoder.container(keyedBy: Keys.self)
    let outer = try keyed.nestedContainer(keyedBy: Keys.self, forKey: .outer)
    x = try outer.decode(Int.self, forKey: .x)
    var list = try keyed.nestedUnkeyedContainer(forKey: .list)
    var inner = try list.nestedUnkeyedContainer()
    y = []
    while try !inner.isAtEnd && !inner.decodeNil() { y.append(try inner.decode(Int.self)) }
    let object = try list.nestedContainer(keyedBy: Keys.self)
    z = try object.decode(String.self, forKey: .x)
    guard try list.decodeNil(), list.currentIndex == 3 else { throw Unread() }
    guard try String(from: list.superDecoder()) == z, list.isAtEnd, list.count == 4 else {
      throw Unread()
    }
    guard try Int(from: keyed.superDecoder(forKey: .x)) == x else { throw Unread() }
    guard keyed.allKeys.map(\.stringValue) == ["outer", "list", "x"] else { throw Unread() }
  }

  struct Unread: Error {}
}

/// A single value of 128 bits, which has its own way through each container.
struct Unsigned: Codable, Equatable {
  var value: UInt128

  init(value: UInt128) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let signed = try container.decode(Int128.self)
    value = try container.decode(UInt128.self)
    guard value == signed else { throw Nested.Unread() }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}

/// Encodes nothing, as a type with a forgotten body would.
struct Silent: Encodable {
  func encode(to encoder: any Encoder) {}
}

@Suite struct CodingTests {
  /// A value, and the JSON text it must become and come back from.
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let check: @Sendable () throws -> Void

    init<T: Codable & Equatable & Sendable>(_ value: T, _ text: String) {
      testDescription = text
      check = {
        let encoded = try JSONCoder.encode(value)
        #expect(String(decoding: try encoded.serialized(), as: UTF8.self) == text)
        #expect(try JSONCoder.decode(T.self, from: JSONValue.parse(text)) == value)
      }
    }
  }

  static let rows: [Row] = [
    Row(true, "true"), Row("a\"b", #""a\"b""#), Row(Int?.none, "null"), Row(Int?(3), "3"),
    Row(Float(0.1), "0.1"), Row(Float(0.9734), "0.9734"), Row(Float(-0.0), "-0.0"),
    Row(Float.greatestFiniteMagnitude, "3.4028235e38"), Row(Float(1e-45), "1e-45"),
    Row(Double(3), "3.0"), Row(0.1 + 0.2, "0.30000000000000004"), Row(1e300, "1e300"),
    Row(Int64.max, "9223372036854775807"), Row(Int64.min, "-9223372036854775808"),
    Row([1, 2], "[1,2]"), Row([[Int]](), "[]"), Row([Int?.none], "[null]"),
    Row([Int128(-1)], "[-1]"), Row([UInt128(1)], "[1]"), Row(Unsigned(value: 2), "2"),
    Row(["b": 1, "a": 2, "é": 3, "": 0], #"{"":0,"a":2,"b":1,"é":3}"#),
    Row(["a": ["y": Float(0.1), "x": 2]], #"{"a":{"x":2.0,"y":0.1}}"#),
    Row(Unit.second, #""second""#),
    Row(Shape.circle(radius: 2.5), #"{"circle":{"radius":2.5}}"#),
    Row(Shape.named("n"), #"{"named":{"_0":"n"}}"#), Row(Shape.empty, #"{"empty":{}}"#),
    Row(Nested(), #"{"outer":{"x":1},"list":[[2,3],{"x":"z"},null,"z"],"x":1}"#),
    Row(JSONValue.object(["b": [1, 2.5, nil], "a": "x"]), #"{"b":[1,2.5,null],"a":"x"}"#),
    Row([JSONObject([("b", 1), ("a", 2)])], #"[{"b":1,"a":2}]"#),
    Row(Base64Floats([1, -2]), #""AACAPwAAAMA=""#), Row(Base64Floats([]), #""""#),
    Row(
      Widths(),
      #"{"int":-9223372036854775808,"int8":-128,"int16":-32768,"int32":-2147483648,"#
        + #""int64":-9223372036854775808,"int128":9223372036854775807,"#
        + #""uint":9223372036854775807,"uint8":255,"uint16":65535,"uint32":4294967295,"#
        + #""uint64":9223372036854775807,"uint128":7,"float":0.1,"double":0.1,"#
        + #""truth":true,"text":"é\u0000","numbers":[1,null,3],"nested":[{},{"a":1.5}]}"#),
  ]

  @Test(arguments: rows) func comesBack(_ row: Row) throws { try row.check() }

  @Test func superclasses() throws {
    let derived = Derived()
    derived.base = 7
    let encoded = try JSONCoder.encode(derived)
    #expect(encoded == ["derived": 2, "super": ["base": 7]])
    #expect(try JSONCoder.decode(Derived.self, from: encoded).base == 7)
  }

  @Test func unknownMembersAreIgnored() throws {
    let value: JSONValue = ["more": [1], "base": 4]
    #expect(try JSONCoder.decode(Base.self, from: value).base == 4)
  }

  @Test func nothingEncoded() throws {
    #expect(throws: EncodingError.self) { try JSONCoder.encode(Silent()) }
    #expect(try JSONCoder.encode([Silent()]) == [[:]])
    #expect(try JSONCoder.encode(["a": Silent()]) == ["a": [:]])
  }

  /// A value that cannot be encoded, and where it lies.
  static let unencodable: [(value: any Encodable & Sendable, path: String)] = [
    (Double.nan, ""), (Float.infinity, ""), (UInt64(Int64.max) + 1, ""), (UInt.max, ""),
    (Int128.max, ""), (Int128.min, ""), (UInt128.max, ""), ([1, -Double.infinity], "[1]"),
    (["a": [UInt64.max]], ".a[0]"), (Widths(uint64: .max), ".uint64"),
    (Widths(int128: .max), ".int128"), (Widths(nested: [["x": .nan]]), ".nested[0].x"),
    (Shape.circle(radius: .infinity), ".circle.radius"), ([JSONValue.number(.nan)], "[0]"),
  ]

  @Test(arguments: unencodable) func refusesToEncode(
    _ row: (value: any Encodable & Sendable, path: String)
  ) throws {
    do {
      let value = try JSONCoder.encode(row.value)
      Issue.record("encoded as \(value)")
    } catch EncodingError.invalidValue(_, let context) {
      #expect(pathText(context.codingPath) == row.path)
    }
  }

  @Test func worksWithOtherCoders() throws {
    let value: JSONValue = ["a": [nil, true, 1, 2.5, "x", [:]], "b": .integer(.max)]
    let text = try JSONEncoder().encode(value)
    #expect(try JSONValue.parse(text) == value)
    #expect(try JSONDecoder().decode(JSONValue.self, from: text) == value)
    #expect(try JSONDecoder().decode(JSONObject.self, from: text) == value.object)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(JSONObject.self, from: Data("[]".utf8))
    }
  }
}

/// A coding path as it is written in messages: `.a[0].b`.
func pathText(_ path: [any CodingKey]) -> String {
  path.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
}
