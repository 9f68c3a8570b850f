import Library
import TestSupport
import Testing

/// Questions to the bundled library.
@Suite struct ClassifyTests {
  private let library = ExampleLibrary.snapshot

  @Test("the library loads without a problem")
  func loads() {
    #expect(library.problems.isEmpty)
    #expect(library.expertCount == 2 && library.tableCount == 1)
    #expect(library.expertBytes > 4_000_000 && library.tableBytes == 246 * 384 * 4)
  }

  @Test("an adapter is answered by the text expert, best label first")
  func text() throws {
    let answer = try library.classify(ExampleLibrary.adapter)
    #expect(answer.expert == "lora-topics" && answer.kind == "text" && answer.table == "topics")
    #expect(answer.layer == "encoder.layer.5.output.dense")
    #expect(answer.labels.count == 246)
    #expect(answer.labels.first?.label == "gathering")
    #expect(answer.labels.map(\.score) == answer.labels.map(\.score).sorted(by: >))
    #expect(abs(answer.labels.reduce(0) { $0 + $1.probability } - 1) < 1e-4)
    #expect(answer.labels.allSatisfy { $0.decision == nil && $0.logit == nil })
    #expect(answer.choice.evidence == ["layer", "shape", "input", "base"])
    #expect(answer.warnings.isEmpty)
  }

  @Test("a fine-tune is answered by the category expert, with decisions")
  func categories() throws {
    let answer = try library.classify(ExampleLibrary.vision)
    #expect(answer.expert == "vit-sup-a" && answer.kind == "categories" && answer.table == nil)
    #expect(answer.labels.count == 10 && answer.threshold == 0.5)
    for label in answer.labels {
      #expect(label.decision == (label.probability > 0.5) && label.score == label.probability)
    }
    let strict = try library.classify(ExampleLibrary.vision, ClassifyOptions(threshold: 1))
    #expect(strict.labels.allSatisfy { $0.decision == false })
  }

  @Test("a Hub id finds the same checkpoint as its folder")
  func hubId() throws {
    let byId = try library.classify("zoo/vit-sup-a-0141")
    let byFolder = try library.classify(ExampleLibrary.vision)
    #expect(byId.labels == byFolder.labels && byId.checkpoint == "zoo/vit-sup-a-0141")
  }

  @Test("a declared base of another tree is a warning")
  func contradiction() throws {
    let answer = try library.classify(ExampleLibrary.stranger)
    #expect(answer.warnings.count == 1 && answer.warnings[0].contains("zoo/vit-mae"))
  }

  @Test("labels and top restrict the answer; probabilities are shares of what was asked")
  func restricted() throws {
    let two = try library.classify(
      ExampleLibrary.adapter, ClassifyOptions(labels: ["rock", "gathering", "rock"]))
    #expect(two.labels.map(\.label) == ["gathering", "rock"])
    #expect(abs(two.labels[0].probability + two.labels[1].probability - 1) < 1e-5)
    let top = try library.classify(ExampleLibrary.adapter, ClassifyOptions(top: 3))
    let all = try library.classify(ExampleLibrary.adapter)
    #expect(top.labels == Array(all.labels.prefix(3)))
  }

