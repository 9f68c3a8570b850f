import Checkpoints
import Dispatch
import Synchronization
package import Tensors

/// How a network is trained.
package struct TrainingSettings: Sendable, Equatable {
  package var epochs: Int
  /// Models of one step of the optimiser.
  package var batch: Int
  package var seed: UInt64
  package var adam: Adam.Settings
  /// 1 or 2. The result does not depend on it: every batch is two shards, whose gradients are added
  /// in their order.
  package var threads: Int

  package init(epochs: Int, batch: Int, seed: UInt64, adam: Adam.Settings, threads: Int) {
    self.epochs = epochs
    self.batch = batch
    self.seed = seed
    self.adam = adam
    self.threads = threads
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
  /// Trains to the last epoch.
  ///
  /// Same network, data and settings: same bytes, whatever `threads` is (on one machine, with one
  /// BLAS thread).
  ///
  /// - Parameters:
  ///   - network: as it starts.
  ///   - generator: shuffles the models; the same source that made the network.
  ///   - progress: called after each epoch.
  /// - Throws: `TrainingError`: `diverged`, `cancelled`.
  package static func train(
    _ network: TrainableNetwork, on training: TrainingSplit, validation: TrainingSplit,
    _ settings: TrainingSettings, generator: inout RandomSource,
    progress: (TrainingProgress) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws(TrainingError) -> TrainingResult {
    var network = network
    var best = (network: network, epoch: 0, accuracy: -Double.infinity)
    var adam = Adam(settings.adam, sizes: network.sizes)
    var losses: [Double] = []
    for epoch in 1...max(settings.epochs, 1) {
      let order = generator.permutation(training.count)
      var sum = 0.0
      for start in stride(from: 0, to: order.count, by: settings.batch) {
        if isCancelled() { throw cancelled(epoch) }
        let models = Array(order[start..<min(start + settings.batch, order.count)])
        let (loss, gradients) = gradient(network, training, models, threads: settings.threads)
        guard loss.isFinite else { throw diverged(epoch, settings) }
        adam.step(&network.tensors, gradients)
        losses.append(loss)
        sum += loss * Double(models.count)
      }
      let accuracy = Evaluator.accuracy(network, on: validation)
      if accuracy > best.accuracy { best = (network, epoch, accuracy) }
      progress(
        TrainingProgress(
          epoch: epoch, epochs: settings.epochs, loss: sum / Double(training.count),
          accuracy: accuracy, bestAccuracy: best.accuracy, bestEpoch: best.epoch))
    }
    return TrainingResult(
      network: best.network, bestEpoch: best.epoch, bestAccuracy: best.accuracy, losses: losses)
  }

  /// The gradient of a batch as the sum of two shards', in their order.
  private static func gradient(
    _ network: TrainableNetwork, _ training: TrainingSplit, _ models: [Int], threads: Int
  ) -> (loss: Double, gradients: [[Float]]) {
    let half = (models.count + 1) / 2
    let shards = [Array(models[..<half]), Array(models[half...])].filter { !$0.isEmpty }
    @Sendable func work(_ shard: [Int]) -> (loss: Double, gradients: [[Float]]) {
      network.gradient(
        shard.map { training.layers[$0].layer }, training.targets.selecting(shard),
        batch: models.count)
    }
    guard threads > 1, shards.count > 1 else {
      return shards.dropFirst().reduce(work(shards[0])) { added($0, work($1)) }
    }
    let results = Mutex<[(loss: Double, gradients: [[Float]])?]>(shards.map { _ in nil })
    DispatchQueue.concurrentPerform(iterations: shards.count) { place in
      let result = work(shards[place])
      results.withLock { $0[place] = result }
    }
    let parts = results.withLock { $0.compactMap(\.self) }
    return parts.dropFirst().reduce(parts[0], added)
  }

  private static func added(
    _ left: (loss: Double, gradients: [[Float]]), _ right: (loss: Double, gradients: [[Float]])
  ) -> (loss: Double, gradients: [[Float]]) {
    var sum = left
    sum.loss += right.loss
    for place in sum.gradients.indices {
      for index in sum.gradients[place].indices {
        sum.gradients[place][index] += right.gradients[place][index]
      }
    }
    return sum
  }

  private static func cancelled(_ epoch: Int) -> TrainingError {
    TrainingError(
      .cancelled, "training", problem: "it was cancelled in epoch \(epoch).",
      remedy: "Start it again.")
  }

  private static func diverged(_ epoch: Int, _ settings: TrainingSettings) -> TrainingError {
    TrainingError(
      .diverged, "training",
      problem: "the loss is no number any more in epoch \(epoch), at learning rate "
        + "\(settings.adam.rate).",
      remedy: "Train with a smaller learning rate, or scale the input.")
  }
}
