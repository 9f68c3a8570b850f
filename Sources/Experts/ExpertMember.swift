package import Checkpoints
package import Tensors

/// One network of an expert with its head, and what is done to the layer before.
package struct ExpertMember: Sendable {
  /// What is done to a layer first.
  package let preparation: InputPreparation
  /// The network that answers.
  package let network: any LayerNetwork
  /// Labels × r_T for an expert with labels of its own, r_T × d_text for a text expert.
  package let head: Linear

  /// A member of parts that go together; `Expert` checks them.
  package init(preparation: InputPreparation, network: any LayerNetwork, head: Linear) {
    self.preparation = preparation
    self.network = network
    self.head = head
  }

  /// Reads one layer: writes row `row` of the `n × network.projectedCount` numbers.
  package func project(_ layer: Layer, into projected: inout [Float], row: Int) {
    let (prepared, scale) = preparation.prepared(layer)
    network.project(prepared, scale: scale, into: &projected, row: row)
  }

  /// The representations of the given layers, `n × r_T`, in their order.
  package func represent(_ layers: [Layer]) -> Matrix {
    var projected = [Float](repeating: 0, count: layers.count * network.projectedCount)
    for (row, layer) in layers.enumerated() { project(layer, into: &projected, row: row) }
    return network.represent(
      Matrix(rows: layers.count, columns: network.projectedCount, values: projected))
  }

  /// How many numbers the member has.
  package var parameterCount: Int {
    network.parameterCount + head.weight.values.count + head.bias.count
      + (preparation.centre?.values.count ?? 0)
  }

  /// The tensors of the head and the centre as files hold them, under the names of an only member.
  package func tensorsBesideNetwork(isText: Bool) -> [SafetensorsWriter.Tensor] {
    let name = isText ? NetworkTensors.textHead : NetworkTensors.outputHead
    var tensors = [
      SafetensorsWriter.Tensor(name: name + ".bias", values: head.bias, shape: [head.bias.count]),
      SafetensorsWriter.Tensor(
        name: name + ".weight", values: head.weight.values,
        shape: [head.weight.rows, head.weight.columns]),
    ]
    if let centre = preparation.centre {
      tensors.append(
        SafetensorsWriter.Tensor(
          name: NetworkTensors.centre, values: centre.values,
          shape: [centre.rows, centre.columns]))
    }
    return tensors
  }
}
