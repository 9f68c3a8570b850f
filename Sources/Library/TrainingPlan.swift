import Checkpoints
import Experts
import Glibc
import JSON
import Tensors
import Texts

/// What is learnt from which models, with every label in its place.
struct TrainingPlan {
  let task: TrainingTask
  let labels: [String]
  private let input: TrainingInput
  private let request: TrainingRequest
  private let places: [String: Int]
  private let table: TextTable?
  private let scale: ExpertFacts.NumberScale?
  /// The value of each model of the input; only for numbers.
  private let numbers: [Double?]

  /// - Throws: `LibraryError` for labels that cannot be learnt.
  init(_ input: TrainingInput, _ request: TrainingRequest) throws {
    self.input = input
    self.request = request
    var (labels, table): ([String], TextTable?) = ([], nil)
    var (scale, numbers): (ExpertFacts.NumberScale?, [Double?]) = (nil, [])
    switch request.kind {
    case .categories:
      labels = try input.trainingLabels()
      task = .categories(labels: labels.count)
    case .choice:
      labels = try input.trainingLabels()
      task = .choice(labels: labels.count)
      try Self.refuseManyLabels(input, "a choice expert learns one")
    case .text(let paths):
      labels = try input.trainingLabels()
      let averaged = try PromptAverage.table(paths, limits: .init())
      table = averaged
      task = .text(
        embeddings: try Self.embeddings(labels, averaged, paths), request.temperature.training)
      try Self.refuseManyLabels(input, "a text expert learns one")
    case .number:
      numbers = input.models.map { model in
        model.labels.count == 1 ? Double(model.labels[0]).flatMap { $0.isFinite ? $0 : nil } : nil
      }
      scale = try Self.scale(input, numbers, property: request.labelKey)
      task = .number
    }
    (self.labels, self.table, self.scale, self.numbers) = (labels, table, scale, numbers)
    places = Dictionary(uniqueKeysWithValues: zip(labels, labels.indices))
    if case .text = request.kind { try refuseSeenHoldouts() }
    guard split(.validation, layer: 0).count > 0 else {
      throw LibraryError(
        .invalidArgument, request.zoo,
        problem: "it has no models in the split `val` whose labels occur in `train`.",
        remedy: "Give some; what is kept is chosen by them.")
    }
  }

  /// Places in `input.models` of the models of a split that have an answer among what is learnt.
  func models(_ split: ZooSplit) -> [Int] {
    input.models.indices.filter { place in
      let model = input.models[place]
      guard model.split == split else { return false }
      return scale == nil ? model.labels.contains { places[$0] != nil } : numbers[place] != nil
    }
  }

  /// What the given models' answers should be.
  func targets(_ models: [Int]) -> TrainingTargets {
    switch task {
    case .categories(let count):
      var wanted = Matrix(rows: models.count, columns: count)
      for (row, model) in models.enumerated() {
        for label in input.models[model].labels {
          if let place = places[label] { wanted[row, place] = 1 }
        }
      }
      return .categories(wanted)
    case .text, .choice:
      return .oneOf(models.map { places[input.models[$0].labels.first ?? ""] ?? 0 })
    case .number:
      guard let scale else { preconditionFailure("a number has a scale") }
      return .numbers(models.map { scale.output(for: numbers[$0] ?? 0) })
    }
  }

