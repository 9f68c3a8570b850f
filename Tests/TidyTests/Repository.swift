import Foundation

/// A text file of the repository, with its path from the top.
struct SourceFile: Sendable {
  /// What a file is written in, as far as the rules care.
  enum Kind { case swift, python, shell, c, markdown, other }

  let path: String
  let kind: Kind
  let text: String
  let lines: [Substring]
  /// In Swift files the text with comments and the contents of strings replaced by spaces, in all
  /// others the text itself. Lines and columns stay where they are.
  let code: String
  let codeLines: [Substring]

  init(path: String, text: String) {
    self.path = path
    self.text = text
    kind = Self.kind(path: path, text: text)
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    code = kind == .swift ? SwiftText.blanked(text) : text
    codeLines = code.split(separator: "\n", omittingEmptySubsequences: false)
  }

  private static func kind(path: String, text: String) -> Kind {
    let name = path.split(separator: "/").last ?? ""
    switch name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last {
    case "swift": return .swift
    case "py": return .python
    case "sh": return .shell
    case "c", "h": return .c
    case "md": return .markdown
    default: break
    }
    let first = text.prefix { $0 != "\n" }
    if first.hasPrefix("#!"), first.contains("python") { return .python }
    if first.hasSuffix("/sh") || first.hasSuffix("shell=sh") { return .shell }
    return .other
  }

  /// The target a file under `Sources` belongs to.
  var target: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }

  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  var isSwiftSource: Bool { kind == .swift && target != nil }
}

/// The files that git knows or would add: what is ignored (builds, environments) is not ours.
struct Repository: Sendable {
  let root: String
  let files: [SourceFile]
  let topLevel: [String]

  private static let loaded = Result { try load() }

  /// The repository that this file belongs to, read once.
  static func current() throws -> Repository { try loaded.get() }

  private static func load() throws -> Repository {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let root = tests.deletingLastPathComponent().deletingLastPathComponent().path
    let paths = try listed(root, others: true)
    let files = paths.compactMap { path in
      FileManager.default.contents(atPath: root + "/" + path)
        .flatMap { String(data: $0, encoding: .utf8) }
        .map { SourceFile(path: path, text: $0) }
    }
    let tracked = try listed(root, others: false)
    let topLevel = Set(tracked.compactMap { $0.split(separator: "/").first.map(String.init) })
    return Repository(root: root, files: files, topLevel: topLevel.sorted())
  }

  private static func listed(_ root: String, others: Bool) throws -> [String] {
    let new = others ? ["--others", "--exclude-standard"] : []
    let command = ["git", "ls-files", "-z", "--cached"] + new
    if let result = try run(command, in: root), result.status == 0 {
      return Set(result.output.split(separator: "\0").map(String.init)).sorted()
    }
    // An unpacked archive has no git: take what lies in the folders of the plan.
    let folders = ["Sources", "Tests", "Protocol", "Clients"]
    let below = folders.flatMap { folder in
      (FileManager.default.subpaths(atPath: root + "/" + folder) ?? []).map { folder + "/" + $0 }
    }
    return (["Package.swift", "README.md"] + below.filter { !$0.contains("__pycache__") }).sorted()
  }
}