  @Test("a batch answers as single questions do, in its order, failures in their place")
  func batch() throws {
    let names = [
      ExampleLibrary.vision, "missing", ExampleLibrary.adapter, ExampleLibrary.unseen,
      ExampleLibrary.vision, ExampleLibrary.stranger,
    ]
    var steps: [Int] = []
    let results = try library.classify(names, ClassifyOptions(), progress: { steps.append($0) })
    #expect(steps == [1, 2, 3, 4, 5, 6])
    for (name, result) in zip(names, results) {
      switch result {
      case .success(let answer):
        let single = try library.classify(name)
        #expect(
          answer.checkpoint == name && answer.labels.map(\.label) == single.labels.map(\.label))
        for (batched, alone) in zip(answer.labels, single.labels) {
          #expect(abs(batched.score - alone.score) < 1e-5)
        }
      case .failure(let error):
        #expect(name == "missing" && error.kind == .checkpointNotFound)
      }
    }
  }

  @Test("names that only differ in how an accent is composed are two checkpoints")
  func exactNames() throws {
    let folder = try TemporaryFolder()
    let names = ["caf\u{E9}", "cafe\u{301}"].map { folder.path + "/" + $0 }
    for (name, source) in zip(["caf\u{E9}", "cafe\u{301}"], ["0002", "0012"]) {
      _ = try folder.copy(
        Repository.example("checkpoints/lora-seen/model_idx_" + source), to: name)
    }
    let answers = try library.classify(names, ClassifyOptions()).map { try $0.get() }
    #expect(answers[0].labels != answers[1].labels)
  }

  @Test("weights beyond all measure are refused, whatever overflows first", arguments: 0..<22)
  func overflow(_ doublings: Int) throws {
    let folder = try TemporaryFolder()
    let published = try folder.file("published.safetensors")
    _ = try folder.file("library/texts/.keep")
    try ExpertExchange.exportExpert(
      Repository.example("library/experts/vit-sup-a.safetensors"), to: published)
    let scale = 1e32 * Double(1 << doublings)
    try ExpertExchange.importExpert(
      published,
      facts: ImportFacts(
        tree: "t", bases: [], layer: "layer.3.intermediate", input: "full", inputScale: scale,
        appliesLoRAScale: true,
        answers: .labels((0..<10).map(String.init), threshold: 0.5)),
      to: try folder.file("library/experts/e.safetensors"))
    let library = LibraryLoader.load(folder.path + "/library/", options: ExampleLibrary.options)
    do {
      let answer = try library.classify(ExampleLibrary.vision)
      #expect(answer.labels.allSatisfy { $0.logit?.isFinite == true })
    } catch {
      #expect(error.kind == .notFinite)
    }
  }

  @Test("more than one pass gives the same answers as one")
  func manyPasses() throws {
    // Distinct names for the same file, so that nothing is shared.
    let names = (0..<70).map { String(repeating: "./", count: $0) + ExampleLibrary.adapter }
    let results = try library.classify(names, ClassifyOptions(top: 1))
    for result in results { #expect(try result.get().labels[0].label == "gathering") }
  }

  @Test("a cancelled batch stops")
  func cancelled() {
    var asked = 0
    let error = #expect(throws: LibraryError.self) {
      try library.classify(
        Array(repeating: ExampleLibrary.adapter, count: 100), ClassifyOptions(),
        isCancelled: {
          asked += 1
          return asked > 3
        })
    }
    #expect(error?.kind == .cancelled && asked == 4)
  }

  static let refusals: [(checkpoint: String, options: ClassifyOptions, kind: LibraryError.Kind)] = [
    ("nowhere", ClassifyOptions(), .checkpointNotFound),
    ("hub", ClassifyOptions(), .notACheckpoint),
    (ExampleLibrary.adapter, ClassifyOptions(expert: "nobody"), .unknownExpert),
    (ExampleLibrary.adapter, ClassifyOptions(expert: "vit-sup-a"), .layerNotFound),
    (ExampleLibrary.adapter, ClassifyOptions(table: "nothing"), .unknownTable),
    (ExampleLibrary.adapter, ClassifyOptions(labels: ["gatherin"]), .unknownLabel),
    (ExampleLibrary.adapter, ClassifyOptions(labels: []), .invalidArgument),
    (ExampleLibrary.adapter, ClassifyOptions(top: 0), .invalidArgument),
    (ExampleLibrary.adapter, ClassifyOptions(threshold: 0.5), .invalidArgument),
    (ExampleLibrary.vision, ClassifyOptions(threshold: 1.5), .invalidArgument),
    (ExampleLibrary.vision, ClassifyOptions(threshold: .nan), .invalidArgument),
    (ExampleLibrary.vision, ClassifyOptions(table: "topics"), .invalidArgument),
    (ExampleLibrary.vision, ClassifyOptions(labels: ["dog"]), .unknownLabel),
  ]

  @Test("what cannot be answered is refused by kind", arguments: refusals)
  func refused(_ row: (checkpoint: String, options: ClassifyOptions, kind: LibraryError.Kind)) {
    let error = #expect(throws: LibraryError.self) {
      try library.classify(row.checkpoint, row.options)
    }
    #expect(error?.kind == row.kind)
    #expect(error?.problem.isEmpty == false && error?.remedy.hasSuffix(".") == true)
  }

  @Test("why a layer cannot be read is said, not that no expert fits", arguments: [true, false])
  func obstacle(named: Bool) throws {
    let folder = try TemporaryFolder()
    let source = Repository.example("checkpoints/" + ExampleLibrary.adapter)
    _ = try folder.copy(
      source + "/adapter_model.safetensors", to: "dora/adapter_model.safetensors")
    _ = try folder.write(
      Array(#"{"peft_type":"LORA","r":4,"lora_alpha":4,"use_dora":true}"#.utf8),
      to: "dora/adapter_config.json")
    let options = ClassifyOptions(expert: named ? "lora-topics" : nil)
    let error = #expect(throws: LibraryError.self) {
      try library.classify(folder.path + "/dora", options)
    }
    #expect(error?.kind == .unsupportedFormat && error?.problem.contains("DoRA") == true)
  }

  @Test("a misspelt label is told its neighbours")
  func closest() {
    let error = #expect(throws: LibraryError.self) {
      try library.classify(ExampleLibrary.adapter, ClassifyOptions(labels: ["gatherin"]))
    }
    #expect(error?.problem.contains("gathering") == true)
  }

  @Test("an embedding is the representation that the answer was made from")
  func embed() throws {
    let embedding = try library.embed(ExampleLibrary.adapter)
    #expect(embedding.representation.count == 128 && embedding.expert == "lora-topics")
    #expect(embedding.representation.contains { $0 != 0 })
  }

  @Test("inspection needs no library and reads headers only")
  func inspect() throws {
    let inspection = try LibrarySnapshot.inspect(
      ExampleLibrary.adapter, options: ExampleLibrary.options)
    #expect(inspection.format == "adapter" && inspection.tensors.count == 8)
    let layer = try #require(
      inspection.layers.first { $0.name == "encoder.layer.5.output.dense" })
    #expect(layer.rows == 384 && layer.columns == 1536)
    #expect(layer.lora?.rank == 4 && layer.lora?.alpha == 4 && layer.lora?.scale == 1)
    #expect(inspection.declaredBases.map(\.model) == ["sentence-transformers/all-MiniLM-L6-v2"])
  }
}
