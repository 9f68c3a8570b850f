import Checkpoints
import Experts
import Tensors

/// The models of a zoo as training needs them: the same layers of each, of one shape, with their
/// labels.
struct TrainingInput {
  struct Model {
    let name: String
    let split: ZooSplit
    /// In the order of `records`.
    let layers: [StoredLayer]
    let labels: [String]
  }

  let models: [Model]
  let skipped: [String]
  let records: [LayerRecord]
  /// Bases that the training models declare, most often named first.
  let bases: [String]

  /// A zoo with more layers than this is not read whole when nobody says which: it would take the
  /// size of all models, and the upper half of a network says most.
  private static let mostLayers = 12

  /// Reads the layers and the labels of every model.
  ///
  /// A model that cannot be used is left out and named; more than a tenth of them is an error.
  ///
  /// - Parameter wanted: names of layers; empty for those that the models share.
  /// - Parameter memory: bytes that layers in memory may take; `nil` for as many as there are.
  init(
    _ zoo: Zoo, layers wanted: [String], labelKey: String, scaling: LoRAScaling = .apply,
    memory: Int? = nil, step: (TrainingStep) -> Void, isCancelled: () -> Bool
  ) throws {
    let names = wanted.isEmpty ? try Self.sharedLayers(zoo, atMost: Self.mostLayers) : wanted
    var models: [Model] = []
    var skipped = zoo.problems.map { "\($0.path): \($0.error)" }
    var records: [LayerRecord]?
    var keeper = LayerKeeper(budget: memory)
    var counts: [(base: String, count: Int)] = []
    for (index, model) in zoo.models.enumerated() {
      if isCancelled() { throw Self.cancelled }
      do {
        let found = try names.map { try model.checkpoint.layerRecord(named: $0) }
        let first = records ?? found
        try zip(found, first).forEach { try Self.compare($0, $1, model.name) }
        let labels = try model.labels(key: labelKey)
        let layers = try found.map { record in
          try keeper.keep(record, of: model.checkpoint, scaling: scaling)
        }
        records = first
        models.append(
          Model(name: model.name, split: model.split, layers: layers, labels: labels))
        for base in model.checkpoint.declaredBases where model.split == .train {
          let place = counts.firstIndex { $0.base == base.model }
          if let place { counts[place].count += 1 } else { counts.append((base.model, 1)) }
        }
      } catch let error as LibraryError {
        throw error
      } catch {
        skipped.append("\(model.name): \(Self.reason(error))")
      }
      step(.layers(index + 1, of: zoo.models.count))
    }
    guard let records, skipped.count * 10 <= zoo.models.count + zoo.problems.count else {
      throw LibraryError(
        .invalidArgument, "layer",
        problem: "\(skipped.count) of \(zoo.models.count) models cannot be used. The first: "
          + skipped.prefix(2).joined(separator: " "),
        remedy: "Name a layer and a label that the models have; `probexd inspect` lists them.")
    }
    self.models = models
    self.skipped = skipped
    self.records = records
    bases = counts.sorted { $0.count > $1.count }.map(\.base)
  }

  private init(_ other: TrainingInput, keeping layer: Int) {
    models = other.models.map {
      Model(name: $0.name, split: $0.split, layers: [$0.layers[layer]], labels: $0.labels)
    }
    (skipped, records, bases) = (other.skipped, [other.records[layer]], other.bases)
  }

  private init(_ other: TrainingInput, holdingOut labels: Set<String>) {
    models = other.models.compactMap { model in
      guard !model.split.isHeldOut else { return nil }
      let isOut = model.labels.contains(where: labels.contains)
      // Test models stay where nobody looks at them.
      guard !isOut || model.split != .test else { return nil }
      return Model(
        name: model.name, split: isOut ? .validationHoldout : model.split, layers: model.layers,
        labels: model.labels)
    }
    (skipped, records, bases) = (other.skipped, other.records, other.bases)
  }

  /// The training and validation models of these labels held out of training, instead of those that
  /// the zoo holds out.
  func holdingOut(_ labels: [String]) -> TrainingInput {
    TrainingInput(self, holdingOut: Set(labels))
  }

  /// An error without its subject, which is the model by one name or another.
  private static func reason(_ error: any Error) -> String {
    if let error = error as? ZooError { return "\(error.problem) \(error.remedy)" }
    let error = LibraryError(error, malformed: .malformedCheckpoint)
    return "\(error.problem) \(error.remedy)"
  }

  /// The same models with one of their layers.
  func keeping(_ layer: Int) -> TrainingInput { TrainingInput(self, keeping: layer) }

  static let cancelled = LibraryError(
    .cancelled, "training", problem: "it was cancelled.", remedy: "Start it again.")

  /// The layers that nine of ten training models have in one shape, in the order of the first
  /// model's; of more than `limit` so many that are spread evenly over the last half.
  static func sharedLayers(
    _ zoo: Zoo, atMost limit: Int?
  ) throws(LibraryError) -> [String] {
    let training = zoo.models.filter { $0.split == .train }
    let first = training.first?.checkpoint.layers ?? []
    let shared = first.filter { layer in
      let having = training.count { model in
        model.checkpoint.layers.contains {
          ($0.name, $0.rows, $0.columns) == (layer.name, layer.rows, layer.columns)
        }
      }
      return having * 10 >= training.count * 9
    }
    guard !shared.isEmpty else {
      throw LibraryError(
        .invalidArgument, zoo.path,
        problem: training.isEmpty
          ? "the zoo has no training models."
          : "the training models share no layer of one name and one shape.",
        remedy: "Train on models of one Model Tree, or name a layer.")
    }
    guard let limit, shared.count > limit else { return shared.map(\.name) }
    let upper = Array(shared.suffix((shared.count + 1) / 2))
    guard upper.count > limit else { return shared.suffix(limit).map(\.name) }
    return (0..<limit).map { upper[$0 * (upper.count - 1) / max(limit - 1, 1)].name }
  }

  private static func compare(
    _ found: LayerRecord, _ first: LayerRecord, _ name: String
  ) throws(LibraryError) {
    guard (found.rows, found.columns) == (first.rows, first.columns),
      (found.lowRank == nil) == (first.lowRank == nil)
    else { throw otherShape(name, found, first) }
  }

  private static func otherShape(
    _ name: String, _ found: LayerRecord, _ first: LayerRecord
  ) -> LibraryError {
    func shape(_ record: LayerRecord) -> String {
      "\(record.lowRank == nil ? "a whole matrix" : "a LoRA change") of "
        + "\(record.rows)×\(record.columns)"
    }
    return LibraryError(
      .wrongShape, name,
      problem: "its layer “\(found.name)” is \(shape(found)), but that of the models before is "
        + "\(shape(first)).",
      remedy: "Train on models of one Model Tree, saved in one way.")
  }

  /// The labels of the training models, in the order of their bytes, each once.
  func trainingLabels() throws(LibraryError) -> [String] {
    let labels = Set(models.filter { $0.split == .train }.flatMap(\.labels))
    guard labels.count > 1 else {
      throw LibraryError(
        .invalidArgument, "label-key",
        problem: labels.isEmpty
          ? "the zoo has no training models."
          : "every training model has the label “\(labels.first ?? "")”.",
        remedy: "Give models of at least two labels in the split `train`.")
    }
    return labels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
