/// A pattern of PEFT's `rank_pattern` and `alpha_pattern`: a module name, the end of one after a
/// dot, or a regular expression for either.
///
/// PEFT hands it to Python's `re`, whose cost can explode; these patterns come from downloaded
/// files, so it is matched here by following the set of reachable positions, which never
/// backtracks. Cost: pattern × name × nesting. Read: literals, `.`, `[…]`, `\d \w \s`, groups, `|`,
/// `* + ? {m,n}` (also lazy), `^`, `$`. Not read: look-around, back references, other escapes.
package struct ModulePattern {
  private let root: Node

  private indirect enum Node {
    case one(Characters)
    case sequence([Node])
    case choice([Node])
    case repetition(Node, least: Int, most: Int?)
    case start
    case end
  }

  /// A set of characters.
  private struct Characters {
    var ranges: [ClosedRange<Unicode.Scalar>]
    var negated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
      ranges.contains { $0.contains(scalar) } != negated
    }
  }

  /// Nil for what is not read.
  package init?(_ pattern: String) {
    guard pattern.utf8.count <= 512 else { return nil }
    var parser = Parser(rest: Array(pattern.unicodeScalars)[...])
    guard let root = parser.choice(depth: 0), parser.rest.isEmpty else { return nil }
    self.root = root
  }

  /// Whether the pattern describes the whole name, or its end after a dot.
  package func matches(_ name: String) -> Bool {
    let text = Array(name.unicodeScalars)
    guard text.count <= 1024 else { return false }
    var starts = [Bool](repeating: false, count: text.count + 1)
    starts[0] = true
    for place in text.indices where text[place] == "." { starts[place + 1] = true }
    return Self.ends(of: root, in: text, from: starts)[text.count]
  }

  /// The positions at which `node` can end when it starts at any of `starts`.
  private static func ends(
    of node: Node, in text: [Unicode.Scalar], from starts: [Bool]
  ) -> [Bool] {
    var result = [Bool](repeating: false, count: starts.count)
    switch node {
    case .one(let characters):
      for place in text.indices where starts[place] && characters.contains(text[place]) {
        result[place + 1] = true
      }
    case .sequence(let nodes):
      return nodes.reduce(starts) { ends(of: $1, in: text, from: $0) }
    case .choice(let nodes):
      for node in nodes { merge(ends(of: node, in: text, from: starts), into: &result) }
    case .repetition(let node, let least, let most):
      return repeated(node, least: least, most: most, in: text, from: starts)
    case .start:
      result[0] = starts[0]
    case .end:
      result[text.count] = starts[text.count]
    }
    return result
  }

  private static func repeated(
    _ node: Node, least: Int, most: Int?, in text: [Unicode.Scalar], from starts: [Bool]
  ) -> [Bool] {
    var front = starts
    for _ in 0..<least {
      let next = ends(of: node, in: text, from: front)
      // Nothing left or nothing new: no further round would change that.
      if next == front { break }
      front = next
    }
    var reached = front
    var round = least
    // Only positions not reached before go on, so this ends after at most one round a position.
    while round < most ?? .max, front.contains(true) {
      front = ends(of: node, in: text, from: front)
      for place in front.indices where reached[place] { front[place] = false }
      merge(front, into: &reached)
      round += 1
    }
    return reached
  }

  private static func merge(_ source: [Bool], into target: inout [Bool]) {
    for place in source.indices where source[place] { target[place] = true }
  }

  /// A recursive descent over the pattern; nil anywhere means: not read.
  private struct Parser {
    var rest: ArraySlice<Unicode.Scalar>

    mutating func choice(depth: Int) -> Node? {
      guard depth < 8 else { return nil }
      var branches: [Node] = []
      repeat {
        guard let branch = sequence(depth: depth) else { return nil }
        branches.append(branch)
      } while take("|")
      return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence(depth: Int) -> Node? {
      var nodes: [Node] = []
      while let next = rest.first, next != "|", next != ")" {
        guard let atom = atom(depth: depth), let node = quantified(atom) else { return nil }
        nodes.append(node)
      }
      return .sequence(nodes)
    }

    private mutating func atom(depth: Int) -> Node? {
      switch rest.removeFirst() {
      case "(":
        if take("?"), !take(":") { return nil }
        guard let node = choice(depth: depth + 1), take(")") else { return nil }
        return node
      case "[": return bracket().map { .one($0) }
      case ".": return .one(Characters(ranges: ["\n"..."\n"], negated: true))
      case "^": return .start
      case "$": return .end
      case "\\": return escape().map { .one($0) }
      case "*", "+", "?", "{": return nil
      case let literal: return .one(Characters(ranges: [literal...literal]))
      }
    }

    private mutating func quantified(_ atom: Node) -> Node? {
      let node: Node
      if take("*") {
        node = .repetition(atom, least: 0, most: nil)
      } else if take("+") {
        node = .repetition(atom, least: 1, most: nil)
      } else if take("?") {
        node = .repetition(atom, least: 0, most: 1)
      } else if take("{") {
        guard let least = number() else { return nil }
        var most: Int? = least
        if take(",") { most = rest.first == "}" ? nil : number() ?? -1 }
        guard take("}"), most ?? least >= least else { return nil }
        node = .repetition(atom, least: least, most: most)
      } else {
        return atom
      }
      _ = take("?")
      // A second quantifier is an error to Python, and `+` after one is possessive.
      if let next = rest.first, ["*", "+", "?", "{"].contains(next) { return nil }
      return node
    }

    private mutating func escape() -> Characters? {
      guard let scalar = rest.popFirst() else { return nil }
      switch scalar {
      case "d": return Characters(ranges: ["0"..."9"])
      case "w": return Characters(ranges: ["0"..."9", "a"..."z", "A"..."Z", "_"..."_"])
      case "s": return Characters(ranges: ["\t"..."\r", " "..." "])
      default:
        let isWord = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        return isWord ? nil : Characters(ranges: [scalar...scalar])
      }
    }

    private mutating func bracket() -> Characters? {
      var result = Characters(ranges: [])
      result.negated = take("^")
      while !take("]") || result.ranges.isEmpty {
        guard let first = rest.popFirst(), first != "]", first != "[" else { return nil }
        if first == "\\" {
          guard let escaped = escape() else { return nil }
          result.ranges += escaped.ranges
        } else if rest.first == "-", rest.dropFirst().first != "]" {
          rest.removeFirst()
          guard let last = rest.popFirst(), last != "\\", first <= last else { return nil }
          result.ranges.append(first...last)
        } else {
          result.ranges.append(first...first)
        }
      }
      return result
    }

    private mutating func number() -> Int? {
      var digits = ""
      while let next = rest.first, ("0"..."9").contains(next), digits.count < 3 {
        digits.unicodeScalars.append(next)
        rest.removeFirst()
      }
      return Int(digits)
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
      guard rest.first == scalar else { return false }
      rest.removeFirst()
      return true
    }
  }
}
