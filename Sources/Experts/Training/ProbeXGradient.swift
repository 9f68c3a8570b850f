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

/// The derivative of a loss by each tensor of a `ProbeX`, in the network's own shapes.
package struct ProbeXGradient: Sendable {
  package var probes: Matrix
  package var projection: Matrix
  package var encoder: Matrix
  package var encoderBias: [Float]
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
  /// - Parameter outer: the derivative of the loss by the representations, `n × r_T`.
  ///
  /// Cost: twice the forward pass.
  package func gradient(
    _ outer: Matrix, _ activations: ProbeXActivations, _ stack: LayerStack
  ) -> ProbeXGradient {
    precondition(outer.rows == stack.count && outer.columns == dimension, "another batch's")
    // dP = dE · M, cut where the ReLU was closed.
    var inner = BLAS.product(.asStored(outer), .transposed(encoder))
    for index in inner.values.indices {
      inner.values[index] = activations.projected.values[index] > 0 ? inner.values[index] : 0
    }
    var result = ProbeXGradient(
      probes: Matrix(rows: probes.rows, columns: probes.columns),
      projection: Matrix(rows: projection.rows, columns: projection.columns),
      encoder: BLAS.product(.transposed(activations.projected), .asStored(outer)),
      encoderBias: outer.columnSums())
    switch stack {
    case .full(let layers):
      addFull(inner, activations.responses, layers, to: &result)
    case .lowRank(let down, let up, let ranges):
      guard let downs = activations.downResponses, let ups = activations.upProjections else {
        preconditionFailure("activations of another stack")
      }
      addLowRank(inner, (downs, ups), (down, up), ranges, to: &result)
    }
    return result
  }

  /// dV = Σ dPᵀ·Rᵀ and dU = Σ Xᵀ·(V·dPᵀ), with dP of one model as `r_U × r_V`.
  private func addFull(
    _ inner: Matrix, _ responses: [Matrix], _ layers: [Matrix], to result: inout ProbeXGradient
  ) {
    for (row, layer) in layers.enumerated() {
      let change = Matrix(
        rows: probeCount, columns: projectionCount, values: Array(inner.row(row)))
      BLAS.product(
        .transposed(change), .transposed(responses[row]),
        into: &result.projection.values, at: 0, adding: true)
      let response = BLAS.product(.transposed(projection), .transposed(change))
      BLAS.product(
        .transposed(layer), .asStored(response), into: &result.probes.values, at: 0, adding: true)
    }
  }

  /// With P = (A·U)ᵀ·(BᵀV), B with its scale: both factors' changes model by model, then one
  /// product each.
  private func addLowRank(
    _ inner: Matrix, _ outputs: (down: Matrix, up: Matrix), _ inputs: (down: Matrix, up: Matrix),
    _ ranges: [Range<Int>], to result: inout ProbeXGradient
  ) {
    var downChange = Matrix(rows: outputs.down.rows, columns: probeCount)
    var upChange = Matrix(rows: outputs.up.rows, columns: projectionCount)
    for (row, range) in ranges.enumerated() {
      let change = Matrix(
        rows: probeCount, columns: projectionCount, values: Array(inner.row(row)))
      BLAS.product(
        .asStored(outputs.up, rows: range), .transposed(change),
        into: &downChange.values, at: range.lowerBound * probeCount)
      BLAS.product(
        .asStored(outputs.down, rows: range), .asStored(change),
        into: &upChange.values, at: range.lowerBound * projectionCount)
    }
    BLAS.product(
      .transposed(inputs.down), .asStored(downChange), into: &result.probes.values, at: 0)
    BLAS.product(
      .transposed(upChange), .asStored(inputs.up), into: &result.projection.values, at: 0)
  }
}
