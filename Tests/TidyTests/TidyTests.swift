// TidyTests: the habits of the house as tests over the text of the repository.
//
// A rule that only a document states is broken within a month; these rules name the file and the
// line, and say what to do. They read text and know no types: where a rule needs a compiler, the
// package settings hold it instead.
//
// Start reading at `rules` in `Rules.swift` (every rule in one list), then `Floors.swift` (who may
// import whom). `RuleTests.swift` shows each rule failing on a bad sample.

import Foundation
import Testing

@Suite("Tidy: the repository keeps its own rules")
struct TidyTests {
  @Test("every file", arguments: rules)
  func everyFile(rule: Rule) throws {
    let repository = try Repository.current()
    var problems: [String] = []
    for file in repository.files where rule.applies(file) {
      problems += rule.problems(file).map { "\(file.path):\($0)" }
    }
    #expect(problems.isEmpty, "\(rule.remedy)\n\(problems.joined(separator: "\n"))")
  }

  @Test("a rule that looks at no file protects nothing", arguments: rules)
  func everyRuleHasFiles(rule: Rule) throws {
    let repository = try Repository.current()
    #expect(repository.files.contains(where: rule.applies), "\(rule.name)")
  }

  @Test("the top level holds the entries of the plan")
  func topLevel() throws {
    let repository = try Repository.current()
    let unknown = strangers(atTopLevel: repository.topLevel)
    #expect(unknown.isEmpty, "move these into Sources, Tests, Protocol or Clients: \(unknown)")
  }

  @Test("every target begins with a file of its name")
  func firstFiles() throws {
    let repository = try Repository.current()
    let problems = targetsWithoutFirstFile(repository.files)
    #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
  }

  @Test("the floors name the targets that exist")
  func floorsAreComplete() throws {
    let repository = try Repository.current()
    let targets = Set(repository.files.filter(\.isSwiftSource).compactMap(\.target))
    #expect(targets == Set(floors.map(\.target)))
  }

  @Test("links and paths in documents lead somewhere")
  func links() throws {
    let repository = try Repository.current()
    let exists = { (path: String) in
      FileManager.default.fileExists(atPath: repository.root + "/" + path)
    }
    let problems = repository.files.filter { $0.kind == .markdown }.flatMap { file in
      brokenLinks(in: file, exists: exists).map { "\(file.path):\($0)" }
    }
    #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
  }

  @Test("swift format has nothing to say")
  func format() throws {
    let repository = try Repository.current()
    let arguments = ["swift", "format", "lint", "--recursive", "--strict", "--parallel"]
    let paths = ["Sources", "Tests", "Package.swift"]
    guard let result = try run(arguments + paths, in: repository.root) else {
      return  // No swift in PATH: the tests were built elsewhere. Tests/run always has one.
    }
    #expect(result.status == 0, "run swift format -i on these files:\n\(result.output)")
  }

  @Test("shell scripts parse, and ShellCheck has nothing to say where it is installed")
  func shell() throws {
    let repository = try Repository.current()
    let scripts = repository.files.filter { $0.kind == .shell }.map(\.path)
    for script in scripts {
      let result = try #require(try run(["sh", "-n", script], in: repository.root))
      #expect(result.status == 0, "\(result.output)")
    }
    if let result = try run(["shellcheck", "--external-sources"] + scripts, in: repository.root) {
      #expect(result.status == 0, "\(result.output)")
    }
  }
}

/// Runs a command of PATH and gives its exit status with all that it printed; nil without it.
func run(_ command: [String], in folder: String) throws -> (status: Int32, output: String)? {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = command
  process.currentDirectoryURL = URL(fileURLWithPath: folder)
  process.standardInput = FileHandle.nullDevice
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  // `env` ends with 127 when there is no such command.
  if process.terminationStatus == 127 { return nil }
  return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}
