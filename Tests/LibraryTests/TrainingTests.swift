import Checkpoints
import Experts
import Foundation
import Library
import Tensors
import TestSupport
import Testing
import Texts

/// From a folder of models to an expert that the library serves.
@Suite struct TrainingTests {
  private static let colours = ["red", "green", "blue"]

  /// A zoo whose models carry their colours in the rows of one layer; two of three colours each.
  private static func zoo(
    _ folder: TemporaryFolder, labels: (Int) -> [String], columns: (Int) -> Int = { _ in 6 }
  ) throws {
    var random = RandomSource(seed: 1)
    for (split, count) in [("train", 60), ("val", 20), ("test", 20)] {
      for model in 0..<count {
        let names = labels(model)
        var matrix = Matrix(rows: 8, columns: columns(model))
        for index in matrix.values.indices { matrix.values[index] = random.uniform(bound: 0.2) }
        for (row, colour) in colours.enumerated() where names.contains(colour) {
          for column in 0..<matrix.columns { matrix[row, column] += 1 }
        }
        let list = names.map { "'\($0)'" }.joined(separator: ", ")
        try SafetensorsWriter.write(
          [
            SafetensorsWriter.Tensor(
              name: "model.layer.weight", values: matrix.values,
              shape: [matrix.rows, matrix.columns])
          ],
          metadata: [
            ("colours", names.count == 1 ? names[0] : "[\(list)]"), ("base_model", "org/root"),
          ],
          to: try folder.file("\(split)/model_idx_\(model)/model.safetensors"))
      }
    }
  }

  private static func request(_ zoo: String, _ output: String) -> TrainingRequest {
    var request = TrainingRequest(
      zoo: zoo, kind: .categories, layers: ["layer"], labelKey: "colours", output: output)
    request.method = .probeX
    (request.epochs, request.probes, request.representation) = (40, 8, 8)
    (request.batch, request.rate) = (16, 1e-2)
    return request
  }

  private static func pair(_ model: Int) -> [String] {
    colours.enumerated().filter { $0.offset != model % 3 }.map(\.element)
  }

  @Test("an expert is trained, written, and served with what it was trained on")
  func categories() throws {
    let folder = try TemporaryFolder()
    try Self.zoo(folder, labels: Self.pair)
    let output = try folder.file("library/experts/colours.safetensors")
    _ = try folder.file("library/texts/.keep")
    var steps: [TrainingStep] = []
    let report = try ExpertTraining.run(
      Self.request(folder.path, output), options: ExampleLibrary.options,
      step: { steps.append($0) })
    #expect(report.splits.map(\.models) == [60, 20, 20] && report.skipped.isEmpty)
    #expect(report.labels == 3 && (report.splits.last?.accuracy ?? 0) > 0.95)
    #expect(steps.contains(.layers(100, of: 100)))

    let library = LibraryLoader.load(folder.path + "/library", options: ExampleLibrary.options)
    #expect(library.problems.isEmpty)
    let described = try #require(library.describeExperts().first)
    #expect(described.tree == "root" && described.bases == ["org/root"])
    #expect(described.labels == ["blue", "green", "red"] && described.input == "full")
    let answer = try library.classify(folder.path + "/test/model_idx_4")
    #expect(
      Set(answer.labels.filter { $0.decision == true }.map(\.label)) == Set(Self.pair(4)))
  }

  @Test("the same request gives the same bytes, with one thread or two")
  func reproducible() throws {
    let folder = try TemporaryFolder()
    try Self.zoo(folder, labels: Self.pair)
    var files: [Data] = []
    for threads in [1, 2, 1] {
      let output = try folder.file("expert-\(threads)-\(files.count).safetensors")
      var request = Self.request(folder.path, output)
      (request.epochs, request.threads) = (3, threads)
      _ = try ExpertTraining.run(request, options: ExampleLibrary.options)
      files.append(try Data(contentsOf: URL(filePath: output)))
    }
    #expect(files[0] == files[1] && files[1] == files[2])
  }

  @Test("a text expert learns one label for each model")
  func text() throws {
    let folder = try TemporaryFolder()
    try Self.zoo(folder, labels: { [Self.colours[$0 % 3]] })
    let table = try folder.file("texts/colours.safetensors")
    try TextTable(
      labels: Self.colours + ["grey"],
      embeddings: Matrix(rows: 4, columns: 3, values: [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1]),
      encoder: "e", prompt: "{label}", normalised: false
    ).write(to: table)
    let output = try folder.file("experts/colours.safetensors")
    var request = Self.request(folder.path, output)
    request.kind = .text(tables: [table])
    request.temperature = .fixed(0.2)
    let report = try ExpertTraining.run(request, options: ExampleLibrary.options)
    #expect((report.splits.last?.accuracy ?? 0) > 0.95)
    let library = LibraryLoader.load(folder.path, options: ExampleLibrary.options)
    let answer = try library.classify(folder.path + "/test/model_idx_5")
    #expect(answer.table == "colours" && answer.labels.first?.label == "blue")
  }

  @Test(
    "what cannot be trained is refused by name, and nothing is written",
    arguments: [
      "layer", "labels", "one label", "shapes", "table", "cancelled", "diverged",
    ])
  func refused(_ fault: String) throws {
    let folder = try TemporaryFolder()
    try Self.zoo(
      folder, labels: fault == "one label" ? { _ in ["red"] } : Self.pair,
      columns: fault == "shapes" ? { $0 % 2 == 0 ? 6 : 7 } : { _ in 6 })
    let output = try folder.file("expert.safetensors")
    var request = Self.request(folder.path, output)
    if fault == "layer" { request.layers = ["no.such.layer"] }
    if fault == "labels" { request.labelKey = "tastes" }
    if fault == "diverged" { request.rate = 1e30 }
    if fault == "table" {
      request.kind = .text(tables: [Repository.example("library/texts/topics.safetensors")])
    }
    let error = #expect(throws: LibraryError.self) {
      try ExpertTraining.run(
        request, options: ExampleLibrary.options, isCancelled: { fault == "cancelled" })
    }
    let says = [
      "layer": "no.such.layer", "labels": "tastes", "one label": "red", "shapes": "8×7",
      "table": "no such label", "cancelled": "cancelled", "diverged": "no number",
    ]
    #expect(
      error.map { "\($0)".contains(says[fault] ?? "?") } == true, "\(String(describing: error))")
    #expect(error?.kind == .cancelled || fault != "cancelled")
    #expect(!FileManager.default.fileExists(atPath: output))
  }
}
