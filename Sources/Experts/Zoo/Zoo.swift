package import Checkpoints

/// A folder of labelled models to learn from: headers and labels are read, weights are not.
package struct Zoo: Sendable {
  /// The folder or label file.
  package let path: String
  /// By split in the order of `ZooSplit`, then by the bytes of the name: never by the file system.
  package let models: [ZooModel]
  /// What was left out: places that cannot be reached, then broken models in the order of `models`.
  /// The path is relative to the zoo.
  package let problems: [(path: String, error: CheckpointError)]

  /// Reads a folder with the splits `train`, `val`, `test`, `val_holdout` and `test_holdout`, or
  /// one without, whose models are then assigned by their names (80 : 10 : 10, see
  /// `ZooSplit.ofName`). Beside split folders nothing else is looked at. Each folder counts once,
  /// however many links lead to it; of two splits the first has it.
  ///
  /// - Parameters:
  ///   - path: the zoo's folder.
  ///   - brokenLimit: the share of models, 0 to 1, that may be broken.
  ///   - limits: how much of a header may be read.
  ///   - hub: as `Checkpoint.open` takes it.
  ///   - isCancelled: asked before each model; once true, the rest is left out and nothing is
  ///     judged, since the caller has no use for the result.
  ///   - progress: called after each model with how many are done, and of how many.
  /// - Throws: `.unreadable`, `.noModels`, `.tooManyBroken` naming the first ones.
  ///
  /// Cost: some system calls and one header per model; a few tenths of a second for 1,000.
  package static func read(
    _ path: String, brokenLimit: Double = 0.1, limits: ReadLimits = .init(), hub: HubCache,
    isCancelled: () -> Bool = { false }, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(ZooError) -> Zoo {
    let root = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let layout = try ZooLayout(root)
    return try Zoo(
      path: root, layout.places, layout.problems, brokenLimit, limits, hub, isCancelled, progress)
  }

  /// Reads the models that a label file names: CSV with a header line, or one JSON object per line.
  /// `path` is a path relative to the file's folder, or a Hub id; `split` one of the five, for all
  /// rows or for none; everything else is facts. A file of nothing else leaves the facts to the
  /// models' own headers.
  ///
  /// - Throws: `.badLabelFile` naming the line; otherwise as for a folder.
  package static func read(
    labelFile: String, brokenLimit: Double = 0.1, limits: ReadLimits = .init(), hub: HubCache,
    isCancelled: () -> Bool = { false }, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(ZooError) -> Zoo {
    let places = try LabelFile(labelFile).places
    return try Zoo(
      path: labelFile, places, [], brokenLimit, limits, hub, isCancelled, progress)
  }

  private init(
    path: String, _ places: [ZooLayout.Place],
    _ unreachable: [(path: String, error: CheckpointError)], _ brokenLimit: Double,
    _ limits: ReadLimits, _ hub: HubCache, _ isCancelled: () -> Bool, _ progress: (Int, Int) -> Void
  ) throws(ZooError) {
    self.path = path
    var models: [ZooModel] = []
    var problems = unreachable
    var wasCancelled = false
    for (index, place) in places.enumerated() {
      if isCancelled() {
        wasCancelled = true
        break
      }
      do throws(CheckpointError) {
        let checkpoint = try Checkpoint.open(
          place.target, relativeTo: place.directory, hub: hub, limits: limits)
        // A header without any layer is read well but gives nothing to learn from.
        if checkpoint.layers.isEmpty, let obstacle = checkpoint.obstacle { throw obstacle }
        models.append(
          ZooModel(
            name: place.name, checkpoint: checkpoint, split: place.split,
            facts: place.facts ?? checkpoint.metadata))
      } catch {
        problems.append((place.name, error))
      }
      progress(index + 1, places.count)
    }
    self.models = models
    self.problems = problems
    if !wasCancelled { try judge(brokenLimit) }
  }

  private func judge(_ brokenLimit: Double) throws(ZooError) {
    let total = models.count + problems.count
    if total > 0, Double(problems.count) > brokenLimit * Double(total) {
      let first = problems.prefix(3).map { "\($0.error)" }.joined(separator: " ")
      throw ZooError(
        .tooManyBroken, path,
        problem: "\(problems.count) of \(total) models are broken. The first: \(first)",
        remedy: "Repair or remove them, or allow more broken models.")
    }
    if models.isEmpty {
      throw ZooError(
        .noModels, path, problem: "it has no models.",
        remedy: "Name a folder with train, val and test, each with one folder or .safetensors "
          + "file per model, or a label file.")
    }
  }
}
