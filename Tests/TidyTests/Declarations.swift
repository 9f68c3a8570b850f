/// Requirements of the standard library's protocols: their meaning is documented there.
private let wellKnown: Set<String> = [
  "description", "debugDescription", "hash", "encode", "==", "<", "hashValue", "rawValue",
  "testDescription", "errorDescription", "count", "isEmpty", "makeIterator", "next",
  "json",
]

/// Declarations that other targets see without a documentation comment above them.
func undocumentedDeclarations(_ file: SourceFile) -> [String] {
  file.codeLines.enumerated().compactMap { index, line in
    guard let name = visibleDeclaration(line), !wellKnown.contains(name) else { return nil }
    if isDocumented(index, in: file) { return nil }
    if name == "init", onlyStores(file.codeLines[index...]) { return nil }
    return "\(index + 1): \(name)"
  }
}

/// The name that a line declares for other targets; nil for other lines and for extensions.
private func visibleDeclaration(_ line: Substring) -> String? {
  guard line.contains("package") || line.contains("public") else { return nil }
  let form =
    #/
    ^ \s* (?: @\w+ (?: \([^)]*\) )? \s+ )* (?: \w+ (?: \(set\) )? \s+ )*?
    (?: package|public) \s+ (?: \w+ (?: \(\w+\) )? \s+ )*?
    (func|var|let|init|struct|class|enum|actor|protocol|typealias|subscript|macro) \b [?!]?
    \s* ([\w<=>+*\/!~&|^%\-]+)?
    /#
  guard let match = line.firstMatch(of: form) else { return nil }
  let kind = String(match.1)
  // `init(from:)` is Decodable's; `init(integerLiteral:)` and its kin are the literal protocols'.
  if kind == "init" {
    return line.contains("init(from ") || line.contains("Literal") ? nil : "init"
  }
  return match.2.map { String($0.prefix { $0 != "(" }) } ?? kind
}

/// Whether the lines directly above, attributes left out, end a documentation comment. One comment
/// may serve a block of one-line declarations without empty lines between them.
private func isDocumented(_ index: Int, in file: SourceFile) -> Bool {
  for line in file.lines[..<index].reversed() {
    let text = line.drop { $0 == " " }
    if text.hasPrefix("@") || text.hasPrefix("#if") { continue }
    if visibleDeclaration(line) != nil { continue }
    return text.hasPrefix("///") || text.hasSuffix("*/")
  }
  return false
}

/// Whether an initialiser does no more than store its arguments under their own names: then the
/// comments of the properties say all there is.
private func onlyStores(_ lines: ArraySlice<Substring>) -> Bool {
  var text = ""
  for line in lines {
    text += line + "\n"
    // A default value may be a closure: only behind the parameters does the body begin.
    if text.count(where: { $0 == "(" }) == text.count(where: { $0 == ")" }), line.contains("{") {
      break
    }
  }
  let rest = lines.dropFirst(text.count { $0 == "\n" })
  let oneLine = text.firstMatch(of: /\{([^{}]*)\}\s*$/).map { [$0.1] }
  let statements = oneLine ?? Array(rest.prefix { !$0.contains(/^\s*\}/) })
  return statements.allSatisfy { $0.contains(/^\s*self\.(\w+) = `?\1`?\s*$/) }
}
