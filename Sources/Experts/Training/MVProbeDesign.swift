package import Checkpoints
package import Tensors

/// How an MVProbe network is trained: its four probes, its four projections, Mᵀ and b, in this
/// order, as `MVProbe` holds them.
package struct MVProbeDesign: NetworkDesign, Equatable {
  /// d_H.
  package let rows: Int
  /// d_W.
  package let columns: Int
  /// r of each view.
  package let probes: Int
  /// k of each view.
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
  package var kind: NetworkKind { .mvProbe }

  private var views: [MVProbe.View] { MVProbe.View.allCases }
  private var width: Int { views.count * probes * projections }

  /// Rows of a view's probes.
  private func probeLength(_ view: MVProbe.View) -> Int { view.readsColumns ? columns : rows }
  /// Columns of a view's projection.
  private func responseLength(_ view: MVProbe.View) -> Int { view.givesRows ? rows : columns }

  /// Numbers of each tensor, in order.
  package var sizes: [Int] {
    views.map { probeLength($0) * probes } + views.map { projections * responseLength($0) }
      + [width * dimension, dimension]
  }

  /// PyTorch's default start. The encoder is made as it is kept, not turned: its numbers are
  /// independent, and it is large.
  package func initial(_ generator: inout RandomSource) -> [[Float]] {
    var tensors: [[Float]] = []
    for view in views {
      tensors.append(generator.uniform(count: probeLength(view) * probes, fanIn: probes))
    }
    for view in views {
      let length = responseLength(view)
      tensors.append(generator.uniform(count: projections * length, fanIn: length))
    }
    tensors.append(generator.uniform(count: width * dimension, fanIn: width))
    tensors.append(generator.uniform(count: dimension, fanIn: width))
    return tensors
  }

  /// The forward pass of a shard, and its way back.
  package func forward(_ tensors: [[Float]], _ stack: LayerStack) -> ForwardPass {
    let network = mvProbe(tensors)
    let activations = network.activations(stack)
    return ForwardPass(representations: activations.representations) { outer, gradients in
      network.gradient(outer, activations, stack, into: &gradients)
    }
  }

  /// The network that answers.
  package func network(_ tensors: [[Float]]) -> any LayerNetwork { mvProbe(tensors) }

  /// The network over the same storage.
  private func mvProbe(_ tensors: [[Float]]) -> MVProbe {
    MVProbe(
      probes: views.map { view in
        Matrix(rows: probeLength(view), columns: probes, values: tensors[view.rawValue])
      },
      projections: views.map { view in
        Matrix(
          rows: projections, columns: responseLength(view),
          values: tensors[views.count + view.rawValue])
      },
      encoder: encoder(tensors), encoderBias: tensors[2 * views.count + 1])
  }

  private func encoder(_ tensors: [[Float]]) -> Matrix {
    Matrix(rows: width, columns: dimension, values: tensors[2 * views.count])
  }

  /// The tensors as files hold them.
  package func published(_ tensors: [[Float]]) -> [SafetensorsWriter.Tensor] {
    var all: [SafetensorsWriter.Tensor] = []
    for view in views {
      all.append(
        SafetensorsWriter.Tensor(
          name: view.probesName, values: tensors[view.rawValue],
          shape: [probeLength(view), probes]))
      all.append(
        SafetensorsWriter.Tensor(
          name: view.projectionName, values: tensors[views.count + view.rawValue],
          shape: [projections, responseLength(view)]))
    }
    all.append(
      SafetensorsWriter.Tensor(
        name: "concat_all4_encoder.weight", values: encoder(tensors).transposed().values,
        shape: [dimension, width]))
    all.append(
      SafetensorsWriter.Tensor(
        name: "concat_all4_encoder.bias", values: tensors[2 * views.count + 1],
        shape: [dimension]))
    return all
  }
}
