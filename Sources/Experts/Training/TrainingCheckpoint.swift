package import Tensors

/// Everything that decides how a run goes on, as it is between two epochs. A run that starts again
/// from it ends with the bytes of one that was never interrupted.
package struct TrainingCheckpoint: Sendable, Equatable {
  /// Epochs done.
  package internal(set) var epoch: Int
  /// The network's, in the order of `TrainableNetwork.tensors`.
  package internal(set) var tensors: [[Float]]
  /// The optimiser with its moments.
  package internal(set) var adam: Adam
  /// Shuffles the models of the next epoch.
  package internal(set) var generator: RandomSource
  /// The tensors after the best epoch.
  package internal(set) var best: [[Float]]
  /// The epoch that did best on the validation models, 0 before the first.
  package internal(set) var bestEpoch: Int
  /// Its accuracy; −∞ before the first epoch.
  package internal(set) var bestAccuracy: Double
  /// Mean loss of each step so far.
  package internal(set) var losses: [Double]

  /// A run of which every part is given, as `TrainingCheckpointFile` reads it.
  package init(
    epoch: Int, tensors: [[Float]], adam: Adam, generator: RandomSource, best: [[Float]],
    bestEpoch: Int, bestAccuracy: Double, losses: [Double]
  ) {
    self.epoch = epoch
    self.tensors = tensors
    self.adam = adam
    self.generator = generator
    self.best = best
    self.bestEpoch = bestEpoch
    self.bestAccuracy = bestAccuracy
    self.losses = losses
  }

  /// A run before its first epoch.
  init(_ network: TrainableNetwork, _ settings: Adam.Settings, _ generator: RandomSource) {
    self.init(
      epoch: 0, tensors: network.tensors, adam: Adam(settings, sizes: network.sizes),
      generator: generator, best: network.tensors, bestEpoch: 0, bestAccuracy: -.infinity,
      losses: [])
  }
}
