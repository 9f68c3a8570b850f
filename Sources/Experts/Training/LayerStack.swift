package import Checkpoints
package import Tensors

/// The layers of one shard of a batch, put together so that few large products do the work of many
/// small ones.
package enum LayerStack: Sendable {
  /// Whole matrices, each `d_H × d_W`.
  case full([Matrix])
  /// LoRA factors one below the other. `down` holds the rows of every A, `Σr × d_W`; `up` the
  /// columns of every scale · B as rows, `Σr × d_H`; model `i` has the rows `ranges[i]` of both.
  case lowRank(down: Matrix, up: Matrix, ranges: [Range<Int>])

  /// Number of models.
  package var count: Int {
    switch self {
    case .full(let layers): layers.count
    case .lowRank(_, _, let ranges): ranges.count
    }
  }

  /// Puts layers of one kind together; both kinds at once are whole matrices, for which the LoRA
  /// ones are multiplied out.
  package init(_ layers: [Layer]) {
    let pairs = layers.compactMap { layer -> LowRank? in
      if case .lowRank(let pair) = layer { pair } else { nil }
    }
    guard pairs.count == layers.count, let first = pairs.first else {
      self = .full(
        layers.map { layer in
          switch layer {
          case .full(let matrix): matrix
          case .lowRank(let pair):
            BLAS.product(.asStored(pair.up), .asStored(pair.down), scale: pair.scale)
          }
        })
      return
    }
    var ranges: [Range<Int>] = []
    var down: [Float] = []
    var up: [Float] = []
    for pair in pairs {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + pair.down.rows)
      down.append(contentsOf: pair.down.values)
      up.append(contentsOf: pair.up.transposed().values.lazy.map { $0 * pair.scale })
    }
    let rank = ranges.last?.upperBound ?? 0
    self = .lowRank(
      down: Matrix(rows: rank, columns: first.down.columns, values: down),
      up: Matrix(rows: rank, columns: first.up.rows, values: up), ranges: ranges)
  }
}
