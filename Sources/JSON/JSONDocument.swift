/// A parsed JSON text that stays in libjansson's memory.
///
/// For headers with many thousand members, of which few are wanted: nothing is copied into Swift
/// until it is asked for. Belongs to one task; values that travel are made with `JSONNode.value()`.
package final class JSONDocument {
  private let tree: JanssonTree

  private init(_ tree: JanssonTree) { self.tree = tree }

  /// The document of one complete JSON text. Accepts and refuses what `JSONValue.parse` does.
  package static func parse(
    _ text: some Collection<UInt8>, limits: JSONLimits = JSONLimits()
  ) throws(JSONError) -> JSONDocument {
    JSONDocument(try JanssonTree.parse(text, limits))
  }

  /// The value at the top.
  package var root: JSONNode { JSONNode(document: self, node: tree.root) }
}

/// One value of a `JSONDocument`, which it keeps alive.
///
/// The accessors answer as those of `JSONValue` do: the exact kind or `nil`.
package struct JSONNode {
  private let document: JSONDocument
  private let node: JanssonNode

  fileprivate init(document: JSONDocument, node: JanssonNode) {
    self.document = document
    self.node = node
  }

  /// The name of the kind of value, as error messages say it: `object`, `integer`, …
  package var kind: String {
    switch node.kind {
    case .null: "null"
    case .bool: "boolean"
    case .integer: "integer"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// The text, if this is a string. Each call copies it.
  package var string: String? { node.kind == .string ? node.text : nil }

  /// The value of a number that was written as an integer; `1.0` is none.
  package var integer: Int64? { node.kind == .integer ? node.integer : nil }

  /// The value of any number, rounded to `Double` if it is an integer beyond 2^53.
  package var double: Double? {
    switch node.kind {
    case .integer: Double(node.integer)
    case .number: node.number
    default: nil
    }
  }

  /// The truth value, if this is one.
  package var bool: Bool? { node.kind == .bool ? node.truth : nil }

  /// Whether this is `null`.
  package var isNull: Bool { node.kind == .null }

  /// How many members or elements this has; 0 for all that is neither object nor array.
  package var count: Int { node.count }

  /// The member of that name, if this is an object that has one. Costs one hash.
  package subscript(name: String) -> JSONNode? {
    node.member(named: name).map { JSONNode(document: document, node: $0) }
  }

  /// The element at that index, if this is an array that has one.
  package subscript(index: Int) -> JSONNode? {
    node.element(at: index).map { JSONNode(document: document, node: $0) }
  }

  /// Calls `body` with each member in the order in which they were written; never, unless this is
  /// an object.
  package func forEachMember(_ body: (String, JSONNode) throws -> Void) rethrows {
    try node.forEachMember { name, member in
      try body(name, JSONNode(document: document, node: member))
    }
  }

  /// This value with all that lies in it, copied into Swift.
  package func value() -> JSONValue { node.value() }
}
