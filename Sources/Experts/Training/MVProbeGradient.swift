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
    var responses = View.allCases.map { _ in [Standardised]() }
    forEachResponse(stack) { row, view, response in
      let standardised = Standardised(response)
      writeProjected(standardised, view, into: &projected, row: row)
      responses[view.rawValue].append(standardised)
    }
    let matrix = Matrix(rows: stack.count, columns: projectedCount, values: projected)
    var representations = BLAS.product(.asStored(matrix), .asStored(encoder))
    Linear.add(encoderBias, toRowsOf: &representations)
    return MVProbeActivations(
      responses: responses, projected: matrix, representations: representations)
  }

  /// The backward pass of a shard.
  ///
  /// - Parameters:
  ///   - outer: the derivative of the loss by the representations, `n × r_T`.
  ///   - gradients: the first ten lists are written over: the derivatives by the four probes, the
  ///     four projections, Mᵀ and b.
  ///
  /// Cost: twice the forward pass. Nothing as large as M is made beside its derivative.
  package func gradient(
    _ outer: Matrix, _ activations: MVProbeActivations, _ stack: LayerStack,
    into gradients: inout [[Float]]
  ) {
    precondition(outer.rows == stack.count && outer.columns == dimension, "another batch's")
    let views = View.allCases.count
    BLAS.product(
      .transposed(activations.projected), .asStored(outer), into: &gradients[2 * views], at: 0)
    gradients[2 * views + 1] = outer.columnSums()
    // dP = dE · M, cut where the ReLU was closed; r rows for each view of each model.
    var inner = BLAS.product(.asStored(outer), .transposed(encoder)).values
    TrainingLoops.cut(&inner, where: activations.projected.values)
    let change = Matrix(
      rows: stack.count * views * probeCount, columns: projectionCount, values: inner)
    probesGradient(stack, into: &gradients) { row, view, gradients in
      // dQᵀ = Σ dPᵀ·Sᵀ and dS = Q·dPᵀ.
      let start = (row * views + view.rawValue) * probeCount
      let block = BLAS.Factor.transposed(change, rows: start..<start + probeCount)
      let response = activations.responses[view.rawValue][row]
      BLAS.product(
        block, .transposed(response.values), into: &gradients[views + view.rawValue], at: 0,
        adding: row > 0)
      return response.gradient(BLAS.product(.transposed(projections[view.rawValue]), block))
    }
  }
}
