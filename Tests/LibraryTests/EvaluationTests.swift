import Library
import TestSupport
import Testing

/// Evaluations against the answers that `classify` gives about the same models, counted here.
@Suite struct EvaluationTests {
  /// What a library answers about every model of a split, with the right labels.
  private static func answers(
    _ folder: TemporaryFolder, _ zoo: ColourZoo, _ path: String, _ split: String,
    labels: [String]? = nil
  ) throws -> [(answer: Classification, right: [String])] {
    let library = LibraryLoader.load(folder.path + "/library", options: ExampleLibrary.options)
    let count = zoo.sizes.first { $0.split == split }?.count ?? 0
    return try (0..<count).map { model in
      let answer = try library.classify(
        "\(path)/\(split)/model_\(100 + model)", ClassifyOptions(labels: labels))
      return (answer, zoo.labels(split, model))
    }
  }

  /// Expected calibration error over 15 bins of equal width.
  private static func calibrationError(_ said: [(confidence: Float, isRight: Bool)]) -> Double {
    let bins = Dictionary(grouping: said) { min(14, Int($0.confidence * 15)) }
    return bins.values.reduce(0) { sum, bin in
      let confidence = bin.reduce(0) { $0 + Double($1.confidence) }
      return sum + abs(confidence - Double(bin.count { $0.isRight })) / Double(said.count)
    }
  }

  private static func agree(_ found: Double?, _ wanted: Double?) -> Bool {
    guard let found, let wanted else { return found == nil && wanted == nil }
    return abs(found - wanted) < 1e-5
  }

