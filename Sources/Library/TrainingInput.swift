import Checkpoints
import Experts
import Tensors

/// The models of a zoo as training needs them: one layer each, of one shape, with their labels.
struct TrainingInput {
  struct Model {
    let split: ZooSplit
    let layer: StoredLayer
    let labels: [String]
  }

  let models: [Model]
  let skipped: [String]
  let record: LayerRecord
  /// Bases that the training models declare, most often named first.
  let bases: [String]

  /// Reads the layer and the labels of every model.
  ///
  /// A model that cannot be used is left out and named; more than a tenth of them is an error.
  init(
    _ zoo: Zoo, _ request: TrainingRequest, step: (TrainingStep) -> Void, isCancelled: () -> Bool
  ) throws {
    var models: [Model] = []
    var skipped = zoo.problems.map { "\($0.path): \($0.error)" }
    var record: LayerRecord?
    var keeper = LayerKeeper()
    var counts: [(base: String, count: Int)] = []
    for (index, model) in zoo.models.enumerated() {
      if isCancelled() { throw Self.cancelled }
      do {
        let found = try model.checkpoint.layerRecord(named: request.layer)
        let first = record ?? found
        record = first
        guard (found.rows, found.columns) == (first.rows, first.columns),
          (found.lowRank == nil) == (first.lowRank == nil)
        else { throw Self.otherShape(model.name, found, first) }
        let labels = try model.labels(key: request.labelKey)
        models.append(
          Model(
            split: model.split,
            layer: try keeper.keep(found, of: model.checkpoint),
            labels: labels))
        for base in model.checkpoint.declaredBases where model.split == .train {
          let place = counts.firstIndex { $0.base == base.model }
          if let place { counts[place].count += 1 } else { counts.append((base.model, 1)) }
        }
      } catch let error as LibraryError {
        throw error
      } catch {
        skipped.append("\(model.name): \(error)")
      }
      step(.layers(index + 1, of: zoo.models.count))
    }
    guard let record, skipped.count * 10 <= zoo.models.count + zoo.problems.count else {
      throw LibraryError(
        .invalidArgument, "layer",
        problem: "\(skipped.count) of \(zoo.models.count) models cannot be used. The first: "
          + skipped.prefix(2).joined(separator: " "),
        remedy: "Name a layer and a label that the models have; `probexd inspect` lists them.")
    }
    self.models = models
    self.skipped = skipped
    self.record = record
    bases = counts.sorted { $0.count > $1.count }.map(\.base)
  }

  static let cancelled = LibraryError(
    .cancelled, "training", problem: "it was cancelled.", remedy: "Start it again.")

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
