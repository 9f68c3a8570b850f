import Foundation
import Library
import TestSupport
import Testing

/// Experts that join a library while it is served.
@Suite struct NewExpertsTests {
  /// A library with experts of these names, all copies of one bundled expert.
  private static func library(_ folder: TemporaryFolder, _ names: [String]) throws -> String {
    let texts = Repository.example("library/texts/topics.safetensors")
    _ = try folder.copy(texts, to: "library/texts/topics.safetensors")
    for name in names { try add(name, folder) }
    return folder.path + "/library"
  }

  private static func add(_ name: String, _ folder: TemporaryFolder) throws {
    let expert = Repository.example("library/experts/lora-topics.safetensors")
    _ = try folder.copy(expert, to: "library/experts/\(name).safetensors")
  }

  @Test(
    "a library with one more is what would be loaded, and the old one stays as it was",
    arguments: [("b", ["a", "c"]), ("a", ["a-b"]), ("a-b", ["a"]), ("z", []), ("a", ["b", "ä"])])
  func adding(_ row: (name: String, others: [String])) throws {
    let folder = try TemporaryFolder()
    let path = try Self.library(folder, row.others)
    let before = LibraryLoader.load(path, options: ExampleLibrary.options)
    let file = try before.file(forExpert: row.name, replacing: false)
    try Self.add(row.name, folder)
    let after = before.adding(try before.expert(in: file))
    let loaded = LibraryLoader.load(path, options: ExampleLibrary.options)
    #expect(after.describeExperts() == loaded.describeExperts())
    #expect(after.problems == loaded.problems && after.expertBytes == loaded.expertBytes)
    #expect(before.expertCount == row.others.count)
    let asked = ClassifyOptions(expert: row.name, top: 3)
    #expect(
      try after.classify(ExampleLibrary.adapter, asked)
        == loaded.classify(ExampleLibrary.adapter, asked))
  }

  @Test("an expert takes the place of the one that had its file, and of its problem")
  func replacing() throws {
    let folder = try TemporaryFolder()
    let path = try Self.library(folder, ["good"])
    _ = try folder.write([1, 2, 3], to: "library/experts/bad.safetensors")
    let before = LibraryLoader.load(path, options: ExampleLibrary.options)
    #expect(before.problems.count == 1)
    for name in ["good", "bad"] {
      let taken = #expect(throws: LibraryError.self) {
        try before.file(forExpert: name, replacing: false)
      }
      #expect(taken?.kind == .nameTaken)
    }
    let file = try before.file(forExpert: "bad", replacing: true)
    try FileManager.default.removeItem(atPath: file)
    try Self.add("bad", folder)
    let after = before.adding(try before.expert(in: file))
    #expect(after.problems.isEmpty && after.expertCount == 2)
    #expect(after.adding(try after.expert(in: file)).expertCount == 2)
  }

  @Test("the first expert of a library makes its folder; a folder in the way is said")
  func first() throws {
    let folder = try TemporaryFolder()
    let empty = LibraryLoader.load(folder.path, options: ExampleLibrary.options)
    #expect(empty.problems.count == 1)
    let file = try empty.file(forExpert: "first", replacing: false)
    #expect(file == folder.path + "/experts/first.safetensors")
    #expect(FileManager.default.fileExists(atPath: folder.path + "/experts"))
    _ = try folder.copy(
      Repository.example("library/experts/vit-sup-a.safetensors"),
      to: "experts/first.safetensors")
    #expect(empty.adding(try empty.expert(in: file)).problems.isEmpty)
    let nowhere = LibraryLoader.load(folder.path + "/no", options: ExampleLibrary.options)
    let error = #expect(throws: LibraryError.self) {
      try nowhere.file(forExpert: "first", replacing: false)
    }
    #expect(error?.kind == .writeFailed)
  }

  @Test(
    "what can be no file's name is refused",
    arguments: [
      ("", "empty"), ("a/b", "slash"), ("../a", "slash"), (".a", "dot"), ("..", "dot"),
      ("a\u{0}b", "control"), ("a\nb", "control"), ("a.safetensors", "ends in"),
      (String(repeating: "ä", count: 122), "too long"),
    ])
  func names(_ row: (name: String, says: String)) throws {
    let folder = try TemporaryFolder()
    let library = LibraryLoader.load(folder.path, options: ExampleLibrary.options)
    let error = #expect(throws: LibraryError.self) {
      try library.file(forExpert: row.name, replacing: true)
    }
    #expect(error?.kind == .invalidArgument && error?.problem.contains(row.says) == true)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/experts"))
  }

  @Test("a text table is named, not guessed")
  func table() throws {
    #expect(try ExampleLibrary.snapshot.file(ofTable: "topics").hasSuffix("topics.safetensors"))
    let error = #expect(throws: LibraryError.self) {
      try ExampleLibrary.snapshot.file(ofTable: "topic")
    }
    #expect(error?.kind == .unknownTable && error?.problem.contains("topics") == true)
  }
}
