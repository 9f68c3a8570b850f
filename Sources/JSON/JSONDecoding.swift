/// The Swift value of a JSON value.
func swiftValue<T: Decodable>(
  of value: JSONValue, at path: @autoclosure () -> [any CodingKey]
) throws -> T {
  if let scalar = T.self as? any JSONScalar.Type,
    let result = try scalar.init(value, at: path) as? T
  {
    return result
  }
  return try T(from: ValueDecoder(value: value, codingPath: path()))
}

/// The error for a value of another kind than was expected.
func mismatch<T>(
  _ type: T.Type, _ expected: String, _ found: JSONValue, at path: [any CodingKey]
) -> DecodingError {
  let article =
    found.kind == "object" || found.kind == "array" || found.kind == "integer"
    ? "an" : "a"
  let problem =
    "expected \(expected), found \(found.isNull ? "null" : "\(article) \(found.kind)")"
  let context = DecodingError.Context(codingPath: path, debugDescription: problem)
  return found.isNull ? .valueNotFound(type, context) : .typeMismatch(type, context)
}

private struct ValueDecoder: Decoder {
  let value: JSONValue
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(
    keyedBy type: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    guard let object = value.object else {
      throw mismatch([String: JSONValue].self, "an object", value, at: codingPath)
    }
    return KeyedDecodingContainer(KeyedValues<Key>(object: object, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = value.array else {
      throw mismatch([JSONValue].self, "an array", value, at: codingPath)
    }
    return UnkeyedValues(elements: elements, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer {
    SingleValue(value: value, codingPath: codingPath)
  }
}

// In the three containers one generic function stands for all the overloads the protocols ask for,
// but those for integers of 128 bits: the protocols bring their own, which throw.

private struct SingleValue: SingleValueDecodingContainer {
  let value: JSONValue
  let codingPath: [any CodingKey]

  func decodeNil() -> Bool { value.isNull }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try swiftValue(of: value, at: codingPath)
  }

  func decode(_ type: Int128.Type) throws -> Int128 { try swiftValue(of: value, at: codingPath) }
  func decode(_ type: UInt128.Type) throws -> UInt128 { try swiftValue(of: value, at: codingPath) }
}

private struct UnkeyedValues: UnkeyedDecodingContainer {
  let elements: [JSONValue]
  let codingPath: [any CodingKey]
  var currentIndex = 0

  init(elements: [JSONValue], codingPath: [any CodingKey]) {
    self.elements = elements
    self.codingPath = codingPath
  }

  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  mutating func decodeNil() throws -> Bool {
    // Only a null is consumed, so that the value can still be decoded when it is none.
    guard try element(JSONValue?.self).isNull else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode(_ type: Int128.Type) throws -> Int128 { try next() }
  mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try next() }
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next() }

  private mutating func next<T: Decodable>() throws -> T {
    let result: T = try swiftValue(of: try element(T.self), at: path)
    currentIndex += 1
    return result
  }

  mutating func nestedContainer<Key: CodingKey>(
    keyedBy type: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    let container = try decoder().container(keyedBy: type)
    currentIndex += 1
    return container
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let container = try decoder().unkeyedContainer()
    currentIndex += 1
    return container
  }

  mutating func superDecoder() throws -> any Decoder {
    let result = try decoder()
    currentIndex += 1
    return result
  }

  private var path: [any CodingKey] { codingPath + [JSONKey(intValue: currentIndex)] }

  private func element<T>(_ type: T.Type) throws -> JSONValue {
    guard isAtEnd else { return elements[currentIndex] }
    let problem = "expected another element, the array has only \(elements.count)"
    throw DecodingError.valueNotFound(type, .init(codingPath: path, debugDescription: problem))
  }

  private func decoder() throws -> ValueDecoder {
    ValueDecoder(value: try element(JSONValue.self), codingPath: path)
  }
}

private struct KeyedValues<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let object: JSONObject
  let codingPath: [any CodingKey]

  var allKeys: [Key] { object.members.compactMap { Key(stringValue: $0.name) } }

  func contains(_ key: Key) -> Bool { object[key.stringValue] != nil }

  func decodeNil(forKey key: Key) throws -> Bool { try member(key).isNull }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try swiftValue(of: try member(key), at: codingPath + [key])
  }

  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 {
    try swiftValue(of: try member(key), at: codingPath + [key])
  }

  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 {
    try swiftValue(of: try member(key), at: codingPath + [key])
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try superDecoder(forKey: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try superDecoder(forKey: key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder {
    // A superclass that encoded nothing need not be there.
    let value = object[JSONKey.parent.stringValue] ?? .null
    return ValueDecoder(value: value, codingPath: codingPath + [JSONKey.parent])
  }

  func superDecoder(forKey key: Key) throws -> any Decoder {
    ValueDecoder(value: try member(key), codingPath: codingPath + [key])
  }

  private func member(_ key: Key) throws -> JSONValue {
    if let value = object[key.stringValue] { return value }
    let problem = "expected a member \"\(key.stringValue)\", there is none"
    throw DecodingError.keyNotFound(
      key, .init(codingPath: codingPath, debugDescription: problem))
  }
}
