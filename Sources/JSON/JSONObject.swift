/// The members of a JSON object, in the order in which they were written.
///
/// Equality ignores the order, as JSON does; printing keeps it. Names are unique: a later value for
/// the same name replaces the earlier one (the parser refuses such texts before they get here).
/// Look-up costs a scan up to 16 members and a hash beyond.
package struct JSONObject: Sendable {
  /// The members in order.
  package private(set) var members: [(name: String, value: JSONValue)]

  /// Places by name, kept only when a scan would be slower than a hash.
  private var places: [String: Int]

  private static let scanLimit = 16

  package init() {
    members = []
    places = [:]
  }

  /// The given members; the last wins where a name comes twice.
  package init(_ members: some Sequence<(String, JSONValue)>) {
    self.init()
    for (name, value) in members { self[name] = value }
  }

  package var count: Int { members.count }
  package var isEmpty: Bool { members.isEmpty }

  private func place(of name: String) -> Int? {
    members.count > Self.scanLimit ? places[name] : members.firstIndex { $0.name == name }
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
      places[name] = members.count - 1
    }
  }

  private mutating func remove(at place: Int) {
    members.remove(at: place)
    reindex()
  }

  private mutating func reindex() {
    places.removeAll()
    guard members.count > Self.scanLimit else { return }
    for (place, member) in members.enumerated() { places[member.name] = place }
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
