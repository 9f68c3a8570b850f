/// The members of a JSON object, in the order in which they were written.
///
/// Equality ignores the order, as JSON does; printing keeps it. Names are unique: a later value for
/// the same name replaces the earlier one (the parser refuses such texts before they get here).
/// Names are the same when their bytes are, as everywhere in JSON; `String` would take `é` and `e`
/// with a combining accent for one name, and a member would be lost. Look-up costs a scan up to 16
/// members and a hash beyond.
package struct JSONObject: Sendable {
  /// The members in order.
  package private(set) var members: [(name: String, value: JSONValue)]

  /// Places by name, kept only when a scan would be slower than a hash.
  private var places: [ByteName: Int]

  private static let scanLimit = 16

  /// An object without members.
  package init() {
    members = []
    places = [:]
  }

  /// The given members; the last wins where a name comes twice.
  package init(_ members: some Sequence<(String, JSONValue)>) {
    self.init()
    for (name, value) in members { self[name] = value }
  }

  /// Members whose names are known to differ, as the parser and types with fixed members know:
  /// nothing is compared.
  package init(unique members: [(name: String, value: JSONValue)]) {
    self.members = members
    places = [:]
    reindex()
  }

  package var count: Int { members.count }
  package var isEmpty: Bool { members.isEmpty }

  private func place(of name: String) -> Int? {
    members.count > Self.scanLimit
      ? places[ByteName(name)] : members.firstIndex { ByteName($0.name) == ByteName(name) }
  }

  /// The value of that name; setting `nil` removes the member.
  package subscript(name: String) -> JSONValue? {
    get { place(of: name).map { members[$0].value } }
    set {
      switch (place(of: name), newValue) {
      case (let place?, let value?): members[place].value = value
      case (nil, let value?): append(name, value)
      case (let place?, nil): remove(at: place)
      case (nil, nil): break
      }
    }
  }

  private mutating func append(_ name: String, _ value: JSONValue) {
    members.append((name, value))
    if members.count == Self.scanLimit + 1 {
      reindex()
    } else if members.count > Self.scanLimit {
      places[ByteName(name)] = members.count - 1
    }
  }

  private mutating func remove(at place: Int) {
    members.remove(at: place)
    reindex()
  }

  private mutating func reindex() {
    places.removeAll()
    guard members.count > Self.scanLimit else { return }
    places.reserveCapacity(members.count)
    for (place, member) in members.enumerated() { places[ByteName(member.name)] = place }
  }
}

/// A name that is equal to another when the bytes are.
private struct ByteName: Hashable {
  let name: String

  init(_ name: String) { self.name = name }

  static func == (left: ByteName, right: ByteName) -> Bool {
    left.name.utf8.elementsEqual(right.name.utf8)
  }

  func hash(into hasher: inout Hasher) {
    // The bytes, not `String`'s own hash: that one is the same for all canonically equivalent
    // texts, and a peer could choose a hundred thousand of them.
    var word: UInt64 = 0
    var filled = 0
    for byte in name.utf8 {
      word = word << 8 | UInt64(byte)
      filled += 1
      if filled & 7 == 0 { hasher.combine(word) }
    }
    hasher.combine(word)
    hasher.combine(filled)
  }
}

extension JSONObject: Hashable {
  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count
      && left.members.allSatisfy { member in right[member.name] == member.value }
  }

  package func hash(into hasher: inout Hasher) {
    // Order must not matter, so the members' hashes are added up.
    var sum = 0
    for member in members {
      var one = Hasher()
      one.combine(member.name)
      one.combine(member.value)
      sum &+= one.finalize()
    }
    hasher.combine(sum)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
