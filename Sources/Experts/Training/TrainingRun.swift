import Synchronization
import Tensors

/// A run of the trainer between its epochs.
struct TrainingRun {
  /// All that decides how it goes on. The tensors are in `network` while an epoch is trained.
  private(set) var state: TrainingCheckpoint
  private var network: TrainableNetwork
  private let settings: TrainingSettings
  private let shards: [Shard]

  init(
    _ start: consuming TrainableNetwork, _ resume: consuming TrainingCheckpoint?,
    _ settings: TrainingSettings, _ generator: RandomSource
  ) {
    var network = consume start
    let sizes = network.sizes
    state = (consume resume) ?? TrainingCheckpoint(network, settings.adam, generator)
    precondition(state.tensors.map(\.count) == sizes, "a run of another network")
    network.tensors = []
    self.network = network
    self.settings = settings
    shards = [Shard(sizes), Shard(sizes)]
  }

  /// Whether the last epoch is done, or nothing has become better for too long.
  var isOver: Bool {
    if let patience = settings.patience, state.epoch - state.bestEpoch >= patience { return true }
    return state.epoch >= max(settings.epochs, 1)
  }

  /// The end, with the network of the best epoch.
  var result: TrainingResult {
    var best = network
    best.tensors = state.best
    return TrainingResult(
      network: best, bestEpoch: state.bestEpoch, bestAccuracy: state.bestAccuracy,
      losses: state.losses)
  }

  /// One pass over the models in an order of its own; returns the mean loss.
  mutating func epoch(
    on training: TrainingSplit, isCancelled: () -> Bool
  ) throws(TrainingError) -> Double {
    let number = state.epoch + 1
    let order = state.generator.permutation(training.count)
    swap(&network.tensors, &state.tensors)
    var sum = 0.0
    let batches = stride(from: 0, to: order.count, by: settings.batch).map { start in
      Array(order[start..<min(start + settings.batch, order.count)])
    }
    let reader = BatchReader(training.layers, batches)
    for models in batches {
      if isCancelled() { throw .cancelled(inEpoch: number) }
      let loss = step(try reader.next(), training.targets.selecting(models))
      guard loss.isFinite else { throw .diverged(inEpoch: number, settings) }
      state.losses.append(loss)
      sum += loss * Double(models.count)
    }
    swap(&network.tensors, &state.tensors)
    state.epoch = number
    return training.count > 0 ? sum / Double(training.count) : 0
  }

  /// One step of the optimiser over a batch; returns the batch's mean loss.
  private mutating func step(_ layers: [HeldLayer], _ targets: TrainingTargets) -> Double {
    let half = (layers.count + 1) / 2
    let parts = [Array(0..<half), Array(half..<layers.count)].filter { !$0.isEmpty }
    let losses = Threads.map(parts.count, threads: settings.threads) { [network, shards] place in
      let part = parts[place]
      return shards[place].gradients.withLock { gradients in
        network.gradient(
          LayerStack(part.map { layers[$0] }, network.preparation),
          targets.selecting(part), batch: layers.count, into: &gradients)
      }
    }
    shards[0].gradients.withLock { first in
      shards[1].gradients.withLock { second in
        state.adam.step(
          &network.tensors, first, adding: parts.count > 1 ? second : nil,
          threads: settings.threads)
      }
    }
    return losses.reduce(0, +)
  }

  /// Accuracy on the validation models; remembers the network if it is the best so far.
  mutating func judge(on validation: TrainingSplit) throws(TrainingError) -> Double {
    network.tensors = state.tensors
    defer { network.tensors = [] }
    let outputs = try Evaluator.outputs(network, on: validation, threads: settings.threads)
    guard outputs.values.allSatisfy(\.isFinite) else {
      throw .diverged(inEpoch: state.epoch, settings)
    }
    let accuracy = Evaluator.accuracy(outputs, validation.targets)
    if accuracy > state.bestAccuracy {
      (state.best, state.bestEpoch, state.bestAccuracy) = (state.tensors, state.epoch, accuracy)
    }
    return accuracy
  }

  /// The gradient of one shard of a batch; its memory is used again for each.
  private final class Shard: Sendable {
    let gradients: Mutex<[[Float]]>

    init(_ sizes: [Int]) {
      gradients = Mutex(sizes.map { [Float](repeating: 0, count: $0) })
    }
  }
}

extension TrainingError {
  static func cancelled(inEpoch epoch: Int) -> TrainingError {
    TrainingError(
      .cancelled, "training", problem: "it was cancelled in epoch \(epoch).",
      remedy: "Start it again.")
  }

  static func diverged(inEpoch epoch: Int, _ settings: TrainingSettings) -> TrainingError {
    TrainingError(
      .diverged, "training",
      problem: "the loss is no number any more in epoch \(epoch), at learning rate "
        + "\(settings.adam.rate).",
      remedy: "Train with a smaller learning rate, or scale the input.")
  }
}
