import Testing

/// A small file, the rule to try on it, and the problems that rule must find there.
struct Sample: Sendable, CustomTestStringConvertible {
  let rule: String
  let path: String
  let text: String
  let expected: [String]

  init(_ rule: String, _ path: String, _ text: String, _ expected: [String] = []) {
    self.rule = rule
    self.path = path
    self.text = text
    self.expected = expected
  }

  var testDescription: String { "\(rule), \(path) of \(text.count) characters" }
}

private let floor = "imports stay on their floor"
private let unsafety = "unsafe code stands in named files"
private let world = "nothing below the executable touches the outside world"
private let order = "no dictionary or set is iterated into output"
private let documented = "package and public declarations are documented"
private let screen = "functions fit a screen"
private let small = "files stay small"
private let page = "lines fit the page"
private let ends = "lines end where their text ends"
private let later = "nothing is left for later"
private let machine = "no paths of somebody's machine"

private let importSamples = [
  Sample(floor, "Sources/JSON/A.swift", "import CJansson\n"),
  Sample(
    floor, "Sources/JSON/A.swift", "\nimport Tensors\n",
    [
      "2: JSON (floor 1) may not import Tensors"
    ]),
  Sample(
    floor, "Sources/Library/A.swift", "package import Transport\n",
    [
      "1: Library (floor 4) may not import Transport"
    ]),
  Sample(
    floor, "Sources/Messages/A.swift", "@preconcurrency internal import struct Tensors.M\n",
    [
      "1: Messages (floor 2) may not import Tensors"
    ]),
  Sample(
    floor, "Sources/Texts/A.swift", "import Foundation\n",
    [
      "1: Texts (floor 3) may not import Foundation"
    ]),
  Sample(floor, "Sources/Texts/A.swift", "// import Foundation\nlet a = \"import Server\"\n"),
  Sample(
    floor, "Sources/Unplanned/A.swift", "", ["1: Unplanned has no row in the table of floors"]),
]

private let unsafeSamples = [
  Sample(unsafety, "Sources/Tensors/BLAS.swift", "let a = unsafe f()\n"),
  Sample(unsafety, "Sources/Tensors/Matrix.swift", "let a = unsafe f()\n", ["1: unsafe"]),
  Sample(unsafety, "Sources/Library/A.swift", "let p: UnsafePointer<Int>\n", ["1: UnsafePointer"]),
  Sample(unsafety, "Sources/Library/A.swift", "a.withUnsafeBytes { }\n", ["1: withUnsafeBytes"]),
  Sample(
    unsafety, "Sources/Server/A.swift", "class A: @unchecked Sendable {}\n", ["1: @unchecked"]),
  Sample(unsafety, "Sources/Server/A.swift", "let a = \"unsafe\" // unsafe\n"),
]

private let wordSamples = [
  Sample(world, "Sources/Server/A.swift", "let a = getenv(\"A\")\n", ["1: getenv"]),
  Sample(world, "Sources/Texts/A.swift", "print(1)\n", ["1: print"]),
  Sample(world, "Sources/Experts/A.swift", "let a = Int.random(in: 0..<3)\n", ["1: random"]),
  Sample(world, "Sources/Experts/A.swift", "let fingerprint = 1 // print\n"),
  Sample(world, "Sources/Experts/A.swift", "func print(_ clock: ContinuousClock) { a.print(1) }\n"),
  Sample(world, "Sources/Experts/A.swift", "let a = ContinuousClock.now\n", ["1: ContinuousClock"]),
  Sample(world, "Sources/probexd/A.swift", "print(1)\n"),
  Sample(
    order, "Sources/Server/A.swift", "var a: [String: Int]\nfor (k, v) in a { }\n",
    [
      "2: for … in a"
    ]),
  Sample(
    order, "Sources/Server/A.swift", "var a = Set<Int>()\nlet b = a.map { $0 }\n", ["2: a.map"]),
  Sample(
    order, "Sources/Server/A.swift", "let a: [String: Int]\nfor k in a.keys { }\n",
    [
      "2: for … in a"
    ]),
  Sample(order, "Sources/Server/A.swift", "let a: [String: Int]\nfor k in a.keys.sorted() { }\n"),
  Sample(
    order, "Sources/Server/A.swift",
    "let a: Set<Int>\nfor k in a { n += k }  // any order: a sum of integers\n"),
  Sample(order, "Sources/Server/A.swift", "let a: [Int]\nfor b in a { }\n"),
  Sample(
    order, "Sources/Server/A.swift", "func f(a: Set<Int>) {\n  for b in a { }\n}\n",
    ["2: for … in a"]),
  Sample(
    order, "Sources/Server/A.swift",
    "func f(a: Set<Int>) {\n  g()\n}\nfunc h(a: [Int]) {\n  for b in a { }\n}\n"),
  Sample(
    order, "Sources/Server/A.swift",
    "struct S {\n  func f() {\n    let a = Set(b)\n    a.map { $0 }\n  }\n"
      + "  var c: Int { a.map { 1 } }\n}\n",
    ["4: a.map"]),
  Sample(later, "Sources/Server/A.swift", "// TO" + "DO: more\n", ["1: TO" + "DO"]),
  Sample(later, "Clients/shell/a", "#!/bin/sh\n# FIX" + "ME\n", ["2: FIX" + "ME"]),
  Sample(later, "Clients/python/a.py", "a = 1  # done\n"),
  Sample(machine, "Protocol/a.json", "{\"path\": \"/ho" + "me/a/b\"}\n", ["1: /ho" + "me/"]),
  Sample(machine, "README.md", "see /Us" + "ers/a\n", ["1: /Us" + "ers/"]),
  Sample(machine, "README.md", "see /ho" + "me/me/models\n"),
  Sample(machine, "README.md", "see `~/.cache` and /usr/bin\n"),
]

