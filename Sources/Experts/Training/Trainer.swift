package import Tensors

/// How a network is trained.
package struct TrainingSettings: Sendable, Equatable {
  package var epochs: Int
  /// Models of one step of the optimiser.
  package var batch: Int
  package var seed: UInt64
  package var adam: Adam.Settings
  /// 1 or 2. The result does not depend on it: every batch is two shards, whose gradients are added
  /// in their order. Four shards would keep more threads busy, but each has a gradient of its own,
  /// and two are a third of all that a run holds beside its models.
  package var threads: Int
  /// Training ends when so many epochs in a row did no better on the validation models than the
  /// best; `nil` goes on to the last epoch.
  package var patience: Int?

  package init(
    epochs: Int, batch: Int, seed: UInt64, adam: Adam.Settings, threads: Int, patience: Int? = nil
  ) {
    self.epochs = epochs
    self.batch = batch
    self.seed = seed
    self.adam = adam
    self.threads = threads
    self.patience = patience
  }
}

/// How far training has come.
package struct TrainingProgress: Sendable, Equatable {
  /// Epochs done, of `epochs`.
  package let epoch: Int
  package let epochs: Int
  /// Mean loss of the epoch's batches.
  package let loss: Double
  /// On the validation models.
  package let accuracy: Double
  /// The best accuracy so far, and the epoch it came from.
  package let bestAccuracy: Double
  package let bestEpoch: Int
  /// Whether training ends here, before its last epoch, because nothing got better.
  package let stopsEarly: Bool
}

/// The end of training.
package struct TrainingResult: Sendable {
  /// As it was after the best epoch.
  package let network: TrainableNetwork
  package let bestEpoch: Int
  package let bestAccuracy: Double
  /// Mean loss of each step, in order.
  package let losses: [Double]
}

/// Trains a network on models and keeps it as it was when it did best on others.
package enum Trainer {
  /// Trains to the last epoch, or until nothing gets better any more.
  ///
  /// Same network, data and settings: same bytes, whatever `threads` is, and wherever the run was
  /// interrupted (on one machine, with one BLAS thread).
  ///
  /// Memory beside the models: six times the network, of which two are the shards' gradients, two
  /// the optimiser's moments and one the best epoch's. What is passed is consumed: a caller that
  /// keeps the network or the checkpoint adds theirs.
  ///
  /// - Parameters:
  ///   - network: as it starts.
  ///   - generator: shuffles the models; the same source that made the network.
  ///   - resume: where a run of the same network, data and settings was interrupted.
  ///   - save: gets the run after each epoch, and whether it was the last. Who keeps it longer than
  ///     the call makes the next step copy it.
  ///   - progress: called after each epoch.
  /// - Throws: `TrainingError`: `diverged`, `cancelled`, and what `save` throws.
  package static func train(
    _ network: consuming TrainableNetwork, on training: TrainingSplit, validation: TrainingSplit,
    _ settings: TrainingSettings, generator: inout RandomSource,
    resume: consuming TrainingCheckpoint? = nil,
    save: (TrainingCheckpoint, _ isOver: Bool) throws(TrainingError) -> Void = {
      (_, _) throws(TrainingError) in
    },
    progress: (TrainingProgress) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws(TrainingError) -> TrainingResult {
    var run = TrainingRun(consume network, consume resume, settings, generator)
    while !run.isOver {
      let loss = try run.epoch(on: training, isCancelled: isCancelled)
      let accuracy = try run.judge(on: validation)
      progress(
        TrainingProgress(
          epoch: run.state.epoch, epochs: settings.epochs, loss: loss, accuracy: accuracy,
          bestAccuracy: run.state.bestAccuracy, bestEpoch: run.state.bestEpoch,
          stopsEarly: run.isOver && run.state.epoch < settings.epochs))
      try save(run.state, run.isOver)
    }
    generator = run.state.generator
    return run.result
  }
}