  @Test("of yes/no questions: accuracy, precision, recall, calibration error, abstention")
  func categories() throws {
    let folder = try TemporaryFolder()
    var zoo = ColourZoo()
    // So faint that some answers are wrong.
    (zoo.labels, zoo.strength) = (ColourZoo.pair, 0.12)
    let path = try zoo.write(to: folder, under: "zoo")
    let output = try folder.file("library/experts/colours.safetensors")
    _ = try ExpertTraining.run(
      ColourZoo.request(path, .categories, output), options: ExampleLibrary.options)
    let report = try ExpertEvaluation.run(
      EvaluationRequest(expert: output, zoo: path), options: ExampleLibrary.options)
    #expect(report.kind == "categories" && report.skipped.isEmpty)
    #expect(report.splits.map(\.verdict.split) == ["train", "val", "test"])
    let split = try #require(report.splits.last)
    let answers = try Self.answers(folder, zoo, path, "test")
    let said = answers.flatMap { answer, right in
      answer.labels.map { label in
        (
          label: label, has: right.contains(label.label),
          confidence: max(label.probability, 1 - label.probability)
        )
      }
    }
    let isRight = said.map { ($0.label.probability > 0.5) == $0.has }
    #expect(isRight.contains(false), "the test could not tell")
    let share = Double(isRight.count(where: \.self)) / Double(isRight.count)
    #expect(Self.agree(split.verdict.accuracy, share))
    let error = Self.calibrationError(zip(said, isRight).map { ($0.confidence, $1) })
    #expect(Self.agree(split.verdict.calibrationError, error))
    let sure = zip(said, isRight).filter { $0.0.label.isUnsure != true }
    if split.verdict.answered != nil {
      #expect(
        Self.agree(split.verdict.answered, Double(sure.count) / Double(said.count)))
      #expect(
        Self.agree(
          split.verdict.errorAnswered,
          sure.isEmpty ? 0 : Double(sure.count { !$0.1 }) / Double(sure.count)))
    }
    #expect(split.labels.map(\.label) == ["blue", "green", "red"] && split.candidates == nil)
    for label in split.labels {
      let own = said.filter { $0.label.label == label.label }
      let yes = own.filter { $0.label.probability > 0.5 }
      let both = Double(yes.count { $0.has })
      let has = own.count { $0.has }
      #expect(label.models == has)
      #expect(Self.agree(label.precision, yes.isEmpty ? nil : both / Double(yes.count)))
      #expect(Self.agree(label.recall, both / Double(has)))
      let right = own.count { ($0.label.probability > 0.5) == $0.has }
      #expect(Self.agree(label.accuracy, Double(right) / Double(own.count)))
    }
  }

  @Test("of texts: held-out models among candidates, by the table of the expert's library")
  func texts() throws {
    let folder = try TemporaryFolder()
    var zoo = ColourZoo()
    zoo.sizes.append(("val_holdout", 12))
    zoo.strength = 0.3
    zoo.labels = { split, model in
      [ColourZoo.colours[split == "val_holdout" ? 3 + model % 2 : model % 3]]
    }
    let path = try zoo.write(to: folder, under: "zoo")
    let table = try ColourZoo.table(folder, to: "library/texts/colours.safetensors")
    let output = try folder.file("library/experts/colours.safetensors")
    _ = try ExpertTraining.run(
      ColourZoo.request(path, .text(tables: [table]), output), options: ExampleLibrary.options)
    var request = EvaluationRequest(expert: output, zoo: path)
    request.candidates = ["pink", "grey", "pink", "red"]
    let report = try ExpertEvaluation.run(request, options: ExampleLibrary.options)
    #expect(report.splits.map(\.candidates) == [3, 3, 3, 3])
    for (split, candidates) in [
      ("test", Array(ColourZoo.colours.prefix(3))), ("val_holdout", ["pink", "grey", "red"]),
    ] {
      let found = try #require(report.splits.first { $0.verdict.split == split })
      let answers = try Self.answers(folder, zoo, path, split, labels: candidates)
      let first = answers.map { ($0.answer.labels[0], $0.right[0]) }
      let right = Double(first.count { $0.0.label == $0.1 }) / Double(first.count)
      #expect(found.verdict.models == answers.count && Self.agree(found.verdict.accuracy, right))
      let error = Self.calibrationError(first.map { ($0.0.probability, $0.0.label == $0.1) })
      #expect(Self.agree(found.verdict.calibrationError, error))
      for label in found.labels {
        let said = first.filter { $0.0.label == label.label }
        let both = Double(said.count { $0.1 == label.label })
        #expect(Self.agree(label.precision, said.isEmpty ? nil : both / Double(said.count)))
        #expect(label.models == first.count { $0.1 == label.label })
      }
    }
    request.candidates = nil
    let own = try ExpertEvaluation.run(request, options: ExampleLibrary.options)
    #expect(own.splits.last?.candidates == 2)
  }

  @Test(
    "what does not fit is refused by name",
    arguments: [
      ("no key", "does not say"), ("no such key", "tastes"), ("nothing to judge", "could give"),
      ("shapes", "384×96"), ("adapters", "whole matrices"), ("candidate", "no such label"),
      ("texts", "without texts"), ("candidates", "without texts"), ("encoder", "“other”"),
      ("no zoo", "no such file"), ("no expert", "no such file"),
    ])
  func refused(_ row: (fault: String, says: String)) throws {
    let folder = try TemporaryFolder()
    var zoo = ColourZoo(layers: ["first"])
    zoo.sizes = [("train", 9), ("val", 6)]
    let path = try zoo.write(to: folder, under: "zoo")
    let table = try ColourZoo.table(folder, to: "library/texts/colours.safetensors")
    let output = try folder.file("library/experts/colours.safetensors")
    let isText = ["candidate", "encoder"].contains(row.fault)
    var training = ColourZoo.request(path, isText ? .text(tables: [table]) : .categories, output)
    training.epochs = 1
    _ = try ExpertTraining.run(training, options: ExampleLibrary.options)
    var request = EvaluationRequest(expert: output, zoo: path)
    var kind = LibraryError.Kind.invalidArgument
    switch row.fault {
    case "no key": request.expert = Repository.example("library/experts/vit-sup-a.safetensors")
    case "no such key": request.labelKey = "tastes"
    case "nothing to judge": request.labelKey = "base_model"
    case "shapes":
      request.expert = Repository.example("library/experts/vit-sup-a.safetensors")
      request.labelKey = "colours"
      zoo.layers = ["layer.3.intermediate"]
      (request.zoo, kind) = (try zoo.write(to: folder, under: "shapes"), .wrongShape)
    case "adapters":
      zoo.isLowRank = true
      request.zoo = try zoo.write(to: folder, under: "adapters")
      kind = .wrongShape
    case "candidate": (request.candidates, kind) = (["red", "mauve"], .unknownLabel)
    case "texts": request.texts = [table]
    case "candidates": request.candidates = ["red"]
    case "encoder":
      request.texts = [try ColourZoo.table(folder, to: "other.safetensors", encoder: "other")]
      kind = .unknownTable
    case "no zoo": (request.zoo, kind) = ("/no/such/zoo", .unreadableFile)
    default: (request.expert, kind) = ("/no/such/expert", .checkpointNotFound)
    }
    if row.fault == "candidate" {
      zoo.sizes = [("train", 9), ("val", 6), ("val_holdout", 4)]
      zoo.labels = { [ColourZoo.colours[$0 == "val_holdout" ? 4 : $1 % 3]] }
      request.zoo = try zoo.write(to: folder, under: "held")
      request.candidates = ["pink", "mauve"]
    }
    let asked = request
    let error = #expect(throws: LibraryError.self) {
      try ExpertEvaluation.run(asked, options: ExampleLibrary.options)
    }
    #expect(
      error?.kind == kind && "\(String(describing: error))".contains(row.says), "\(error as Any)")
  }
}