private let documentationSamples = [
  Sample(documented, "Sources/Server/A.swift", "package func f() {}\n", ["1: f"]),
  Sample(documented, "Sources/Server/A.swift", "/// Why.\npackage func f() {}\n"),
  Sample(documented, "Sources/Server/A.swift", "// No.\npublic struct S {}\n", ["2: S"]),
  Sample(
    documented, "Sources/Server/A.swift",
    "package init(\n  a: Int, b: Int = 1\n) {\n  self.a = a\n  self.b = b\n}\n"),
  Sample(documented, "Sources/Server/A.swift", "package init(a: Int) { self.a = a }\n"),
  Sample(
    documented, "Sources/Server/A.swift", "package init(a: Int) { self.a = f(a) }\n", ["1: init"]),
  Sample(documented, "Sources/Server/A.swift", "/// Both.\npackage let a = 1\npackage let b = 1\n"),
  Sample(documented, "Sources/Server/A.swift", "package init(integerLiteral value: Int) {}\n"),
  Sample(documented, "Sources/Server/A.swift", "/// Yes.\n@inlinable\npublic func f() {}\n"),
  Sample(documented, "Sources/Server/A.swift", "  package private(set) var a = 1\n", ["1: a"]),
  Sample(documented, "Sources/Server/A.swift", "  package init?(a: Int) { f() }\n", ["1: init"]),
  Sample(documented, "Sources/Server/A.swift", "  package init(from decoder: any Decoder) {}\n"),
  Sample(documented, "Sources/Server/A.swift", "  package static func == (a: A, b: A) -> Bool\n"),
  Sample(documented, "Sources/Server/A.swift", "package import JSON\nlet a = \"package let b\"\n"),
  Sample(documented, "Sources/Server/A.swift", "package extension A {\n}\nfunc g() {}\n"),
]

private let filler = String(repeating: "    work()\n", count: 69)

