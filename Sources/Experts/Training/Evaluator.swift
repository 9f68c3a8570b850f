package import Tensors

/// How right a network is.
package enum Evaluator {
  /// How many layers share one pass over an encoder, as in a shard of a training batch.
  private static let passSize = 64

  /// The share of right answers. Categories: of all yes/no questions. Texts and choices: of models
  /// whose best candidate is the right one; of equal ones the earlier counts. Numbers: the
  /// coefficient of determination R². No models: 0.
  package static func accuracy(
    _ network: TrainableNetwork, on split: TrainingSplit, threads: Int = 1
  ) throws(TrainingError) -> Double {
    accuracy(try outputs(network, on: split, threads: threads), split.targets)
  }

  /// What the head says about every model of a split, `n × outputs`: logits, cosines with the
  /// task's texts, or a standardised number. The same for any number of threads.
  ///
  /// - Throws: `TrainingError.unreadable`, for layers that stay in their files.
  ///
  /// Goes through the forward pass of training, in which LoRA models share their products.
  package static func outputs(
    _ network: TrainableNetwork, on split: TrainingSplit, threads: Int = 1
  ) throws(TrainingError) -> Matrix {
    let (design, tensors, head) = (network.design, network.tensors, network.head)
    let preparation = network.preparation
    var directions: Matrix?
    if case .text(let embeddings, _) = network.task {
      directions = head.forward(embeddings).normalizingRows()
    }
    let batches = stride(from: 0, to: split.count, by: 2 * passSize).map { start in
      Array(start..<min(start + 2 * passSize, split.count))
    }
    let reader = BatchReader(split.layers, batches)
    var values: [Float] = []
    for batch in batches {
      let layers = try reader.next()
      let passes = (batch.count + passSize - 1) / passSize
      let parts = Threads.map(passes, threads: threads) { [directions] pass in
        let models = pass * passSize..<min((pass + 1) * passSize, batch.count)
        let representations = design.forward(
          tensors, LayerStack(Array(layers[models]), preparation)
        ).representations
        return directions.map { Head.cosines(representations, with: $0) }
          ?? head.forward(representations)
      }
      for part in parts { values.append(contentsOf: part.values) }
    }
    let columns = split.count > 0 ? values.count / split.count : 0
    return Matrix(rows: split.count, columns: columns, values: values)
  }

  /// How right outputs are.
  package static func accuracy(_ outputs: Matrix, _ targets: TrainingTargets) -> Double {
    guard outputs.rows > 0 else { return 0 }
    switch targets {
    case .categories(let wanted):
      let right = zip(outputs.values, wanted.values).count { ($0 > 0) == ($1 > 0.5) }
      return Double(right) / Double(wanted.values.count)
    case .oneOf(let places):
      let right = places.enumerated().count { row, place in
        TopK.indices(of: Array(outputs.row(row)), count: 1) == [place]
      }
      return Double(right) / Double(places.count)
    case .numbers(let wanted):
      return determination(outputs.values, wanted)
    }
  }

  /// R²: 1 − (sum of square errors) / (sum of square deviations from the mean).
  private static func determination(_ outputs: [Float], _ wanted: [Float]) -> Double {
    let mean = wanted.reduce(0.0) { $0 + Double($1) } / Double(wanted.count)
    var (errors, deviations) = (0.0, 0.0)
    for (output, value) in zip(outputs, wanted) {
      errors += (Double(output) - Double(value)) * (Double(output) - Double(value))
      deviations += (Double(value) - mean) * (Double(value) - mean)
    }
    return deviations > 0 ? 1 - errors / deviations : 0
  }
}
