import JSON
import Testing

@Suite struct DocumentTests {
  /// What of a value can be asked through the accessors that nodes and values have in common.
  struct Facts: Equatable {
    var kind: String
    var string: String?
    var integer: Int64?
    var double: Double?
    var bool: Bool?
    var isNull: Bool
    var count: Int

    init(_ node: JSONNode) {
      kind = node.kind
      (string, integer, double) = (node.string, node.integer, node.double)
      (bool, isNull, count) = (node.bool, node.isNull, node.count)
    }

    init(_ value: JSONValue) {
      kind = value.kind
      (string, integer, double) = (value.string, value.integer, value.double)
      (bool, isNull) = (value.bool, value.isNull)
      count = value.array?.count ?? value.object?.count ?? 0
    }
  }

  /// Walks both trees at once.
  func compare(_ node: JSONNode, _ value: JSONValue) {
    #expect(Facts(node) == Facts(value))
    #expect(node.value() == value)
    var members: [(name: String, value: JSONNode)] = []
    node.forEachMember { members.append(($0, $1)) }
    let expected = value.object?.members ?? []
    #expect(members.map { Array($0.name.utf8) } == expected.map { Array($0.name.utf8) })
    for (member, expected) in zip(members, expected) {
      compare(member.value, expected.value)
      if let found = node[expected.name] {
        compare(found, expected.value)
      } else {
        Issue.record("no member \(expected.name)")
      }
    }
    for (index, element) in (value.array ?? []).enumerated() {
      if let found = node[index] { compare(found, element) } else { Issue.record("no \(index)") }
    }
    #expect(node[node.count] == nil && node[-1] == nil && node[.max] == nil && node[.min] == nil)
    #expect(node["none"] == nil && node["a\0"] == nil)
  }

  @Test func agreesWithValues() throws {
    var random = SplitMix(seed: 5)
    for _ in 0..<500 {
      let value = random.value(depth: 3)
      compare(try JSONDocument.parse(try value.serialized()).root, value)
    }
  }

  @Test func nodesKeepTheirDocument() throws {
    func leaf() throws -> JSONNode? {
      try JSONDocument.parse(#"{"a":[{"b":"c"}]}"#.utf8).root["a"]?[0]
    }
    #expect(try leaf()?["b"]?.string == "c")
  }

  @Test func bodyMayThrow() throws {
    let root = try JSONDocument.parse(#"{"a":1,"b":2,"c":3}"#.utf8).root
    var seen: [String] = []
    #expect(throws: CancellationError.self) {
      try root.forEachMember { name, _ in
        seen.append(name)
        if name == "b" { throw CancellationError() }
      }
    }
    #expect(seen == ["a", "b"])
  }

  /// The members of `JSONObject` against an array, over random edits.
  @Test func objectsBehave() {
    var random = SplitMix(seed: 3)
    let names = (0..<40).map { "n\($0 / 2)" + ($0 % 2 == 0 ? "\u{E9}" : "e\u{301}") }
    for _ in 0..<50 {
      var object = JSONObject()
      var model: [(name: String, value: Int64)] = []
      for step in 0..<Int64(200) {
        let name = random.pick(names)
        let place = model.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
        if random.below(3) == 0 {
          object[name] = nil
          if let place { model.remove(at: place) }
        } else {
          object[name] = .integer(step)
          if let place { model[place].value = step } else { model.append((name, step)) }
        }
        #expect(
          object[name]?.integer == model.last { $0.name.utf8.elementsEqual(name.utf8) }?.value)
      }
      #expect(object.members.map(\.value) == model.map { .integer($0.value) })
      let shuffled = JSONObject(object.members.shuffled(using: &random).map { ($0.name, $0.value) })
      #expect(shuffled == object && shuffled.hashValue == object.hashValue)
      #expect(object.isEmpty || shuffled != JSONObject())
    }
  }
}