private let sizeSamples = [
  Sample(screen, "Sources/Server/A.swift", "func f() {\n\(filler)}\n", ["1: f has 71 lines"]),
  Sample(screen, "Sources/Server/A.swift", "func f() {\n\(filler.dropFirst(11))}\n"),
  Sample(
    screen, "Sources/Server/A.swift",
    "{\n  init?(\n    a: Int = 1\n  )\n    throws {\n\(filler)}}\n",
    [
      "2: init has 74 lines"
    ]),
  Sample(
    screen, "Sources/Server/A.swift", "var a: [Int: Int] {\n\(filler)}\n", ["1: a has 71 lines"]),
  Sample(screen, "Sources/Server/A.swift", "protocol P {\n  func f()\n}\nstruct S {\n\(filler)}\n"),
  Sample(
    screen, "Sources/Server/A.swift", "func f() { let a = \"}\" // }\n\(filler)}\n",
    [
      "1: f has 71 lines"
    ]),
  Sample(screen, "Sources/Server/A.swift", "let a = S.init(b)\nlet c = {\n\(filler)}\n"),
  Sample(
    screen, "Clients/python/a.py", "def f(\n    a,\n):\n\(filler)\n\nb = 1\n", ["1: f has 72 lines"]
  ),
  Sample(screen, "Clients/python/a.py", "def f():\n    pass\n\n\nclass A:\n\(filler)\n"),
  Sample(screen, "Clients/shell/a.sh", "f() {\n\(filler)}\n", ["1: f has 71 lines"]),
  Sample(small, "Sources/Server/A.swift", String(repeating: "a\n", count: 450)),
  Sample(small, "Sources/Server/A.swift", String(repeating: "a\n", count: 451), ["451: 451 lines"]),
  Sample(page, "Clients/python/a.py", String(repeating: "a", count: 100) + "\n"),
  Sample(
    page, "Clients/python/a.py", "\n" + String(repeating: "é", count: 101), ["2: 101 characters"]),
  Sample(ends, "Sources/Server/A.swift", "a \nb\n", ["1: white space at the end"]),
  Sample(ends, "Sources/Server/A.swift", "a", ["1: the file does not end with one newline"]),
  Sample(ends, "README.md", "a\n\n", ["3: the file does not end with one newline"]),
]

private let samples =
  importSamples + unsafeSamples + wordSamples + documentationSamples + sizeSamples
  + [
    Sample(
      "tests use what targets offer", "Tests/A/A.swift", "@test" + "able import JSON\n",
      ["1: @test" + "able"])
  ]

@Suite("Tidy: every rule fails on a bad sample and passes a good one")
struct RuleTests {
  @Test("sample", arguments: samples)
  func sample(sample: Sample) throws {
    let rule = try #require(rules.first { $0.name == sample.rule })
    let file = SourceFile(path: sample.path, text: sample.text)
    #expect(rule.applies(file))
    #expect(rule.problems(file) == sample.expected)
  }

  @Test("every rule has a sample that it finds wrong, and one that it leaves alone")
  func everyRuleIsTried() {
    for rule in rules {
      #expect(samples.contains { $0.rule == rule.name && !$0.expected.isEmpty }, "\(rule.name)")
    }
  }

  @Test("the top level")
  func topLevel() {
    let names = ["README.md", ".ci", "Sources", "Tests", "Protocol", "Clients", "Package.swift"]
    #expect(strangers(atTopLevel: names).isEmpty)
    #expect(strangers(atTopLevel: names + ["scripts", "LICENSE"]) == ["scripts", "LICENSE"])
  }

  @Test(
    "first files",
    arguments: [
      ("Sources/A/A.swift", "// A: a thing.\n//\n// Start reading at `B`.\n", 0),
      ("Sources/A/A.swift", "import JSON\n// A. Start reading here.\n", 1),
      ("Sources/A/A.swift", "// A: a thing, and no more.\n", 1),
      ("Sources/A/B.swift", "// A: a thing. Start reading here.\n", 1),
    ])
  func firstFiles(path: String, text: String, problems: Int) {
    let file = SourceFile(path: path, text: text)
    #expect(targetsWithoutFirstFile([file]).count == problems)
  }

  @Test(
    "links",
    arguments: [
      ("see [a](../a.md#part) and [b](https://b.example/c)\n", []),
      ("see [a](missing.md)\n", ["1: missing.md does not exist"]),
      ("\nsee [a](../../b.md)\n", ["2: ../../b.md does not exist"]),
      ("see [a](/a.md), `Sources/here` and `swift build`\n", []),
      ("see `Sources/gone.swift`\n", ["1: Sources/gone.swift does not exist"]),
    ])
  func links(text: String, expected: [String]) {
    let file = SourceFile(path: "Protocol/README.md", text: text)
    #expect(brokenLinks(in: file) { ["a.md", "Sources/here"].contains($0) } == expected)
  }

  @Test(
    "strings and comments are told from code",
    arguments: [
      ("a // b\nc", "a     \nc"),
      ("a /* b /* c */ d */ e", "a                   e"),
      ("f(\"a\\\"b\") + c", "f(      ) + c"),
      ("\"\\(g(\"x\", y))\" + z", "               + z"),
      ("#\"a\" b\"# c", "         c"),
      ("\"\"\"\n  a \" b\n  \"\"\" + d", "   \n       \n      + d"),
    ])
  func blanking(text: String, expected: String) {
    #expect(SwiftText.blanked(text) == expected)
  }
}
