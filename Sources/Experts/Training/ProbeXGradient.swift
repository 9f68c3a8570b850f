package import Tensors

/// What the forward pass of a shard leaves for its backward pass.
package struct ProbeXActivations: Sendable {
  /// X·U of each whole matrix, `d_H × r_U`; empty for LoRA.
  let responses: [Matrix]
  /// A·U of all LoRA models, `Σr × r_U`; `nil` for whole matrices.
  let downResponses: Matrix?
  /// (scale·B)ᵀ·V of all LoRA models, `Σr × r_V`; `nil` for whole matrices.
  let upProjections: Matrix?
  /// P after the ReLU, `n × (r_U · r_V)`.
  let projected: Matrix
  /// e, `n × r_T`.
  package let representations: Matrix
}

extension ProbeX {
  /// The forward pass of a shard, keeping what `gradient` needs.
  ///
  /// Same numbers as `represent`, in another order of products: a shard of LoRA models is one
  /// product with U and one with V, whatever their number.
  package func activations(_ stack: LayerStack) -> ProbeXActivations {
    var projected = [Float](repeating: 0, count: stack.count * projectedCount)
    var responses: [Matrix] = []
    var (downResponses, upProjections): (Matrix?, Matrix?)
    switch stack {
    case .full(let layers):
      for (row, layer) in layers.enumerated() {
        let response = BLAS.product(.asStored(layer), .asStored(probes))
        BLAS.product(
          .transposed(response), .transposed(projection),
          into: &projected, at: row * projectedCount)
        responses.append(response)
      }
    case .lowRank(let down, let up, let ranges):
      let downs = BLAS.product(.asStored(down), .asStored(probes))
      let ups = BLAS.product(.asStored(up), .transposed(projection))
      for (row, range) in ranges.enumerated() {
        BLAS.product(
          .transposed(downs, rows: range), .asStored(ups, rows: range),
          into: &projected, at: row * projectedCount)
      }
      (downResponses, upProjections) = (downs, ups)
    }
    for index in projected.indices {
      projected[index] = projected[index] < 0 ? 0 : projected[index]
    }
    let matrix = Matrix(rows: stack.count, columns: projectedCount, values: projected)
    var representations = BLAS.product(.asStored(matrix), .asStored(encoder))
    Linear.add(encoderBias, toRowsOf: &representations)
    return ProbeXActivations(
      responses: responses, downResponses: downResponses, upProjections: upProjections,
      projected: matrix, representations: representations)
  }

  /// The backward pass of a shard.
  ///
  /// - Parameters:
  ///   - outer: the derivative of the loss by the representations, `n × r_T`.
  ///   - gradients: the first four lists are written over: the derivatives by U, Vᵀ, Mᵀ and b.
  ///
  /// Cost: twice the forward pass.
  package func gradient(
    _ outer: Matrix, _ activations: ProbeXActivations, _ stack: LayerStack,
    into gradients: inout [[Float]]
  ) {
    precondition(outer.rows == stack.count && outer.columns == dimension, "another batch's")
    BLAS.product(
      .transposed(activations.projected), .asStored(outer), into: &gradients[2], at: 0)
    gradients[3] = outer.columnSums()
    // dP = dE · M, cut where the ReLU was closed; that of model i are rows i·r_U and following.
    var inner = BLAS.product(.asStored(outer), .transposed(encoder)).values
    TrainingLoops.cut(&inner, where: activations.projected.values)
    let change = Matrix(
      rows: stack.count * probeCount, columns: projectionCount, values: inner)
    switch stack {
    case .full(let layers):
      fullGradient(change, activations.responses, layers, into: &gradients)
    case .lowRank(let down, let up, let ranges):
      guard let downs = activations.downResponses, let ups = activations.upProjections else {
        preconditionFailure("activations of another stack")
      }
      lowRankGradient(change, (downs, ups), (down, up), ranges, into: &gradients)
    }
  }

  private func rows(of model: Int) -> Range<Int> {
    model * probeCount..<(model + 1) * probeCount
  }

  /// dVᵀ = Σ dPᵀ·Rᵀ and dU = Σ Xᵀ·(V·dPᵀ), with dP of one model as `r_U × r_V`.
  private func fullGradient(
    _ inner: Matrix, _ responses: [Matrix], _ layers: FullLayers, into gradients: inout [[Float]]
  ) {
    for (model, layer) in layers.enumerated() {
      BLAS.product(
        .transposed(inner, rows: rows(of: model)), .transposed(responses[model]),
        into: &gradients[1], at: 0, adding: model > 0)
      let response = BLAS.product(
        .transposed(projection), .transposed(inner, rows: rows(of: model)))
      BLAS.product(
        .transposed(layer), .asStored(response), into: &gradients[0], at: 0, adding: model > 0)
    }
  }

  /// With P = (A·U)ᵀ·(BᵀV), B with its scale: both factors' changes model by model, then one
  /// product each.
  private func lowRankGradient(
    _ inner: Matrix, _ outputs: (down: Matrix, up: Matrix), _ inputs: (down: Matrix, up: Matrix),
    _ ranges: [Range<Int>], into gradients: inout [[Float]]
  ) {
    var downChange = Matrix(rows: outputs.down.rows, columns: probeCount)
    var upChange = Matrix(rows: outputs.up.rows, columns: projectionCount)
    for (model, range) in ranges.enumerated() {
      BLAS.product(
        .asStored(outputs.up, rows: range), .transposed(inner, rows: rows(of: model)),
        into: &downChange.values, at: range.lowerBound * probeCount)
      BLAS.product(
        .asStored(outputs.down, rows: range), .asStored(inner, rows: rows(of: model)),
        into: &upChange.values, at: range.lowerBound * projectionCount)
    }
    BLAS.product(.transposed(inputs.down), .asStored(downChange), into: &gradients[0], at: 0)
    BLAS.product(.transposed(upChange), .asStored(inputs.up), into: &gradients[1], at: 0)
  }
}
