import Checkpoints
import Experts
import JSON
import Tensors
import Texts

/// What is learnt from which models, with every label in its place.
struct TrainingPlan {
  let task: TrainingTask
  private let input: TrainingInput
  private let request: TrainingRequest
  private let labels: [String]
  private let places: [String: Int]
  private let table: TextTable?

  /// - Throws: `LibraryError` for labels that cannot be learnt.
  init(_ input: TrainingInput, _ request: TrainingRequest, _ labels: [String]) throws {
    self.input = input
    self.request = request
    self.labels = labels
    places = Dictionary(uniqueKeysWithValues: zip(labels, labels.indices))
    switch request.kind {
    case .categories:
      table = nil
      task = .categories(labels: labels.count)
    case .text(let path, let temperature):
      let table = try TextTable(path: path)
      let rows = try labels.map { label in
        guard let row = table.labels.firstIndex(of: label) else {
          throw LibraryError(
            .unknownLabel, label, problem: "the text table at \(path) has no such label.",
            remedy: "Build a table that embeds every label of the models.")
        }
        return row
      }
      self.table = table
      task = .text(
        embeddings: table.embeddings.selectingRows(rows), .fixed(Float(temperature)))
      try refuseSeenHoldouts()
      try refuseManyLabels()
    }
    guard split(.validation).count > 0 else {
      throw LibraryError(
        .invalidArgument, request.zoo,
        problem: "it has no models in the split `val` whose labels occur in `train`.",
        remedy: "Give some; the best epoch is chosen by them.")
    }
  }

  /// The models of a split whose labels occur in training.
  func split(_ split: ZooSplit) -> TrainingSplit {
    let models = input.models.filter { model in
      model.split == split && model.labels.contains { places[$0] != nil }
    }
    let targets: TrainingTargets
    switch task {
    case .categories(let count):
      var wanted = Matrix(rows: models.count, columns: count)
      for (row, model) in models.enumerated() {
        for label in model.labels {
          if let place = places[label] { wanted[row, place] = 1 }
        }
      }
      targets = .categories(wanted)
    default:
      targets = .oneOf(models.map { places[$0.labels.first ?? ""] ?? 0 })
    }
    return TrainingSplit(layers: models.map(\.layer), targets: targets)
  }

  /// A label that training saw cannot measure zero-shot.
  private func refuseSeenHoldouts() throws(LibraryError) {
    for model in input.models
    where model.split == .validationHoldout || model.split == .testHoldout {
      guard let seen = model.labels.first(where: { places[$0] != nil }) else { continue }
      throw LibraryError(
        .invalidArgument, seen,
        problem: "the label is held out in \(model.split.rawValue), but training models have it.",
        remedy: "Take the models of that label out of one of the two.")
    }
  }

  private func refuseManyLabels() throws(LibraryError) {
    guard let model = input.models.first(where: { $0.labels.count != 1 }) else { return }
    throw LibraryError(
      .invalidArgument, "label-key",
      problem: "a model has \(model.labels.count) labels (\(Wording.list(model.labels))); a text "
        + "expert learns one for each.",
      remedy: "Name an entry with one label, or train a category expert.")
  }

  /// What the expert says about itself.
  func facts(training: JSONObject) -> ExpertFacts {
    let bases = Array(input.bases.prefix(1))
    let tree = request.tree ?? bases.first?.split(separator: "/").last.map(String.init)
    let output: ExpertFacts.Output
    switch (request.kind, table) {
    case (.text(let path, let temperature), let table?):
      let file = path.split(separator: "/").last.map(String.init) ?? path
      output = .text(
        ExpertFacts.TextSpace(
          encoder: table.encoder, prompt: table.prompt, normalised: table.normalised,
          dimension: table.dimension),
        temperature: Float(temperature),
        table: file.hasSuffix(".safetensors") ? String(file.dropLast(12)) : file)
    default: output = .categories(labels: labels, threshold: 0.5)
    }
    return ExpertFacts(
      tree: tree ?? "unnamed", bases: bases,
      layer: ExpertFacts.LayerShape(
        name: input.record.name, rows: input.record.rows, columns: input.record.columns),
      input: input.record.lowRank == nil ? .full : .lora, output: output, training: training)
  }
}
