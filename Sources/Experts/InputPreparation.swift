package import Checkpoints
package import Tensors

/// What is done to a layer before a network sees it: `scale · (X − centre)`, where `isNormalised`
/// divided by its own Frobenius norm first.
///
/// A fine-tuned layer is its root plus a change a hundredth of its size, and everything that can be
/// read is in the change. Without a centre a network spends its probes on telling the root away.
package struct InputPreparation: Sendable, Equatable {
  /// The mean layer of the training models, `d_H × d_W`; `nil` where nothing is taken away. LoRA
  /// changes have none: they are changes already.
  package let centre: Matrix?
  /// What the layer is multiplied with; finite and not 0.
  package let scale: Float
  /// Whether each layer is divided by its own Frobenius norm, so that how long a model was trained
  /// does not matter.
  package let isNormalised: Bool

  /// Nothing but a factor.
  package init(centre: Matrix? = nil, scale: Float = 1, isNormalised: Bool = false) {
    self.centre = centre
    self.scale = scale
    self.isNormalised = isNormalised
  }

  /// The layer without its centre, and the factor that a network has to multiply it with.
  ///
  /// Cost: one pass over the layer where there is a centre; nothing otherwise, but for the norm.
  package func prepared(_ layer: Layer) -> (layer: Layer, scale: Float) {
    var layer = layer
    if let centre, case .full(var matrix) = layer {
      precondition(
        (matrix.rows, matrix.columns) == (centre.rows, centre.columns),
        "the centre of another layer")
      for index in matrix.values.indices { matrix.values[index] -= centre.values[index] }
      layer = .full(matrix)
    }
    guard isNormalised else { return (layer, scale) }
    return (layer, scale / max(layer.norm, 1e-12))
  }
}

extension InputPreparation {
  /// The layer as the network sees it, multiplied out; for training, where a layer is read many
  /// times.
  package func applied(_ layer: Layer) -> Layer {
    let (layer, scale) = prepared(layer)
    guard scale != 1 else { return layer }
    switch layer {
    case .full(var matrix):
      for index in matrix.values.indices { matrix.values[index] *= scale }
      return .full(matrix)
    case .lowRank(let pair):
      return .lowRank(LowRank(scale: pair.scale * scale, up: pair.up, down: pair.down))
    }
  }
}

extension Layer {
  /// The Frobenius norm: the root of the sum of all squares. For LoRA from the factors' small Gram
  /// matrices: |BA|² = Σ (BᵀB)∘(AAᵀ).
  package var norm: Float {
    switch self {
    case .full(let matrix): return Vector.length(matrix.values[...])
    case .lowRank(let pair):
      let up = BLAS.product(.transposed(pair.up), .asStored(pair.up))
      let down = BLAS.product(.asStored(pair.down), .transposed(pair.down))
      var sum = 0.0
      for index in up.values.indices {
        sum += Double(up.values[index]) * Double(down.values[index])
      }
      return abs(pair.scale) * Float(max(sum, 0).squareRoot())
    }
  }
}