  /// The models of a split with one of their layers.
  func split(_ split: ZooSplit, layer: Int) -> TrainingSplit {
    let models = models(split)
    return TrainingSplit(
      layers: models.map { input.models[$0].layers[layer] }, targets: targets(models))
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

  private static func refuseManyLabels(
    _ input: TrainingInput, _ wish: String
  ) throws(LibraryError) {
    guard let model = input.models.first(where: { $0.labels.count != 1 }) else { return }
    throw LibraryError(
      .invalidArgument, "label-key",
      problem: "“\(model.name)” has \(model.labels.count) labels (\(Wording.list(model.labels))); "
        + "\(wish) for each model.",
      remedy: "Name an entry with one label, or train a category expert.")
  }

  private static func embeddings(
    _ labels: [String], _ table: TextTable, _ paths: [String]
  ) throws(LibraryError) -> Matrix {
    let places = Dictionary(uniqueKeysWithValues: zip(table.labels, table.labels.indices))
    var rows: [Int] = []
    for label in labels {
      guard let row = places[label] else {
        throw LibraryError(
          .unknownLabel, label,
          problem: "the text table at \(Wording.list(paths)) has no such label.",
          remedy: "Build a table that embeds every label of the models.")
      }
      rows.append(row)
    }
    return table.embeddings.selectingRows(rows)
  }

  /// How numbers are standardised: by the training models, of the logarithm where the greatest of
  /// theirs is at least twenty times the least and those of all models are positive.
  private static func scale(
    _ input: TrainingInput, _ numbers: [Double?], property: String
  ) throws(LibraryError) -> ExpertFacts.NumberScale {
    let known = zip(input.models, numbers).compactMap { $0.split == .train ? $1 : nil }
    if let place = numbers.firstIndex(where: { $0 == nil }) {
      let model = input.models[place]
      throw LibraryError(
        .invalidArgument, "label-key",
        problem: "“\(model.name)” has “\(property)” \(Wording.list(model.labels)), which is no "
          + "finite number.",
        remedy: "Name an entry that holds a number in every model, or train with --kind choice.")
    }
    guard let least = known.min(), let greatest = known.max(), least < greatest else {
      throw LibraryError(
        .invalidArgument, "label-key",
        problem: known.isEmpty
          ? "the zoo has no training models."
          : "every training model has the same “\(property)”.",
        remedy: "Give models of at least two values in the split `train`.")
    }
    // A model of another split without a logarithm could not be judged.
    let isLogarithmic =
      numbers.allSatisfy { ($0 ?? 0) > 0 } && greatest / least >= 20
    let values = isLogarithmic ? known.map(log10) : known
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    let deviation = Float(variance.squareRoot())
    guard Float(mean).isFinite, deviation.isNormal else {
      throw LibraryError(
        .invalidArgument, "label-key",
        problem: "the “\(property)” of the training models, from \(least) to \(greatest), is "
          + "beyond the range or the precision of a 32-bit number.",
        remedy: "Give the numbers in another unit.")
    }
    return ExpertFacts.NumberScale(
      property: property, mean: Float(mean), deviation: deviation, isLogarithmic: isLogarithmic,
      error: 0)
  }

  /// What the expert says about itself before it is calibrated.
  func facts(_ readings: [ExpertFacts.Reading]) -> ExpertFacts {
    let bases = Array(input.bases.prefix(1))
    let tree = request.tree ?? bases.first?.split(separator: "/").last.map(String.init)
    let output: ExpertFacts.Output
    switch request.kind {
    case .categories: output = .categories(labels: labels, threshold: 0.5)
    case .choice: output = .choice(labels: labels)
    case .number:
      guard let scale else { preconditionFailure("a number has a scale") }
      output = .number(scale)
    case .text(let paths):
      guard let table else { preconditionFailure("a text expert has a table") }
      output = .text(
        ExpertFacts.TextSpace(
          encoder: table.encoder, prompt: table.prompt, normalised: table.normalised,
          dimension: table.dimension),
        temperature: 1, table: paths.first.map(LibraryLoader.name(of:)))
    }
    return ExpertFacts(
      tree: tree ?? "unnamed", bases: bases, readings: readings,
      input: input.records[0].lowRank == nil ? .full : .lora, output: output)
  }
}

extension TrainingRequest.Temperature {
  /// As networks are trained with it.
  var training: TrainingTemperature {
    switch self {
    case .fixed(let value): .fixed(Float(value))
    case .learned(let start): .learned(from: Float(start))
    }
  }
}

extension ExpertFacts.NumberScale {
  /// The output that means a number.
  func output(for number: Double) -> Float {
    let value = isLogarithmic ? log10(number) : number
    return Float((value - Double(mean)) / Double(deviation))
  }

  /// The number that an output means.
  func number(for output: Float) -> Double {
    let value = Double(mean) + Double(deviation) * Double(output)
    return isLogarithmic ? pow(10, value) : value
  }
}
