import Checkpoints
import Experts
import Foundation
import TestSupport
import Testing

/// Folders of models: what counts as a model, in which split, and what a broken one does.
@Suite struct ZooTests {
  private static func names(_ zoo: Zoo, _ split: ZooSplit) -> [String] {
    zoo.models.filter { $0.split == split }.map(\.name)
  }

  @Test("split folders with Hub caches, model folders, groups and bare files")
  func layouts() throws {
    let folder = try TemporaryFolder()
    let hub = "train/models--org--b"
    try ZooFixture.write(
      [
        "\(hub)/snapshots/abc/model.safetensors", "train/model_idx_0001/x.safetensors",
        "train/A.safetensors", "train/group/one/model.safetensors", "train/.hidden/x.safetensors",
        "val/m.safetensors", "test/m.safetensors", "val_holdout/m.safetensors",
        "test_holdout/m.safetensors", "other/m.safetensors", "m.safetensors",
      ], in: folder)
    _ = try folder.write(Array("abc\n".utf8), to: "\(hub)/refs/main")
    _ = try folder.write(Array("text".utf8), to: "train/README.md")
    let zoo = try Zoo.read(folder.path + "/", hub: ZooFixture.hub)
    #expect(zoo.path == folder.path)
    #expect(zoo.problems.isEmpty)
    #expect(
      zoo.models.map(\.name) == [
        "train/A.safetensors", "train/group/one", "train/model_idx_0001", "train/models--org--b",
        "val/m.safetensors", "test/m.safetensors", "val_holdout/m.safetensors",
        "test_holdout/m.safetensors",
      ])
    #expect(
      zoo.models.map(\.split) == [.train, .train, .train, .train] + ZooSplit.allCases.dropFirst())
    #expect(try zoo.models[3].labels(key: "label") == ["\(hub)/snapshots/abc/model.safetensors"])
    #expect(zoo.models[0].checkpoint.layers.map(\.name) == ["w"])
  }

  @Test("each folder counts once, whatever links say, and circles end")
  func links() throws {
    let folder = try TemporaryFolder()
    try ZooFixture.write(["train/b/m.safetensors", "val/c/m.safetensors"], in: folder)
    try ZooFixture.link("train/a", to: "b", in: folder)
    try ZooFixture.link("train/up", to: "..", in: folder)
    try ZooFixture.link("train/self", to: ".", in: folder)
    try ZooFixture.link("val/leak", to: "../train/b", in: folder)
    try ZooFixture.link("train/leak", to: "../val", in: folder)
    try ZooFixture.link("test", to: "val", in: folder)
    let zoo = try Zoo.read(folder.path, hub: ZooFixture.hub)
    #expect(zoo.models.map(\.name) == ["train/a", "val/c"])
    #expect(zoo.problems.isEmpty)

    try ZooFixture.link("train/loop", to: "loop", in: folder)
    try ZooFixture.link("train/gone", to: "nothing", in: folder)
    let again = try Zoo.read(folder.path, brokenLimit: 0.5, hub: ZooFixture.hub)
    #expect(again.models.map(\.name) == ["train/a", "val/c"])
    #expect(again.problems.map(\.path) == ["train/gone", "train/loop"])
    #expect(again.problems.map(\.error.kind) == [.notFound, .unreadable])
  }

  @Test("without split folders a model's name gives its split, for good")
  func hashed() throws {
    let folder = try TemporaryFolder()
    let names = (0..<300).map { "m\($0).safetensors" }
    try ZooFixture.write(["one/model"], in: folder)
    for name in names { _ = try folder.copy(folder.path + "/one/model", to: name) }
    try FileManager.default.removeItem(atPath: folder.path + "/one")
    let zoo = try Zoo.read(folder.path, hub: ZooFixture.hub)
    #expect(zoo.models.count == 300)
    #expect((220...260).contains(Self.names(zoo, .train).count))
    #expect((15...45).contains(Self.names(zoo, .validation).count))
    #expect((15...45).contains(Self.names(zoo, .test).count))
    // Frozen, as Python computes them: a change would mix test models into training.
    let validation = ["m4", "m15", "m22", "m26", "m27", "m28", "m33", "m34"].map {
      $0 + ".safetensors"
    }
    let first = (0..<36).map { "m\($0).safetensors" }
    #expect(first.filter(Set(Self.names(zoo, .validation)).contains) == validation)
    try FileManager.default.removeItem(atPath: folder.path + "/m0.safetensors")
    let less = try Zoo.read(folder.path, hub: ZooFixture.hub)
    for split in ZooSplit.allCases {
      let before = Self.names(zoo, split).filter { $0 != "m0.safetensors" }
      #expect(before == Self.names(less, split))
    }
  }

  @Test("broken models are left out up to the limit, and then named")
  func broken() throws {
    let folder = try TemporaryFolder()
    try ZooFixture.write((0..<9).map { "train/m\($0).safetensors" }, in: folder)
    _ = try folder.write([1, 2, 3], to: "train/m4x.safetensors")
    let zoo = try Zoo.read(folder.path, hub: ZooFixture.hub)
    #expect(zoo.models.count == 9)
    #expect(zoo.problems.map(\.path) == ["train/m4x.safetensors"])
    #expect(zoo.problems.map(\.error.kind) == [.malformed])

    try FileManager.default.createDirectory(
      atPath: folder.path + "/train/empty", withIntermediateDirectories: false)
    let error = ZooFixture.error { () throws(ZooError) in
      try Zoo.read(folder.path, hub: ZooFixture.hub)
    }
    #expect(error?.kind == .tooManyBroken)
    #expect(error?.problem.contains("2 of 11") == true)
    #expect(error?.problem.contains("train/m4x.safetensors") == true)
    #expect(error?.problem.contains("train/empty") == true)
    let tolerant = try Zoo.read(folder.path, brokenLimit: 0.2, hub: ZooFixture.hub)
    #expect(tolerant.models.count == 9 && tolerant.problems.count == 2)
  }

  @Test("a folder that is no zoo says so")
  func noZoo() throws {
    let folder = try TemporaryFolder()
    try ZooFixture.write(["zoos/a/train/m.safetensors"], in: folder)
    _ = try folder.file("empty/x")
    let rows: [(path: String, kind: ZooError.Kind, says: String)] = [
      ("empty", .noModels, "no models"), ("nowhere", .unreadable, "ENOENT"),
      ("zoos/a/train/m.safetensors", .unreadable, "ENOTDIR"), ("zoos", .noModels, "its folder a"),
    ]
    for row in rows {
      let error = ZooFixture.error { () throws(ZooError) in
        try Zoo.read(folder.path + "/" + row.path, hub: ZooFixture.hub)
      }
      #expect(error?.kind == row.kind)
      #expect(error?.description.contains(row.says) == true, "\(error?.description ?? "read")")
    }
  }

  @Test("progress counts to the end, and a cancelled reading ends without judging")
  func cancelling() throws {
    let folder = try TemporaryFolder()
    try ZooFixture.write((0..<5).map { "train/m\($0).safetensors" }, in: folder)
    var steps: [Int] = []
    _ = try Zoo.read(
      folder.path, hub: ZooFixture.hub, progress: { steps.append($0 * 10 + $1) })
    #expect(steps == [15, 25, 35, 45, 55])
    var asked = 0
    let zoo = try Zoo.read(
      folder.path, hub: ZooFixture.hub,
      isCancelled: {
        asked += 1
        return asked > 2
      })
    #expect(zoo.models.count == 2)
    let none = try Zoo.read(folder.path, hub: ZooFixture.hub, isCancelled: { true })
    #expect(none.models.isEmpty)
  }

  static let labels: [(text: String, labels: [String]?)] = [
    ("['bag', \"men's\"]", ["bag", "men's"]), (#"["a\/b", "\ud83d\ude00"]"#, ["a/b", "😀"]),
    ("[]", []), ("('a',)", ["a"]), ("bag", ["bag"]), ("dog, hound", ["dog, hound"]),
    ("(dog)", ["(dog)"]), ("0.001", ["0.001"]), ("[half", ["[half"]), ("", nil), (" \n", nil),
    ("['a', 1]", nil), ("[1, 2]", nil), ("[b'a']", nil),
  ]

  @Test("labels are lists or one text", arguments: labels)
  func labelTexts(_ row: (text: String, labels: [String]?)) throws {
    let folder = try TemporaryFolder()
    try ZooFixture.write("m.safetensors", metadata: [("x", "1"), ("y", row.text)], in: folder)
    let model = try #require(try Zoo.read(folder.path, hub: ZooFixture.hub).models.first)
    do throws(ZooError) {
      #expect(try model.labels(key: "y") == row.labels)
    } catch {
      #expect(row.labels == nil && error.kind == .noLabels, "\(error)")
    }
    let missing = #expect(throws: ZooError.self) { try model.labels(key: "z") }
    #expect(missing?.kind == .missingLabelKey && missing?.subject == "m.safetensors")
    #expect(missing?.remedy.contains("“x”, “y”") == true)
  }
}
