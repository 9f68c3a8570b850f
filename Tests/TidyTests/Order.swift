/// Loops over dictionaries and sets that were declared in the same file: their order is random.
func unorderedIterations(_ file: SourceFile) -> [String] {
  let scopes = unorderedScopes(file.codeLines)
  guard !scopes.isEmpty else { return [] }
  return file.codeLines.enumerated().compactMap { index, line in
    if line.contains("sorted") || file.lines[index].contains("// any order:") { return nil }
    // Regular expressions are slow: most lines need none.
    guard line.contains("for ") || line.contains(".") else { return nil }
    let names = Set(scopes.filter { $0.lines.contains(index) }.map(\.name))
    guard !names.isEmpty else { return nil }
    let loop = line.firstMatch(
      of: /\bfor\b.*\bin\s+(?:self\.)?(\w+)(?:\.keys|\.values)?\s*(?:\{|where)/
        .wordBoundaryKind(.simple))
    if let loop, names.contains(String(loop.1)) { return "\(index + 1): for … in \(loop.1)" }
    let chain = line.firstMatch(
      of: /\b(\w+)(?:\.keys|\.values)?\.(map|flatMap|compactMap|forEach|joined|reduce|first)\b/
        .wordBoundaryKind(.simple))
    if let chain, names.contains(String(chain.1)) {
      return "\(index + 1): \(chain.1).\(chain.2)"
    }
    return nil
  }
}

/// Where a name means a dictionary or a set.
private struct Scope {
  let name: String
  let lines: ClosedRange<Int>
}

/// The names, variables or parameters, that a file declares as dictionaries or sets. Properties and
/// globals hold in the whole file, locals until their block ends, parameters until their body ends.
private func unorderedScopes(_ lines: [Substring]) -> [Scope] {
  var depths = [0]
  for line in lines {
    depths.append(depths[depths.count - 1] + line.count { $0 == "{" } - line.count { $0 == "}" })
  }
  return lines.indices.flatMap { index in
    let line = lines[index]
    guard line.contains("[") || line.contains("Set") || line.contains("Dictionary") else {
      return [Scope]()
    }
    let declared =
      #/
      (let\ |var\ )? (\w+) \s* (?: : \s* (?: inout \s+ )? | = \s* )
      (?: \[ \s* [\w.]+ \s* : \s | Set[<\(] | Dictionary[<\(] )
      /#
    return line.matches(of: declared).map { match in
      let depth = depths[index]
      let isVariable = match.1 != nil
      if isVariable && depth <= 1 { return Scope(name: String(match.2), lines: 0...lines.count) }
      // A local's block is open already, a parameter's body has yet to begin.
      var opened = isVariable
      let end = lines.indices[index...].first { line in
        let next = depths[line + 1]
        defer { opened = opened || next > depth }
        return opened && next < depth + (isVariable ? 0 : 1)
      }
      return Scope(name: String(match.2), lines: index...(end ?? lines.count))
    }
  }
}
