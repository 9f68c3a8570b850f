import Checkpoints
package import Tensors

extension Trainer {
  /// What tells a run from every other: the network as it starts, the models with their answers,
  /// and the settings but for the threads, which change nothing. SHA-256 in hexadecimal.
  ///
  /// Cost: one pass over all layers in memory. Layers in files count by their file's name, size and
  /// time of modification.
  package static func digest(
    _ network: TrainableNetwork, on training: TrainingSplit, validation: TrainingSplit,
    _ settings: TrainingSettings, generator: RandomSource
  ) -> String {
    var digest = ContentDigest()
    digest.add(network.design.kind.rawValue)
    for tensor in network.tensors { digest.add(tensor) }
    network.preparation.add(to: &digest)
    network.task.add(to: &digest)
    for number in [settings.epochs, settings.batch, settings.patience ?? -1] { digest.add(number) }
    let adam = settings.adam
    digest.add([adam.rate, adam.weightDecay, adam.beta1, adam.beta2, adam.epsilon])
    let (a, b, c, d) = generator.state
    for word in [a, b, c, d] { digest.add(Int(bitPattern: UInt(word))) }
    for split in [training, validation] {
      digest.add(split.count)
      for layer in split.layers { layer.add(to: &digest) }
      split.targets.add(to: &digest)
    }
    return digest.hexadecimal
  }
}

extension InputPreparation {
  fileprivate func add(to digest: inout ContentDigest) {
    digest.add([scale, isNormalised ? 1 : 0])
    digest.add(centre?.values ?? [])
  }
}

extension TrainingTask {
  fileprivate func add(to digest: inout ContentDigest) {
    switch self {
    case .categories(let labels): digest.add("categories \(labels)")
    case .choice(let labels): digest.add("choice \(labels)")
    case .number: digest.add("number")
    case .text(let embeddings, let temperature):
      digest.add("text \(temperature)")
      digest.add(embeddings.values)
    }
  }
}

extension TrainingTargets {
  fileprivate func add(to digest: inout ContentDigest) {
    switch self {
    case .categories(let answers): digest.add(answers.values)
    case .oneOf(let places): for place in places { digest.add(place) }
    case .numbers(let numbers): digest.add(numbers)
    }
  }
}

extension StoredLayer {
  fileprivate func add(to digest: inout ContentDigest) {
    switch self {
    case .held(.packed(let packed)): packed.add(to: &digest)
    case .held(.layer(.full(let matrix))): digest.add(matrix.values)
    case .held(.layer(.lowRank(let pair))):
      digest.add([pair.scale])
      digest.add(pair.up.values)
      digest.add(pair.down.values)
    case .file(let checkpoint, let record, let scaling):
      for name in record.tensorNames { digest.add(name) }
      digest.add(scaling.rawValue)
      for file in checkpoint.files {
        digest.add(file.path)
        digest.add(file.identity.size)
        digest.add(Int(file.identity.modified))
      }
    }
  }
}
