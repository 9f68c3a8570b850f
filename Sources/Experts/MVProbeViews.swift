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

    /// What a response is multiplied with when the layer is multiplied with `scale`.
    fileprivate func power(of scale: Float) -> Float { isGram ? scale * scale : scale }

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

  /// Calls `body` with S, not yet standardised, of each layer of a stack and each view; the layers
  /// of one view come in their order.
  ///
  /// Whole matrices are asked for once each. LoRA factors are never multiplied out:
  /// `X·(Xᵀ·W) = B·(A·Aᵀ)·(Bᵀ·W)`, where `A·Aᵀ` is as small as the rank, and all models of the
  /// stack share the product with W.
  ///
  /// - Parameter scale: what each layer is multiplied with first.
  func forEachResponse(
    _ stack: LayerStack, scale: Float = 1, _ body: (_ row: Int, View, _ response: Matrix) -> Void
  ) {
    switch stack {
    case .full(let layers):
      for (row, layer) in layers.enumerated() {
        for view in View.allCases {
          var inner = probes[view.rawValue]
          if view.isGram { inner = BLAS.product(view.backward(layer), .asStored(inner)) }
          body(
            row, view,
            BLAS.product(view.forward(layer), .asStored(inner), scale: view.power(of: scale)))
        }
      }
    case .lowRank(let down, let up, let ranges):
      for view in View.allCases {
        let (reading, answering) = view.sides(down: down, up: up)
        let read = BLAS.product(.asStored(reading), .asStored(probes[view.rawValue]))
        for (row, range) in ranges.enumerated() {
          var inner = BLAS.Factor.asStored(read, rows: range)
          if view.isGram { inner = .asStored(BLAS.product(view.gram(down, up, range), inner)) }
          body(
            row, view,
            BLAS.product(
              .transposed(answering, rows: range), inner, scale: view.power(of: scale)))
        }
      }
    }
  }

  /// The way back through `forEachResponse`: writes the derivatives of a loss by the probes of view
  /// v over list v of `gradients`.
  ///
  /// - Parameter outer: gives the derivative by S of that layer and view; is called once for each,
  ///   in the order of `forEachResponse`.
  func probesGradient(
    _ stack: LayerStack, into gradients: inout [[Float]],
    _ outer: (_ row: Int, View, inout [[Float]]) -> Matrix
  ) {
    switch stack {
    case .full(let layers):
      for (row, layer) in layers.enumerated() {
        for view in View.allCases {
          var inner = outer(row, view, &gradients)
          if view.isGram { inner = BLAS.product(view.backward(layer), .asStored(inner)) }
          BLAS.product(
            // A Gram matrix is its own transpose.
            view.isGram ? view.forward(layer) : view.backward(layer), .asStored(inner),
            into: &gradients[view.rawValue], at: 0, adding: row > 0)
        }
      }
    case .lowRank(let down, let up, let ranges):
      for view in View.allCases {
        let (reading, answering) = view.sides(down: down, up: up)
        var read: [Float] = []
        read.reserveCapacity(reading.rows * probeCount)
        for (row, range) in ranges.enumerated() {
          var inner = BLAS.product(
            .asStored(answering, rows: range), .asStored(outer(row, view, &gradients)))
          if view.isGram { inner = BLAS.product(view.gram(down, up, range), .asStored(inner)) }
          read.append(contentsOf: inner.values)
        }
        BLAS.product(
          .transposed(reading),
          .asStored(Matrix(rows: reading.rows, columns: probeCount, values: read)),
          into: &gradients[view.rawValue], at: 0)
      }
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
