package import Checkpoints
package import Tensors

/// The layers of one shard of a batch, put together so that few large products do the work of many
/// small ones.
package enum LayerStack: Sendable {
  /// Whole matrices, each `d_H × d_W`.
  case full(FullLayers)
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

  /// Layers that need no preparation.
  package init(_ layers: [Layer]) {
    self.init(layers.map(HeldLayer.layer), InputPreparation())
  }

  /// Puts layers of one kind together, prepared as the expert will prepare them; both kinds at once
  /// are whole matrices, for which the LoRA ones are multiplied out.
  package init(_ layers: [HeldLayer], _ preparation: InputPreparation) {
    let pairs =
      layers.allSatisfy(\.isLowRank)
      ? layers.compactMap { layer -> LowRank? in
        if case .lowRank(let pair) = preparation.applied(layer.layer) { pair } else { nil }
      } : []
    guard let first = pairs.first else {
      self = .full(FullLayers(layers, preparation))
      return
    }
    var ranges: [Range<Int>] = []
    var down: [Float] = []
    var up: [Float] = []
    let rank = pairs.reduce(0) { $0 + $1.down.rows }
    down.reserveCapacity(rank * first.down.columns)
    up.reserveCapacity(rank * first.up.rows)
    for pair in pairs {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + pair.down.rows)
      down.append(contentsOf: pair.down.values)
      var turned = pair.up.transposed().values
      for index in turned.indices { turned[index] *= pair.scale }
      up.append(contentsOf: turned)
    }
    self = .lowRank(
      down: Matrix(rows: rank, columns: first.down.columns, values: down),
      up: Matrix(rows: rank, columns: first.up.rows, values: up), ranges: ranges)
  }
}

/// Whole matrices of a shard, each decoded and prepared when it is asked for and not kept: a shard
/// of 64 in single precision would take more memory than the network and its optimiser, and
/// decoding one costs a tenth of a product with it.
package struct FullLayers: RandomAccessCollection, Sendable {
  private let layers: [HeldLayer]
  private let preparation: InputPreparation

  init(_ layers: [HeldLayer], _ preparation: InputPreparation) {
    self.layers = layers
    self.preparation = preparation
  }

  /// The first place, 0.
  package var startIndex: Int { 0 }
  /// How many there are.
  package var endIndex: Int { layers.count }

  /// The matrix at a place, `d_H × d_W`; a LoRA change is multiplied out. Costs the decoding.
  package subscript(place: Int) -> Matrix {
    switch preparation.applied(layers[place].layer) {
    case .full(let matrix): matrix
    case .lowRank(let pair):
      BLAS.product(.asStored(pair.up), .asStored(pair.down), scale: pair.scale)
    }
  }
}
