/// The entries of the plan; names that begin with a dot are free. git leaves out Package.resolved.
private let entries: Set<String> = [
  "Package.swift", "README.md", "Sources", "Tests", "Protocol", "Clients",
]

func strangers(atTopLevel names: [String]) -> [String] {
  names.filter { !$0.hasPrefix(".") && !entries.contains($0) }
}

/// Targets whose first file is missing or does not begin by saying what the target is.
func targetsWithoutFirstFile(_ files: [SourceFile]) -> [String] {
  let sources = files.filter(\.isSwiftSource)
  return Set(sources.compactMap(\.target)).sorted().compactMap { target in
    let path = "Sources/\(target)/\(target).swift"
    guard let first = sources.first(where: { $0.path == path }) else {
      return "\(path) is missing: it says what the target is, is not, and where to start reading"
    }
    let comment = first.lines.prefix { $0.hasPrefix("//") }.joined(separator: " ")
    if !comment.contains(target) || !comment.lowercased().contains("start") {
      return "\(path):1: begin with a comment: what \(target) is, is not, where to start reading"
    }
    return nil
  }
}

/// Relative links of a Markdown file, and paths in back quotes, that lead nowhere.
func brokenLinks(in file: SourceFile, exists: (String) -> Bool) -> [String] {
  let folder = file.path.split(separator: "/").dropLast().map(String.init)
  return file.lines.enumerated().flatMap { index, line in
    let links = line.matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }
      .filter { !$0.contains("://") && !$0.hasPrefix("#") && !$0.hasPrefix("mailto:") }
      .map { ($0, resolved($0, from: folder)) }
    let paths = line.matches(of: /`((?:Sources|Tests|Protocol|Clients)\/[\w.\/-]+)`/)
      .map { (String($0.1), String($0.1)) }
    return (links + paths).filter { !exists($0.1) }.map { "\(index + 1): \($0.0) does not exist" }
  }
}

/// A link's path from the top of the repository, without its anchor.
func resolved(_ link: String, from folder: [String]) -> String {
  let path = link.prefix { $0 != "#" }
  var parts = path.hasPrefix("/") ? [] : folder
  for part in path.split(separator: "/") {
    switch part {
    case ".": continue
    case "..": _ = parts.popLast()
    default: parts.append(String(part))
    }
  }
  return parts.joined(separator: "/")
}
