package import Checkpoints
package import Tensors

/// How a `DenseReader` is trained: there is nothing but the head.
package struct DenseDesign: NetworkDesign, Equatable {
  /// d_H.
  package let rows: Int
  /// d_W.
  package let columns: Int

  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// Which network it is.
  package var kind: NetworkKind { .dense }
  /// d_H · d_W.
  package var dimension: Int { rows * columns }
  /// No tensors.
  package var sizes: [Int] { [] }

  /// No tensors.
  package func initial(_ generator: inout RandomSource) -> [[Float]] { [] }

  /// The layers as the rows of one matrix; no way back, for nothing lies behind them.
  package func forward(_ tensors: [[Float]], _ stack: LayerStack) -> ForwardPass {
    var values: [Float] = []
    values.reserveCapacity(stack.count * dimension)
    stack.forEachMultipliedOut { _, layer in values.append(contentsOf: layer.values) }
    return ForwardPass(
      representations: Matrix(rows: stack.count, columns: dimension, values: values)
    ) { _, _ in }
  }

  /// The network that answers.
  package func network(_ tensors: [[Float]]) -> any LayerNetwork {
    DenseReader(rows: rows, columns: columns)
  }

  /// No tensors.
  package func published(_ tensors: [[Float]]) -> [SafetensorsWriter.Tensor] { [] }
}
