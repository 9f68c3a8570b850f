import Foundation
import Library
import TestSupport
import Testing

/// Library folders as people have them.
@Suite struct LoaderTests {
  private static func load(_ path: String) -> LibrarySnapshot {
    LibraryLoader.load(path, options: ExampleLibrary.options)
  }

  @Test("one broken file is a problem, and the rest is served")
  func broken() throws {
    let folder = try TemporaryFolder()
    _ = try folder.copy(Repository.example("library/experts"), to: "experts")
    _ = try folder.copy(Repository.example("library/texts"), to: "texts")
    _ = try folder.write(Array("not an expert".utf8), to: "experts/broken.safetensors")
    _ = try folder.write([], to: "texts/empty.safetensors")
    _ = try folder.write([], to: "experts/.hidden.safetensors")
    _ = try folder.write([], to: "experts/notes.txt")
    _ = try folder.copy(
      Repository.example("library/texts/topics.safetensors"), to: "experts/table.safetensors")
    let library = Self.load(folder.path + "/")
    #expect(library.expertCount == 2 && library.tableCount == 1)
    #expect(
      library.problems.map(\.error.kind) == [.malformedTable, .malformedExpert, .malformedExpert])
    #expect(library.problems.allSatisfy { $0.path.hasPrefix(folder.path) })
    #expect(library.problems.allSatisfy { !$0.path.contains("//") })
    _ = try library.classify(ExampleLibrary.adapter)
  }

  @Test("a folder that is missing or empty is a problem, not a crash")
  func missing() throws {
    let folder = try TemporaryFolder()
    let library = Self.load(folder.path + "/nowhere")
    #expect(library.problems.map(\.error.kind) == [.unreadableFile] && library.expertCount == 0)
    #expect(Self.load(folder.path).problems.map(\.path) == [folder.path])
    _ = try folder.file("experts/.keep")
    #expect(Self.load(folder.path).problems.isEmpty)
    let error = #expect(throws: LibraryError.self) { try library.classify(ExampleLibrary.adapter) }
    #expect(error?.kind == .noExpertFits)
  }

  @Test("a text expert whose table is missing says so, and refuses by name")
  func tableMissing() throws {
    let folder = try TemporaryFolder()
    _ = try folder.copy(Repository.example("library/experts"), to: "experts")
    _ = try folder.file("texts/.keep")
    let library = Self.load(folder.path)
    #expect(library.problems.map(\.error.kind) == [.unknownTable])
    let error = #expect(throws: LibraryError.self) { try library.classify(ExampleLibrary.adapter) }
    #expect(error?.kind == .unknownTable)
  }

  @Test("experts that fit equally well are named in a warning")
  func equal() throws {
    let folder = try TemporaryFolder()
    _ = try folder.copy(Repository.example("library/experts"), to: "experts")
    _ = try folder.copy(Repository.example("library/texts"), to: "texts")
    _ = try folder.copy(
      Repository.example("library/experts/vit-sup-a.safetensors"), to: "experts/a-copy.safetensors")
    let answer = try Self.load(folder.path).classify(ExampleLibrary.vision)
    #expect(answer.expert == "a-copy" && answer.choice.alternatives == ["vit-sup-a"])
    #expect(answer.warnings.count == 1 && answer.warnings[0].contains("“vit-sup-a”"))
  }

  @Test("no fitting expert: the error lists what was looked for")
  func nothingFits() throws {
    let folder = try TemporaryFolder()
    _ = try folder.copy(
      Repository.example("library/experts/vit-sup-a.safetensors"), to: "experts/v.safetensors")
    let error = #expect(throws: LibraryError.self) {
      try Self.load(folder.path).classify(ExampleLibrary.adapter)
    }
    #expect(error?.kind == .noExpertFits)
    #expect(error?.problem.contains("layer.3.intermediate") == true)
  }

  @Test("loading stops when it is no longer wanted, and tells how far it is")
  func stopped() {
    var seen: [Int] = []
    let library = LibraryLoader.load(
      Repository.example("library"), options: ExampleLibrary.options,
      progress: { seen.append($0.done) }, isCancelled: { seen.count == 1 })
    #expect(seen == [0] && library.tableCount == 1 && library.expertCount == 0)
  }
}
