import Experts
import Tensors

/// The checkpoints of a request's runs, one for each network that it trains, as hidden files beside
/// the expert: `.NAME.1.training`, `.NAME.2.training` and so on. No library loads them.
///
/// A run that ended keeps its checkpoint until the expert is written: if a later run is
/// interrupted, the request goes through the ended ones in no time.
final class TrainingCheckpoints {
  private let saving: TrainingResources.Saving?
  private let folder: String
  private let name: String
  private var paths: [String] = []

  /// None: nothing is saved.
  convenience init() { self.init(nil, output: "") }

  /// - Parameter output: the expert's file.
  init(_ saving: TrainingResources.Saving?, output: String) {
    self.saving = saving
    let end = output.lastIndex(of: "/").map { output.index(after: $0) } ?? output.startIndex
    folder = String(output[..<end])
    name = String(output[end...])
  }

  /// `Trainer.train`, from the checkpoint of the request's run of the same number if there is one.
  /// Runs are numbered in the order of the calls.
  ///
  /// - Throws: as `Trainer.train`; `TrainingError.badCheckpoint`.
  func train(
    _ network: consuming TrainableNetwork, on training: TrainingSplit, validation: TrainingSplit,
    _ settings: TrainingSettings, generator: inout RandomSource,
    progress: (TrainingProgress) -> Void, isCancelled: () -> Bool
  ) throws(TrainingError) -> TrainingResult {
    guard let saving else {
      return try Trainer.train(
        consume network, on: training, validation: validation, settings, generator: &generator,
        progress: progress, isCancelled: isCancelled)
    }
    let path = "\(folder).\(name).\(paths.count + 1).training"
    paths.append(path)
    let run = Trainer.digest(
      network, on: training, validation: validation, settings, generator: generator)
    let resume = try TrainingCheckpointFile.read(
      path, run: run, sizes: network.sizes, settings.adam)
    if let epoch = resume?.epoch { saving.resumed(path, epoch) }
    var last = saving.now()
    return try Trainer.train(
      consume network, on: training, validation: validation, settings, generator: &generator,
      resume: consume resume,
      save: { (checkpoint, isOver) throws(TrainingError) in
        guard isOver || saving.now() - last >= saving.seconds else { return }
        try TrainingCheckpointFile.write(checkpoint, run: run, to: path)
        last = saving.now()
      }, progress: progress, isCancelled: isCancelled)
  }

  /// Removes what the runs left; call it when the expert is written.
  func remove() {
    for path in paths { TrainingCheckpointFile.remove(path) }
    paths = []
  }
}
