package import Checkpoints
package import Tensors

/// A trained network together with what it says about itself.
package struct Expert: Sendable {
  package let facts: ExpertFacts
  package let network: ProbeX
  package let head: Head

  /// Facts and network that go together.
  ///
  /// - Throws: `ExpertError` naming `subject` where the facts contradict the tensors.
  package init(
    facts: ExpertFacts, network: ProbeX, head: Head, subject: String
  ) throws(ExpertError) {
    self.facts = facts
    self.network = network
    self.head = head
    if let problem = contradiction {
      throw ExpertError(
        subject, problem: problem,
        remedy: "Import the expert again with the layer and labels that it was trained with.")
    }
  }

  /// The first thing in which facts and tensors disagree.
  private var contradiction: String? {
    let layer = facts.layer
    if layer.rows != network.rows || layer.columns != network.columns {
      return "says that it reads layers of \(layer.rows)×\(layer.columns), but its network reads "
        + "\(network.rows)×\(network.columns)."
    }
    switch (facts.output, head) {
    case (.categories(let labels, _), .categories(let linear)):
      if linear.weight.columns != network.dimension {
        return "classification_head.weight has \(linear.weight.columns) columns, but "
          + "representations have \(network.dimension) numbers."
      }
      if linear.weight.rows != labels.count {
        return "has \(labels.count) labels, but classification_head.weight has "
          + "\(linear.weight.rows) rows."
      }
    case (.text(let space, _, _), .text(let linear)):
      if linear.weight.rows != network.dimension {
        return "regression_head.weight has \(linear.weight.rows) rows, but representations have "
          + "\(network.dimension) numbers."
      }
      if linear.weight.columns != space.dimension {
        return "says that its text embeddings have \(space.dimension) numbers, but "
          + "regression_head.weight has \(linear.weight.columns) columns."
      }
    default:
      return "its kind and the head among its tensors do not go together."
    }
    return nil
  }

  /// Bytes that its numbers occupy in memory.
  package var byteCount: Int {
    let linear: Linear =
      switch head {
      case .categories(let linear), .text(let linear): linear
      }
    let numbers =
      network.probes.values.count + network.projection.values.count
      + network.encoder.values.count + network.encoderBias.count
      + linear.weight.values.count + linear.bias.count
    return numbers * MemoryLayout<Float>.stride
  }

  /// The representations of layers that have this expert's shape, `n × r_T`.
  package func represent(_ layers: [Layer]) -> Matrix {
    network.represent(layers, inputScale: facts.inputScale)
  }
}
