package import Checkpoints
package import Tensors

extension Layer {
  /// The layer as one matrix, `rows × columns`: a LoRA is multiplied out, which the baselines need
  /// that read single weights; its product has hundreds of times the numbers of its factors.
  package var multipliedOut: Matrix {
    switch self {
    case .full(let matrix): matrix
    case .lowRank(let pair):
      BLAS.product(.asStored(pair.up), .asStored(pair.down), scale: pair.scale)
    }
  }
}

extension LayerStack {
  /// The layers one by one, each as one matrix; LoRA factors are multiplied out when their turn
  /// comes, so that only one product is in memory.
  package func forEachMultipliedOut(_ body: (_ row: Int, _ layer: Matrix) -> Void) {
    switch self {
    case .full(let layers):
      for (row, layer) in layers.enumerated() { body(row, layer) }
    case .lowRank(let down, let up, let ranges):
      for (row, range) in ranges.enumerated() {
        body(
          row, BLAS.product(.transposed(up, rows: range), .asStored(down, rows: range)))
      }
    }
  }
}
