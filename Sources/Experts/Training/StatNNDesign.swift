package import Checkpoints
package import Tensors

/// How a `StatNN` is trained: A, a, M and b, in this order. What the statistics are standardised by
/// belongs to the design, for it is measured once and not trained.
package struct StatNNDesign: NetworkDesign, Equatable {
  /// d_H.
  package let rows: Int
  /// d_W.
  package let columns: Int
  /// Numbers of the first layer.
  package let hidden: Int
  /// r_T.
  package let dimension: Int
  /// Of the training models.
  package let norm: StatisticsNorm

  package init(rows: Int, columns: Int, hidden: Int, dimension: Int, norm: StatisticsNorm) {
    self.rows = rows
    self.columns = columns
    self.hidden = hidden
    self.dimension = dimension
    self.norm = norm
  }

  /// Which network it is.
  package var kind: NetworkKind { .statNN }

  private var inputs: Int { WeightStatistics.count }

  /// Numbers of each tensor, in order.
  package var sizes: [Int] { [hidden * inputs, hidden, dimension * hidden, dimension] }

  /// PyTorch's default start.
  package func initial(_ generator: inout RandomSource) -> [[Float]] {
    [
      generator.uniform(count: hidden * inputs, fanIn: inputs),
      generator.uniform(count: hidden, fanIn: inputs),
      generator.uniform(count: dimension * hidden, fanIn: hidden),
      generator.uniform(count: dimension, fanIn: hidden),
    ]
  }

  /// The forward pass of a shard, and its way back.
  package func forward(_ tensors: [[Float]], _ stack: LayerStack) -> ForwardPass {
    let network = statNN(tensors)
    var statistics: [Float] = []
    stack.forEachMultipliedOut { _, layer in
      statistics.append(contentsOf: WeightStatistics(layer).values)
    }
    let input = norm.applied(Matrix(rows: stack.count, columns: inputs, values: statistics))
    let inner = network.hidden.forward(input).rectified()
    let representations = network.encoder.forward(inner).rectified()
    return ForwardPass(representations: representations) { outer, gradients in
      var change = outer
      TrainingLoops.cut(&change.values, where: representations.values)
      var innerChange = BLAS.product(.asStored(change), .asStored(network.encoder.weight))
      TrainingLoops.cut(&innerChange.values, where: inner.values)
      BLAS.product(.transposed(innerChange), .asStored(input), into: &gradients[0], at: 0)
      gradients[1] = innerChange.columnSums()
      BLAS.product(.transposed(change), .asStored(inner), into: &gradients[2], at: 0)
      gradients[3] = change.columnSums()
    }
  }

  /// The network that answers.
  package func network(_ tensors: [[Float]]) -> any LayerNetwork { statNN(tensors) }

  /// The network over the same storage.
  private func statNN(_ tensors: [[Float]]) -> StatNN {
    StatNN(
      rows: rows, columns: columns, norm: norm,
      hidden: Linear(
        weight: Matrix(rows: hidden, columns: inputs, values: tensors[0]), bias: tensors[1]),
      encoder: Linear(
        weight: Matrix(rows: dimension, columns: hidden, values: tensors[2]), bias: tensors[3]))
  }

  /// The tensors as files hold them.
  package func published(_ tensors: [[Float]]) -> [SafetensorsWriter.Tensor] {
    [
      SafetensorsWriter.Tensor(name: "statistics.mean", values: norm.mean, shape: [inputs]),
      SafetensorsWriter.Tensor(
        name: "statistics.deviation", values: norm.deviation, shape: [inputs]),
      SafetensorsWriter.Tensor(name: "hidden.weight", values: tensors[0], shape: [hidden, inputs]),
      SafetensorsWriter.Tensor(name: "hidden.bias", values: tensors[1], shape: [hidden]),
      SafetensorsWriter.Tensor(
        name: "encoder.weight", values: tensors[2], shape: [dimension, hidden]),
      SafetensorsWriter.Tensor(name: "encoder.bias", values: tensors[3], shape: [dimension]),
    ]
  }
}
