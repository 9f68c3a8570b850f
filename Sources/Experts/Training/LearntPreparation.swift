import Checkpoints
import Tensors

extension InputPreparation {
  /// What the training models say about their layers: the mean one, and how large they are.
  ///
  /// - Parameters:
  ///   - isCentred: whether the mean is taken away; LoRA changes have none.
  ///   - isScaled: whether layers are multiplied so that the numbers of all have a root mean square
  ///     of 1 after that; otherwise by `scale`.
  ///   - isCancelled: asked before each layer.
  /// - Throws: `TrainingError`: `cancelled`; `unusableData` where nothing is left to scale.
  ///
  /// Cost: a pass over the layers for each of the two.
  package static func learnt(
    from layers: [StoredLayer], isCentred: Bool, isScaled: Bool, scale: Float = 1,
    isCancelled: () -> Bool = { false }
  ) throws(TrainingError) -> InputPreparation {
    let centre = isCentred ? try mean(layers, isCancelled) : nil
    guard isScaled else { return InputPreparation(centre: centre, scale: scale) }
    let plain = InputPreparation(centre: centre)
    var (sum, count) = (0.0, 0)
    for stored in layers {
      if isCancelled() { throw cancelled }
      let layer = plain.applied(try stored.layer)
      let norm = Double(layer.norm)
      sum += norm * norm
      count += layer.rows * layer.columns
    }
    guard sum > 0, sum.isFinite, count > 0 else {
      throw TrainingError(
        .unusableData, "layer", problem: "the training models' layers are all alike.",
        remedy: "Choose a layer that fine-tuning changed.")
    }
    return InputPreparation(centre: centre, scale: Float((Double(count) / sum).squareRoot()))
  }

  /// The mean of whole layers; `nil` for LoRA changes, and without layers.
  static func mean(
    _ layers: [StoredLayer], _ isCancelled: () -> Bool
  ) throws(TrainingError) -> Matrix? {
    guard let first = try layers.first?.layer, case .full = first else { return nil }
    var sum = [Double](repeating: 0, count: first.rows * first.columns)
    for stored in layers {
      if isCancelled() { throw cancelled }
      guard case .full(let matrix) = try stored.layer else { continue }
      for index in sum.indices { sum[index] += Double(matrix.values[index]) }
    }
    return Matrix(
      rows: first.rows, columns: first.columns, values: sum.map { Float($0 / Double(layers.count)) }
    )
  }

  /// Why numbers that are squared are none any more; names the model with the largest weights by
  /// its place among the given ones. Costs a pass over the layers.
  static func tooLarge(_ layers: [StoredLayer]) -> TrainingError {
    var greatest: (place: Int, norm: Float) = (0, 0)
    for (place, stored) in layers.enumerated() {
      guard let norm = try? stored.layer.norm, !(norm <= greatest.norm) else { continue }
      greatest = (place, norm)
    }
    return TrainingError(
      .unusableData, "layer",
      problem: "the weights of the models are so large that their squares overflow; model "
        + "\(greatest.place + 1) of \(layers.count) has the largest.",
      remedy: "Check that model, or leave it out; weights of a trained model are far smaller.")
  }

  static let cancelled = TrainingError(
    .cancelled, "training", problem: "it was cancelled.", remedy: "Start it again.")
}
