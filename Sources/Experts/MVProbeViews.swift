import Tensors

extension MVProbe {
  /// The four ways of looking at a layer, in the published order. The Gram ones, `X·Xᵀ` and
  /// `Xᵀ·X`, see what no linear response does: how the rows, or columns, lie to each other.
  package enum View: Int, CaseIterable, Sendable {
    /// X·U.
    case xu
    /// X·(Xᵀ·W).
    case xxtu
    /// Xᵀ·V.
    case xtu
    /// Xᵀ·(X·Z).
    case xtxu

    /// Whether the probes pass through the layer twice.
    var isGram: Bool { self == .xxtu || self == .xtxu }
    /// Whether a response has a number for each row of the layer, not for each column.
    var givesRows: Bool { self == .xu || self == .xxtu }
    /// Whether a probe has a number for each column of the layer, not for each row.
    var readsColumns: Bool { givesRows != isGram }

    /// The name of its probes in files.
    var probesName: String { "probes_\(["xu", "xxtu", "xtu", "xtxu"][rawValue]).weight" }

    /// The name of its projection in files.
    var projectionName: String {
      "shared_probe_proj_\(givesRows ? "row" : "col")\(isGram ? "2" : "").weight"
    }

    /// The layer as the response is read off it: X or Xᵀ.
    fileprivate func forward(_ layer: Matrix) -> BLAS.Factor {
      givesRows ? .asStored(layer) : .transposed(layer)
    }

    /// The transpose of `forward`.
    fileprivate func backward(_ layer: Matrix) -> BLAS.Factor {
      givesRows ? .transposed(layer) : .asStored(layer)
    }

    /// The factors of a LoRA stack, as rows, that meet the probes and that give the response.
    fileprivate func sides(
      down: Matrix, up: Matrix
    ) -> (reading: Matrix, answering: Matrix) {
      (readsColumns ? down : up, givesRows ? up : down)
    }

    /// A·Aᵀ or BᵀB of one model of a LoRA stack, `rank × rank`: what a Gram view has between its
    /// two outer factors.
    fileprivate func gram(_ down: Matrix, _ up: Matrix, _ range: Range<Int>) -> BLAS.Factor {
      let inner = givesRows ? down : up
      return .asStored(
        BLAS.product(.asStored(inner, rows: range), .transposed(inner, rows: range)))
    }
  }

  /// S of one view for each layer of a stack, before it is standardised.
  ///
  /// LoRA factors are never multiplied out: `X·(Xᵀ·W) = B·(A·Aᵀ)·(Bᵀ·W)`, where `A·Aᵀ` is as small
  /// as the rank, and all models of the stack share the product with W.
  ///
  /// - Parameter scale: what each layer is multiplied with first.
  func responses(_ view: View, _ stack: LayerStack, scale: Float = 1) -> [Matrix] {
    let probes = probes[view.rawValue]
    let scale = view.isGram ? scale * scale : scale
    switch stack {
    case .full(let layers):
      return layers.map { layer in
        let inner =
          view.isGram ? BLAS.product(view.backward(layer), .asStored(probes)) : probes
        return BLAS.product(view.forward(layer), .asStored(inner), scale: scale)
      }
    case .lowRank(let down, let up, let ranges):
      let (reading, answering) = view.sides(down: down, up: up)
      let read = BLAS.product(.asStored(reading), .asStored(probes))
      return ranges.map { range in
        var inner = BLAS.Factor.asStored(read, rows: range)
        if view.isGram { inner = .asStored(BLAS.product(view.gram(down, up, range), inner)) }
        return BLAS.product(.transposed(answering, rows: range), inner, scale: scale)
      }
    }
  }

  /// The derivative of a loss by the probes of one view, from that by S of each layer, the other
  /// way through the same products.
  func probesGradient(_ view: View, _ outer: [Matrix], _ stack: LayerStack) -> Matrix {
    let probes = probes[view.rawValue]
    switch stack {
    case .full(let layers):
      var result = Matrix(rows: probes.rows, columns: probes.columns)
      for (layer, outer) in zip(layers, outer) {
        let inner = view.isGram ? BLAS.product(view.backward(layer), .asStored(outer)) : outer
        BLAS.product(
          // A Gram matrix is its own transpose.
          view.isGram ? view.forward(layer) : view.backward(layer), .asStored(inner),
          into: &result.values, at: 0, adding: true)
      }
      return result
    case .lowRank(let down, let up, let ranges):
      let (reading, answering) = view.sides(down: down, up: up)
      var read: [Float] = []
      read.reserveCapacity(reading.rows * probes.columns)
      for (range, outer) in zip(ranges, outer) {
        var inner = BLAS.product(.asStored(answering, rows: range), .asStored(outer))
        if view.isGram { inner = BLAS.product(view.gram(down, up, range), .asStored(inner)) }
        read.append(contentsOf: inner.values)
      }
      return BLAS.product(
        .transposed(reading),
        .asStored(Matrix(rows: reading.rows, columns: probes.columns, values: read)))
    }
  }

  /// Writes P = ReLU(Sᵀ · Q) of one view to its place in row `row`.
  func writeProjected(
    _ response: Standardised, _ view: View, into projected: inout [Float], row: Int
  ) {
    let count = probeCount * projectionCount
    let offset = row * projectedCount + view.rawValue * count
    BLAS.product(
      .transposed(response.values), .transposed(projections[view.rawValue]),
      into: &projected, at: offset)
    for index in offset..<offset + count {
      // A select, not a branch, so that the loop vectorises; NaN stays NaN.
      projected[index] = projected[index] < 0 ? 0 : projected[index]
    }
  }
}
