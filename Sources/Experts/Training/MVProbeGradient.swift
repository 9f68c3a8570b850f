package import Tensors

/// What the forward pass of a shard leaves for its backward pass.
package struct MVProbeActivations: Sendable {
  /// Standardised S, view by view, of each layer: `2 · (d_H + d_W) · r` numbers a layer, fewer than
  /// a square layer has where r is below a quarter of its side.
  let responses: [[Standardised]]
  /// The four P after the ReLU, `n × (4 · r · k)`.
  let projected: Matrix
  /// e, `n × r_T`.
  package let representations: Matrix
}

extension MVProbe {
  /// The forward pass of a shard, keeping what `gradient` needs.
  package func activations(_ stack: LayerStack) -> MVProbeActivations {
    var projected = [Float](repeating: 0, count: stack.count * projectedCount)
    let all = View.allCases.map { view in
      let standardised = responses(view, stack).map(Standardised.init)
      for (row, response) in standardised.enumerated() {
        writeProjected(response, view, into: &projected, row: row)
      }
      return standardised
    }
    let matrix = Matrix(rows: stack.count, columns: projectedCount, values: projected)
    var representations = BLAS.product(.asStored(matrix), .asStored(encoder))
    Linear.add(encoderBias, toRowsOf: &representations)
    return MVProbeActivations(responses: all, projected: matrix, representations: representations)
  }

  /// The backward pass of a shard.
  ///
  /// - Parameters:
  ///   - outer: the derivative of the loss by the representations, `n × r_T`.
  ///   - gradients: the first ten lists are written over: the derivatives by the four probes, the
  ///     four projections, Mᵀ and b.
  ///
  /// Cost: twice the forward pass.
  package func gradient(
    _ outer: Matrix, _ activations: MVProbeActivations, _ stack: LayerStack,
    into gradients: inout [[Float]]
  ) {
    precondition(outer.rows == stack.count && outer.columns == dimension, "another batch's")
    // dP = dE · M, cut where the ReLU was closed.
    var inner = BLAS.product(.asStored(outer), .transposed(encoder))
    TrainingLoops.cut(&inner.values, where: activations.projected.values)
    let views = View.allCases.count
    for view in View.allCases {
      let (responses, projection) = projectedGradient(
        view, inner, activations.responses[view.rawValue])
      gradients[view.rawValue] = probesGradient(view, responses, stack).values
      gradients[views + view.rawValue] = projection
    }
    BLAS.product(
      .transposed(activations.projected), .asStored(outer), into: &gradients[2 * views], at: 0)
    gradients[2 * views + 1] = outer.columnSums()
  }

  /// From dP of one view: dS of each layer, and dQᵀ = Σ dPᵀ·Sᵀ.
  private func projectedGradient(
    _ view: View, _ inner: Matrix, _ responses: [Standardised]
  ) -> (responses: [Matrix], projection: [Float]) {
    let projection = projections[view.rawValue]
    let count = probeCount * projectionCount
    var projectionChange = [Float](repeating: 0, count: projection.values.count)
    let changes = responses.enumerated().map { row, response in
      let start = row * projectedCount + view.rawValue * count
      let change = Matrix(
        rows: probeCount, columns: projectionCount,
        values: Array(inner.values[start..<start + count]))
      BLAS.product(
        .transposed(change), .transposed(response.values), into: &projectionChange, at: 0,
        adding: true)
      return response.gradient(BLAS.product(.transposed(projection), .transposed(change)))
    }
    return (changes, projectionChange)
  }
}
