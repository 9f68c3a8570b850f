/// The JSON value of a Swift value, or `nil` when it encodes nothing at all.
func jsonValue<T: Encodable>(
  of value: T, at path: @autoclosure () -> [any CodingKey]
) throws -> JSONValue? {
  if let scalar = value as? any JSONScalar { return try scalar.jsonValue(at: path()) }
  if let direct = value as? any JSONConvertible { return direct.json }
  if let dictionary = value as? any NamedMembers { return try dictionary.jsonValue(at: path()) }
  let slot = EncodingSlot()
  try value.encode(to: SlotEncoder(slot: slot, codingPath: path()))
  // Not by `?:`, where `nil` would be the JSON value.
  guard !slot.isEmpty else { return .none }
  return slot.value
}

/// Dictionaries which become objects. They are caught here since a `Dictionary` would encode itself
/// in the order of its hashes, which differs from run to run.
private protocol NamedMembers {
  func jsonValue(at path: [any CodingKey]) throws -> JSONValue
}

extension Dictionary: NamedMembers where Key == String, Value: Encodable {
  fileprivate func jsonValue(at path: [any CodingKey]) throws -> JSONValue {
    var object = JSONObject()
    for name in keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      guard let value = self[name] else { continue }
      let key = JSONKey(stringValue: name)
      object[name] = try JSON.jsonValue(of: value, at: path + [key]) ?? [:]
    }
    return .object(object)
  }
}

/// Where a value being encoded collects what it consists of. A class, because containers made from
/// one encoder, and encoders for a superclass, all write to the same place and may outlive each
/// other.
private final class EncodingSlot {
  private enum Content {
    case empty
    case value(JSONValue)
    case array([EncodingSlot])
    case object([(name: String, slot: EncodingSlot)])
  }

  private var content = Content.empty

  var isEmpty: Bool { if case .empty = content { true } else { false } }

  /// All that was collected. What encoded nothing is an empty object, as in Foundation.
  var value: JSONValue {
    switch content {
    case .empty: [:]
    case .value(let value): value
    case .array(let slots): .array(slots.map(\.value))
    case .object(let members): .object(JSONObject(members.map { ($0.name, $0.slot.value) }))
    }
  }

  var count: Int { if case .array(let slots) = content { slots.count } else { 0 } }

  func set(_ value: JSONValue) {
    precondition(isEmpty, "a single value is encoded where something was encoded before")
    content = .value(value)
  }

  func becomeArray() {
    if case .array = content { return }
    precondition(isEmpty, "an unkeyed container is asked for beside another kind of container")
    content = .array([])
  }

  func becomeObject() {
    if case .object = content { return }
    precondition(isEmpty, "a keyed container is asked for beside another kind of container")
    content = .object([])
  }

  func append(_ slot: EncodingSlot) {
    guard case .array(var slots) = content else { preconditionFailure("not an array") }
    // Emptied first: otherwise the array would be copied at each step.
    content = .empty
    slots.append(slot)
    content = .array(slots)
  }

  func append(_ name: String, _ slot: EncodingSlot) {
    guard case .object(var members) = content else { preconditionFailure("not an object") }
    content = .empty
    members.append((name, slot))
    content = .object(members)
  }

  init() {}
  init(_ value: JSONValue) { content = .value(value) }
}

private struct SlotEncoder: Encoder {
  let slot: EncodingSlot
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    slot.becomeObject()
    return KeyedEncodingContainer(KeyedSlots<Key>(slot: slot, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    slot.becomeArray()
    return UnkeyedSlots(slot: slot, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    SingleSlot(slot: slot, codingPath: codingPath)
  }
}

// In the three containers one generic function stands for all the overloads the protocols ask for,
// but those for integers of 128 bits: the protocols bring their own, which throw.

private struct SingleSlot: SingleValueEncodingContainer {
  let slot: EncodingSlot
  let codingPath: [any CodingKey]

  func encodeNil() { slot.set(.null) }

  func encode<T: Encodable>(_ value: T) throws {
    if let value = try jsonValue(of: value, at: codingPath) { slot.set(value) }
  }

  func encode(_ value: Int128) throws { slot.set(try value.jsonValue(at: codingPath)) }
  func encode(_ value: UInt128) throws { slot.set(try value.jsonValue(at: codingPath)) }
}

private struct UnkeyedSlots: UnkeyedEncodingContainer {
  let slot: EncodingSlot
  let codingPath: [any CodingKey]

  var count: Int { slot.count }

  func encodeNil() { slot.append(EncodingSlot(.null)) }

  func encode<T: Encodable>(_ value: T) throws {
    slot.append(EncodingSlot(try jsonValue(of: value, at: nextPath) ?? [:]))
  }

  func encode(_ value: Int128) throws {
    slot.append(EncodingSlot(try value.jsonValue(at: nextPath)))
  }

  func encode(_ value: UInt128) throws {
    slot.append(EncodingSlot(try value.jsonValue(at: nextPath)))
  }

  func nestedContainer<Key: CodingKey>(
    keyedBy type: Key.Type
  ) -> KeyedEncodingContainer<Key> {
    nextEncoder().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    nextEncoder().unkeyedContainer()
  }

  func superEncoder() -> any Encoder { nextEncoder() }

  private var nextPath: [any CodingKey] { codingPath + [JSONKey(intValue: count)] }

  private func nextEncoder() -> SlotEncoder {
    let encoder = SlotEncoder(slot: EncodingSlot(), codingPath: nextPath)
    slot.append(encoder.slot)
    return encoder
  }
}

private struct KeyedSlots<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let slot: EncodingSlot
  let codingPath: [any CodingKey]

  func encodeNil(forKey key: Key) { slot.append(key.stringValue, EncodingSlot(.null)) }

  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    let value = try jsonValue(of: value, at: codingPath + [key]) ?? [:]
    slot.append(key.stringValue, EncodingSlot(value))
  }

  func encode(_ value: Int128, forKey key: Key) throws {
    slot.append(key.stringValue, EncodingSlot(try value.jsonValue(at: codingPath + [key])))
  }

  func encode(_ value: UInt128, forKey key: Key) throws {
    slot.append(key.stringValue, EncodingSlot(try value.jsonValue(at: codingPath + [key])))
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    encoder(for: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    encoder(for: key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { encoder(for: JSONKey.parent) }

  func superEncoder(forKey key: Key) -> any Encoder { encoder(for: key) }

  private func encoder(for key: some CodingKey) -> SlotEncoder {
    let encoder = SlotEncoder(slot: EncodingSlot(), codingPath: codingPath + [key])
    slot.append(key.stringValue, encoder.slot)
    return encoder
  }
}
