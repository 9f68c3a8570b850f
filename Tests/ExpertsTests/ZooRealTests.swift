import Checkpoints
import Experts
import Testing

/// The zoo that the product is measured on, where it is at hand.
@Suite struct ZooRealTests {
  static let trees: [(tree: String, counts: [Int], key: String)] = [
    ("lora-topics", [480, 160, 160, 60, 0], "topic_name"),
    ("vit-sup-a", [400, 50, 70, 0, 0], "dataset_chosen_targets"),
    ("vit-sup-b", [120, 20, 20, 0, 0], "dataset_chosen_targets"),
    ("vit-mae", [120, 20, 20, 0, 0], "dataset_chosen_targets"),
  ]

  /// Reads the header by itself, and takes the label as the published code does.
  private static let judge = #"""
    for line in lines:
        key, path = line.split(" ", 1)
        with open(path, "rb") as file:
            size, = struct.unpack("<Q", file.read(8))
            text = json.loads(file.read(size))["__metadata__"][key]
        answer(ast.literal_eval(text) if key == "dataset_chosen_targets" else [text])

    """#

  @Test("every model, its split and its labels", ZooFixture.hasZoo, arguments: trees)
  func tree(_ row: (tree: String, counts: [Int], key: String)) throws {
    let path = try #require(ZooFixture.zoo) + "/" + row.tree
    let zoo = try Zoo.read(path, hub: ZooFixture.hub)
    #expect(zoo.problems.isEmpty)
    #expect(ZooSplit.allCases.map { split in zoo.models.count { $0.split == split } } == row.counts)
    let labels = try zoo.models.map { try $0.labels(key: row.key) }
    #expect(labels.allSatisfy { $0.count == (row.tree == "lora-topics" ? 1 : 5) })
    guard ZooFixture.python != nil else { return }
    let files = zoo.models.map { "\(row.key) \($0.checkpoint.files[0].path)" }
    let answers = try ZooFixture.ask(Self.judge, files)
    for (index, answer) in answers.enumerated() {
      #expect(labels[index] == answer, "\(zoo.models[index].name)")
    }
  }

  @Test("bare files are a zoo, and a folder of zoos is none", ZooFixture.hasZoo)
  func others() throws {
    let path = try #require(ZooFixture.zoo)
    #expect(try Zoo.read(path + "/roots", hub: ZooFixture.hub).models.count == 3)
    let error = ZooFixture.error { () throws(ZooError) in
      try Zoo.read(path, hub: ZooFixture.hub)
    }
    #expect(error?.kind == .noModels)
  }
}
