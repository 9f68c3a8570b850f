package import Checkpoints
package import Tensors

/// How a ProbeX network is trained: U, Vᵀ, Mᵀ and b, in this order.
package struct ProbeXDesign: NetworkDesign, Equatable {
  /// d_H.
  package let rows: Int
  /// d_W.
  package let columns: Int
  /// r_U.
  package let probes: Int
  /// r_V.
  package let projections: Int
  /// r_T.
  package let dimension: Int

  package init(rows: Int, columns: Int, probes: Int, projections: Int, dimension: Int) {
    self.rows = rows
    self.columns = columns
    self.probes = probes
    self.projections = projections
    self.dimension = dimension
  }

  /// Which network it is.
  package var kind: NetworkKind { .probeX }

  private var width: Int { probes * projections }

  /// Numbers of each tensor, in order.
  package var sizes: [Int] {
    [columns * probes, projections * rows, width * dimension, dimension]
  }

  /// PyTorch's default start.
  package func initial(_ generator: inout RandomSource) -> [[Float]] {
    let u = generator.uniform(count: columns * probes, fanIn: probes)
    let v = generator.uniform(count: projections * rows, fanIn: rows)
    let encoder = Matrix(
      rows: dimension, columns: width,
      values: generator.uniform(count: dimension * width, fanIn: width))
    return [u, v, encoder.transposed().values, generator.uniform(count: dimension, fanIn: width)]
  }

  /// The forward pass of a shard, and its way back.
  package func forward(_ tensors: [[Float]], _ stack: LayerStack) -> ForwardPass {
    let probex = probeX(tensors)
    let activations = probex.activations(stack)
    return ForwardPass(representations: activations.representations) { outer, gradients in
      probex.gradient(outer, activations, stack, into: &gradients)
    }
  }

  /// The network that answers.
  package func network(_ tensors: [[Float]]) -> any LayerNetwork { probeX(tensors) }

  /// The network over the same storage.
  private func probeX(_ tensors: [[Float]]) -> ProbeX {
    ProbeX(
      probes: Matrix(rows: columns, columns: probes, values: tensors[0]),
      projection: Matrix(rows: projections, columns: rows, values: tensors[1]),
      encoder: Matrix(rows: width, columns: dimension, values: tensors[2]),
      encoderBias: tensors[3])
  }

  /// The tensors as files hold them.
  package func published(_ tensors: [[Float]]) -> [SafetensorsWriter.Tensor] {
    [
      SafetensorsWriter.Tensor(
        name: "per_probe_encoders.bias", values: tensors[3], shape: [dimension]),
      SafetensorsWriter.Tensor(
        name: "per_probe_encoders.weight",
        values: Matrix(rows: width, columns: dimension, values: tensors[2]).transposed().values,
        shape: [dimension, width]),
      SafetensorsWriter.Tensor(
        name: "probes.weight", values: tensors[0], shape: [columns, probes]),
      SafetensorsWriter.Tensor(
        name: "shared_probe_proj.weight", values: tensors[1], shape: [projections, rows]),
    ]
  }
}
