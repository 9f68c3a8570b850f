import Library
import TestSupport
import Testing
import probexd

/// What people and scripts see of answers.
@Suite struct OutputTests {
  static let options = LibraryOptions(
    directory: Repository.example("checkpoints"),
    hubCache: Repository.example("checkpoints/hub"))
  static let library = LibraryLoader.load(Repository.example("library"), options: options)

  private static let adapter = "lora-seen/model_idx_0002"
  private static let vision = "hub/models--zoo--vit-sup-a-0141"

  private static func ask(_ names: [String]) throws -> [Result<Classification, LibraryError>] {
    try library.classify(names, ClassifyOptions())
  }

  @Test(
    "what could steer a terminal is written out",
    arguments: [
      ("plain", "plain"), ("a\tb\nc", "a\\u{9}b\\u{a}c"), ("\u{1B}[31mred", "\\u{1b}[31mred"),
      ("a\u{202E}b", "a\\u{202e}b"), ("a\u{2028}b", "a\\u{2028}b"), ("\u{85}", "\\u{85}"),
      ("犬 café", "犬 café"),
    ])
  func sanitized(_ row: (text: String, shown: String)) {
    #expect(Sanitizer.oneLine(row.text) == row.shown)
  }

  @Test(
    "numbers have two decimals",
    arguments: [
      (0, "0.00"), (0.5, "0.50"), (0.996, "1.00"), (-0.004, "0.00"), (-0.25, "-0.25"),
      (12.345, "12.35"), (.infinity, "inf"), (.nan, "nan"),
    ] as [(Float, String)])
  func decimals(_ row: (number: Float, shown: String)) {
    #expect(ClassificationTable.decimal(row.number) == row.shown)
  }

  @Test(
    "numbers with a meaning of their own have four digits that count",
    arguments: [
      (0, "0"), (0.1, "0.1"), (1, "1"), (115.4499, "115.4"), (95.55, "95.55"), (12_345, "12350"),
      (-0.0003079, "-0.0003079"), (0.000_123_456, "0.0001235"), (9999.6, "10000"),
      (1.27e-11, "1.27e-11"), (4.2e12, "4200000000000"), (4.2e17, "4.2e+17"), (.infinity, "inf"),
    ] as [(Double, String)])
  func digits(_ row: (number: Double, shown: String)) {
    #expect(ClassificationTable.significant(row.number) == row.shown)
  }

  @Test(
    "bars have twenty cells",
    arguments: [
      (0, ""), (-1, ""), (.nan, ""), (1, String(repeating: "█", count: 20)),
      (2, String(repeating: "█", count: 20)), (0.5, String(repeating: "█", count: 10)),
      (0.1, "██"), (0.03, "▋"),
    ] as [(Float, String)])
  func bars(_ row: (number: Float, filled: String)) {
    let bar = ClassificationTable.bar(row.number)
    #expect(bar.count == 20)
    #expect(bar == row.filled + String(repeating: " ", count: 20 - row.filled.count))
  }

  @Test(
    "of a long path the end is shown",
    arguments: [
      ("a/b", "a/b"), ("aaaa/bbbb/cccc", "…/bbbb/cccc"), ("aaaaaaaaaaaaaaaa", "…aaaaaaaaaaa"),
      ("aaaaaaaaaaaaaaa/", "…aaaaaaaaaa/"),
    ])
  func paths(_ row: (path: String, shown: String)) {
    #expect(ClassificationTable.shortened(row.path, to: 12) == row.shown)
  }

  @Test("several answers are a table: one line each, what is wrong with one below")
  func table() throws {
    let names = [Self.adapter, "missing\u{1B}[2J", Self.vision]
    let lines = ClassificationTable(colors: false).lines(names, try Self.ask(names))
    #expect(lines.count == 6)
    #expect(lines[0].contains("checkpoint") && lines[0].contains("answer"))
    #expect(lines[1].contains(Self.adapter) && lines[1].contains("gathering"))
    #expect(lines[2].hasPrefix("✗ missing\\u{1b}[2J") && lines[2].contains("checkpointNotFound"))
    #expect(lines[4].isEmpty && lines[5].hasPrefix("! missing"))
    #expect(!lines.joined().unicodeScalars.contains("\u{1B}"))
  }

  @Test("one answer is shown in full: its first ten labels with bars", arguments: [true, false])
  func card(colors: Bool) throws {
    let table = ClassificationTable(colors: colors)
    let lines = table.lines([Self.adapter], try Self.ask([Self.adapter]))
    #expect(lines[0].contains(Self.adapter))
    #expect(
      lines[1] == "tree \(try tree()) · expert lora-topics · layer "
        + "encoder.layer.5.output.dense · texts topics")
    #expect(lines[4].contains("gathering") && lines[4].contains("█"))
    #expect(lines.count == 15 && lines[14].contains("236 more"))
    #expect(lines.joined().contains("\u{1B}[") == colors)
  }

  private func tree() throws -> String {
    try #require(Self.library.describeExperts().first { $0.name == "lora-topics" }).tree
  }

  @Test("rows for scripts have the same fields whatever the names hold")
  func rows() throws {
    let names = [Self.vision, "a\tb", Self.adapter]
    let answers = zip(names, try Self.ask(names)).map { ClassificationRows.lines($0, $1) }
    #expect(answers.map(\.count) == [10, 1, 246])
    let fields = answers.map { $0[0].split(separator: "\t", omittingEmptySubsequences: false) }
    #expect(fields.map(\.count) == [6, 4, 6])
    #expect(fields[0][..<2] == [Self.vision[...], "vit-sup-a"])
    #expect(["yes", "no"].contains(fields[0][5]) && fields[2][5].isEmpty)
    #expect(fields[1][..<3] == ["a\\u{9}b", "error", "checkpointNotFound"])
  }

  @Test("every error ends a command with a code that says whose fault it is")
  func exitCodes() {
    for kind in LibraryError.Kind.allCases {
      let code = ExitStatus.code(for: LibraryError(kind, "x", problem: "y.", remedy: "z."))
      #expect((64...78).contains(code), "\(kind)")
    }
    let missing = LibraryError(.checkpointNotFound, "x", problem: "y.", remedy: "z.")
    #expect(ExitStatus.code(for: missing) == 66)
  }
}
