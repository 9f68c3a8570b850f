import Foundation
import Library
import TestSupport
import Testing

/// Label files, and experts on their way between the published layout and ours.
@Suite struct ExchangeTests {
  static let lists: [(text: [UInt8], labels: [String])] = [
    (Array("cat\ndog\n".utf8), ["cat", "dog"]),
    (Array("cat\r\n\r\n  \r\nbig dog".utf8), ["cat", "big dog"]),
    (Array(" \n[\"cat\", \"a, b\"]".utf8), ["cat", "a, b"]),
    ([0xEF, 0xBB, 0xBF] + Array("cat\ndog".utf8), ["cat", "dog"]),
    ([0xEF, 0xBB, 0xBF] + Array("[\"cat\"]".utf8), ["cat"]),
  ]

  @Test("labels are read from lines or from a JSON list", arguments: lists)
  func labels(_ row: (text: [UInt8], labels: [String])) throws {
    let folder = try TemporaryFolder()
    #expect(try LabelList.read(try folder.write(row.text, to: "labels")) == row.labels)
  }

  static let brokenLists: [(text: [UInt8], says: String)] = [
    ([], "no label"), (Array(" \n\n".utf8), "no label"), ([0x63, 0xFF], "UTF-8"),
    (Array("[1]".utf8), "list of strings"), (Array("[\"a\"".utf8), "list of strings"),
  ]

  @Test("what is no list of labels is named", arguments: brokenLists)
  func brokenLabels(_ row: (text: [UInt8], says: String)) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(row.text, to: "labels")
    let error = #expect(throws: LibraryError.self) { try LabelList.read(path) }
    #expect(error?.kind == .invalidArgument && error?.subject == path)
    #expect(error?.problem.contains(row.says) == true)
  }

  @Test("a list of labels that is not there, or a folder, is an error")
  func noLabels() throws {
    let folder = try TemporaryFolder()
    let missing = #expect(throws: LibraryError.self) { try LabelList.read(folder.path + "/none") }
    #expect(missing?.kind == .checkpointNotFound)
    let noFile = #expect(throws: LibraryError.self) { try LabelList.read(folder.path) }
    #expect(noFile?.kind == .invalidArgument && noFile?.problem.contains("folder") == true)
  }

  private static func facts(_ answers: ImportFacts.Answers, layer: String) -> ImportFacts {
    ImportFacts(
      tree: "tree", bases: ["org/base"], layer: layer, input: "full", inputScale: 1,
      appliesLoRAScale: true, answers: answers)
  }

  private static let layer = "vit.layer.3.intermediate.weight"
  private static let ten = (0..<10).map(String.init)
  private static let topics = Repository.example("library/texts/topics.safetensors")

  @Test("a published expert becomes one that the library loads")
  func imported() throws {
    let folder = try TemporaryFolder()
    let published = try folder.file("published.safetensors")
    let target = try folder.file("library/experts/mine.safetensors")
    _ = try folder.file("library/texts/.keep")
    try ExpertExchange.exportExpert(
      Repository.example("library/experts/vit-sup-a.safetensors"), to: published)
    try ExpertExchange.importExpert(
      published, facts: Self.facts(.labels(Self.ten, threshold: 0.4), layer: Self.layer),
      to: target)
    let library = LibraryLoader.load(folder.path + "/library", options: ExampleLibrary.options)
    #expect(library.problems.isEmpty)
    let expert = try #require(library.describeExperts().first)
    #expect(expert.name == "mine" && expert.members[0].layer == "layer.3.intermediate")
    #expect(expert.labels == Self.ten && expert.threshold == 0.4)
    let answer = try library.classify(ExampleLibrary.vision)
    #expect(answer.labels.count == 10 && answer.threshold == 0.4)
  }

  static let refusals: [(facts: ImportFacts, kind: LibraryError.Kind, subject: String)] = [
    (facts(.labels(["a"], threshold: 0.5), layer: layer), .invalidArgument, "labels"),
    (
      facts(.labels(Array(ten.dropLast()) + ["0"], threshold: 0.5), layer: layer),
      .invalidArgument, "labels"
    ),
    (facts(.table(topics, temperature: 1), layer: layer), .invalidArgument, "texts"),
    (facts(.labels(ten, threshold: 0.5), layer: ""), .malformedExpert, "mine.safetensors"),
  ]

  @Test("facts that contradict the expert are refused, nothing is written", arguments: 0..<4)
  func refused(_ row: Int) throws {
    let (facts, kind, subject) = Self.refusals[row]
    let folder = try TemporaryFolder()
    let target = try folder.file("mine.safetensors")
    let error = #expect(throws: LibraryError.self) {
      try ExpertExchange.importExpert(
        Repository.example("library/experts/vit-sup-a.safetensors"), facts: facts, to: target)
    }
    #expect(error?.kind == kind && error?.subject.hasSuffix(subject) == true)
    #expect(!FileManager.default.fileExists(atPath: target))
  }

  @Test(
    "labels are typed with commas, or as a JSON list where they hold one",
    arguments: [
      ("a, b c ,d", ["a", "b c", "d"]), (#" ["a, b", "c"]"#, ["a, b", "c"]), ("", []),
    ])
  func typedLabels(_ row: (text: String, labels: [String])) throws {
    #expect(try LabelList.typed(row.text) == row.labels)
  }

  @Test("what starts like a list and is none is refused", arguments: ["[a", "[1]", #"["a"] x"#])
  func typedListBroken(_ text: String) {
    let error = #expect(throws: LibraryError.self) { try LabelList.typed(text) }
    #expect(error?.kind == .invalidArgument && error?.subject == "labels")
  }
}
