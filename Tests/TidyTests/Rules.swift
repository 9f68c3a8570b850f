import Testing

/// One rule: which files it looks at, and the problems it finds in one, each as `LINE: what`.
struct Rule: Sendable, CustomTestStringConvertible {
  let name: String
  let remedy: String
  let applies: @Sendable (SourceFile) -> Bool
  let problems: @Sendable (SourceFile) -> [String]

  var testDescription: String { name }
}

private let code: Set<SourceFile.Kind> = [.swift, .python, .shell, .c]
private let texts = code.union([.markdown])

/// Every rule that looks at one file at a time.
let rules: [Rule] = [
  Rule(
    name: "imports stay on their floor",
    remedy: "move the code to the floor that may, or change the plan in Sources/ARCHITECTURE.md",
    applies: \.isSwiftSource, problems: importsBeyondFloor),
  Rule(
    name: "unsafe code stands in named files",
    remedy: "let the pointer enter by closure there, or name the file in Floors.swift and say why",
    applies: \.isSwiftSource, problems: unsafeCodeElsewhere),
  Rule(
    name: "nothing below the executable touches the outside world",
    remedy: "take it as an argument",
    applies: \.isSwiftSource, problems: outsideWorld),
  Rule(
    name: "no dictionary or set is iterated into output",
    remedy: "sort, or keep an array beside it; where order cannot matter say so: // any order: why",
    applies: \.isSwiftSource, problems: unorderedIterations),
  Rule(
    name: "package and public declarations are documented",
    remedy: "say the shape, the unit, the error and the cost in a /// comment",
    applies: \.isSwiftSource, problems: undocumentedDeclarations),
  Rule(
    name: "tests use what targets offer",
    remedy: "give the declaration package access instead of testing private parts",
    applies: { $0.kind == .swift }, problems: { found("@test" + "able", in: $0.codeLines) }),
  Rule(
    name: "functions fit a screen",
    remedy: "a function of more than \(functionLimit) lines does two things: cut it",
    applies: { code.contains($0.kind) && $0.kind != .c }, problems: longFunctions),
  Rule(
    name: "files stay small",
    remedy: "a file of more than \(fileLimit) lines asks to be cut",
    applies: { code.contains($0.kind) }, problems: longFile),
  Rule(
    name: "lines fit the page",
    remedy: "break the line at \(lineLimit) characters",
    applies: { code.contains($0.kind) }, problems: longLines),
  Rule(
    name: "lines end where their text ends",
    remedy: "remove white space at the end of lines, and end the file with one newline",
    applies: { texts.contains($0.kind) }, problems: looseEnds),
  Rule(
    name: "nothing is left for later",
    remedy: "do it now, or open an issue",
    applies: { code.contains($0.kind) }, problems: leftovers),
  Rule(
    name: "no paths of somebody's machine",
    remedy: "write paths from the top of the repository",
    applies: { texts.contains($0.kind) || $0.name.hasSuffix(".json") }, problems: foreignPaths),
]

let fileLimit = 450
let functionLimit = 70
let lineLimit = 100

func longFile(_ file: SourceFile) -> [String] {
  let count = file.lines.count - (file.lines.last == "" ? 1 : 0)
  return count > fileLimit ? ["\(fileLimit + 1): \(count) lines"] : []
}

func longLines(_ file: SourceFile) -> [String] {
  file.lines.enumerated().compactMap { index, line in
    line.count > lineLimit ? "\(index + 1): \(line.count) characters" : nil
  }
}

func looseEnds(_ file: SourceFile) -> [String] {
  var problems = file.lines.enumerated().compactMap { index, line in
    line.last?.isWhitespace == true ? "\(index + 1): white space at the end" : nil
  }
  if !file.text.hasSuffix("\n") || file.text.hasSuffix("\n\n") {
    problems.append("\(file.lines.count): the file does not end with one newline")
  }
  return problems
}

/// The words are put together here, so that this file does not accuse itself.
private let markers = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "TB" + "D"]

func leftovers(_ file: SourceFile) -> [String] {
  markers.flatMap { found($0, in: file.lines) }
}

private let foreign = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/", "/tmp/w" + "t"]

/// The home of nobody in particular stands in examples.
private let nobody = "/ho" + "me/me/"

func foreignPaths(_ file: SourceFile) -> [String] {
  let lines = file.lines.map { Substring($0.replacing(nobody, with: "")) }
  return foreign.flatMap { found($0, in: lines) }
}

/// The lines that hold a text, as problems.
func found(_ text: String, in lines: [Substring]) -> [String] {
  lines.enumerated().compactMap { index, line in
    line.contains(text) ? "\(index + 1): \(text)" : nil
  }
}

/// What only the executable may do: it hands values down. stdout belongs to the replies. Naming the
/// type of a clock is harmless, making or reading one is not.
private let outside: Set<String> = [
  "ProcessInfo", "getenv", "environ", "clock_gettime", "gettimeofday", "random", "getrandom",
  "SystemRandomNumberGenerator", "ContinuousClock(", "SuspendingClock(", "print(",
]

func outsideWorld(_ file: SourceFile) -> [String] {
  if file.target == "probexd" { return [] }
  let names = outside.map { $0.replacing("(", with: "") }
  return file.codeLines.enumerated().flatMap { index, line in
    // Regular expressions are slow: most lines need none.
    guard names.contains(where: line.contains) else { return [String]() }
    return line.matches(of: /(\.|func\s+)?([A-Za-z_]\w*)(\(|\.now)?/).compactMap { match in
      let name = String(match.2)
      // A method or a function of our own that is called print is not the one of the library.
      if name == "print", match.1 != nil { return nil }
      let used = match.3 == nil ? name : name + "("
      return outside.contains(name) || outside.contains(used) ? "\(index + 1): \(name)" : nil
    }
  }
}
