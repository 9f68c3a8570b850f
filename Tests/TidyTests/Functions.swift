/// Functions longer than the limit, in whatever language the file is written.
func longFunctions(_ file: SourceFile) -> [String] {
  let functions =
    switch file.kind {
    case .swift: swiftFunctions(file.code)
    case .python: pythonFunctions(file.lines)
    default: shellFunctions(file.lines)
    }
  return functions.filter { $0.length > functionLimit }
    .map { "\($0.line): \($0.name) has \($0.length) lines" }
}

/// Where a function begins and how many lines it takes, its signature included.
struct FunctionExtent: Equatable {
  let name: String
  let line: Int
  let length: Int
}

/// Functions, initialisers, subscripts and computed properties of blanked Swift.
func swiftFunctions(_ code: String) -> [FunctionExtent] {
  let form =
    #/
    (?:^|[^.\w])
    (?: (?<keyword> func|init|deinit|subscript)\b [?!]? \s* (?<name> [^\s(<]*)
      | (?<variable> var) \s+ (?<variableName> \w+) \s* : [^={}\n]+ (?=\{) )
    /#
  return code.matches(of: form).compactMap { match in
    let keyword = match.output.keyword ?? match.output.variable ?? ""
    let name = match.output.name ?? match.output.variableName ?? ""
    guard let end = endOfBody(code, from: match.range.upperBound) else { return nil }
    let line = code[..<keyword.startIndex].count { $0 == "\n" } + 1
    let length = code[keyword.startIndex..<end].count { $0 == "\n" } + 1
    let known = keyword == "func" || keyword == "var"
    return FunctionExtent(name: String(known ? name : keyword), line: line, length: length)
  }
}

/// The end of the body that begins after a signature; nil where there is none (a requirement).
private func endOfBody(_ code: String, from start: String.Index) -> String.Index? {
  var depth = 0
  var place = start
  while place < code.endIndex {
    let character = code[place]
    if "([{".contains(character) {
      if character == "{" && depth == 0 { return matchingBrace(code, from: place) }
      depth += 1
    } else if ")]}".contains(character) {
      depth -= 1
      if depth < 0 { return nil }
    } else if character == "\n" && depth == 0 && !signatureGoesOn(code[place...]) {
      return nil
    }
    place = code.index(after: place)
  }
  return nil
}

private func signatureGoesOn(_ rest: Substring) -> Bool {
  let next = rest.drop { $0.isWhitespace }
  return ["->", "where ", "throws", "async", "{", "("].contains { next.hasPrefix($0) }
}

private func matchingBrace(_ code: String, from start: String.Index) -> String.Index? {
  var depth = 0
  for place in code.indices[start...] {
    if code[place] == "{" { depth += 1 }
    if code[place] == "}" { depth -= 1 }
    if depth == 0 { return place }
  }
  return nil
}

/// Functions of Python: from `def` to the last line that is indented more.
func pythonFunctions(_ lines: [Substring]) -> [FunctionExtent] {
  lines.indices.compactMap { start in
    guard let match = lines[start].firstMatch(of: /^(\s*)(?:async\s+)?def\s+(\w+)/) else {
      return nil
    }
    let indentation = match.1.count
    var last = start
    for index in lines.indices[(start + 1)...] {
      let text = lines[index].drop { $0 == " " }
      if text.isEmpty { continue }
      let depth = lines[index].count - text.count
      if depth < indentation || (depth == indentation && !text.hasPrefix(")")) { break }
      last = index
    }
    return FunctionExtent(name: String(match.2), line: start + 1, length: last - start + 1)
  }
}

/// Functions of the shell, as we write them: from `name() {` to the next `}` at the margin.
func shellFunctions(_ lines: [Substring]) -> [FunctionExtent] {
  lines.indices.compactMap { start in
    guard let match = lines[start].firstMatch(of: /^(\w+)\(\)\s*\{\s*$/),
      let end = lines[start...].firstIndex(of: "}")
    else { return nil }
    return FunctionExtent(name: String(match.1), line: start + 1, length: end - start + 1)
  }
}
