package import Checkpoints
package import Tensors

/// The tensors of a ProbeX expert while it is trained, and what they make of a batch.
///
/// They are kept as flat lists in a fixed order (U, Vᵀ, Mᵀ, b, head weight, head bias), so that the
/// optimiser need not know the network.
package struct TrainableNetwork: Sendable {
  /// The sizes of the network, and of the layers that it reads.
  package struct Shape: Sendable, Equatable {
    package var rows: Int
    package var columns: Int
    package var probes: Int
    package var projections: Int
    package var representation: Int

    package init(rows: Int, columns: Int, probes: Int, projections: Int, representation: Int) {
      self.rows = rows
      self.columns = columns
      self.probes = probes
      self.projections = projections
      self.representation = representation
    }
  }

  /// The network's sizes.
  package let shape: Shape
  /// What it is asked about, which is its head's business.
  package let task: TrainingTask
  /// What a layer is multiplied with before the network sees it.
  package let inputScale: Float
  /// U, Vᵀ, Mᵀ, b, head weight, head bias.
  package var tensors: [[Float]]

  /// A network with PyTorch's default initialisation of linear layers: uniform within
  /// `1 / √columns` of each weight as it is shaped in files, and the same for its bias.
  package init(
    _ shape: Shape, _ task: TrainingTask, inputScale: Float, generator: inout RandomSource
  ) {
    self.shape = shape
    self.task = task
    self.inputScale = inputScale
    func uniform(_ count: Int, fanIn: Int) -> [Float] {
      let bound = 1 / Float(fanIn).squareRoot()
      return (0..<count).map { _ in generator.uniform(bound: bound) }
    }
    let width = shape.probes * shape.projections
    let (outputs, inputs) = Self.headShape(shape, task)
    let probes = uniform(shape.columns * shape.probes, fanIn: shape.probes)
    let projection = uniform(shape.projections * shape.rows, fanIn: shape.rows)
    let encoder = Matrix(
      rows: shape.representation, columns: width,
      values: uniform(shape.representation * width, fanIn: width))
    let bias = uniform(shape.representation, fanIn: width)
    let weight = uniform(outputs * inputs, fanIn: inputs)
    tensors = [
      probes, projection, encoder.transposed().values, bias, weight,
      uniform(outputs, fanIn: inputs),
    ]
  }

  /// A network over given tensors, in the order and the shapes of `tensors`.
  package init(
    _ shape: Shape, _ task: TrainingTask, inputScale: Float, tensors: [[Float]]
  ) {
    self.shape = shape
    self.task = task
    self.inputScale = inputScale
    self.tensors = tensors
  }

  private static func headShape(_ shape: Shape, _ task: TrainingTask) -> (Int, Int) {
    switch task {
    case .categories(let labels): (labels, shape.representation)
    case .text(let embeddings, _): (shape.representation, embeddings.columns)
    }
  }

  /// The network, over the same storage.
  package var network: ProbeX {
    let width = shape.probes * shape.projections
    return ProbeX(
      probes: Matrix(rows: shape.columns, columns: shape.probes, values: tensors[0]),
      projection: Matrix(rows: shape.projections, columns: shape.rows, values: tensors[1]),
      encoder: Matrix(rows: width, columns: shape.representation, values: tensors[2]),
      encoderBias: tensors[3])
  }

  /// The head, over the same storage.
  package var head: Linear {
    let (outputs, inputs) = Self.headShape(shape, task)
    return Linear(
      weight: Matrix(rows: outputs, columns: inputs, values: tensors[4]), bias: tensors[5])
  }

  /// The loss of one shard of a batch, and its derivative by each of `tensors`.
  ///
  /// - Parameter batch: models of the whole batch, over which the loss is the mean.
  package func gradient(
    _ layers: [Layer], _ targets: TrainingTargets, batch: Int
  ) -> (loss: Double, gradients: [[Float]]) {
    let stack = LayerStack(layers)
    let network = self.network
    let activations = network.activations(stack, inputScale: inputScale)
    let objective: ObjectiveGradient
    switch (task, targets) {
    case (.categories, .categories(let wanted)):
      objective = Objective.categories(
        activations.representations, head, targets: wanted, batch: batch)
    case (.text(let embeddings, let temperature), .text(let places)):
      objective = Objective.text(
        activations.representations, head, embeddings: embeddings, targets: places,
        temperature: temperature, batch: batch)
    default:
      preconditionFailure("targets of another kind of task")
    }
    let inner = network.gradient(
      objective.representations, activations, stack, inputScale: inputScale)
    return (
      objective.loss,
      [
        inner.probes.values, inner.projection.values, inner.encoder.values, inner.encoderBias,
        objective.weight.values, objective.bias,
      ]
    )
  }

  /// The tensors under their published names and in their published shapes, as expert files hold
  /// them, in the order of their names.
  package var published: [SafetensorsWriter.Tensor] {
    let (outputs, inputs) = Self.headShape(shape, task)
    let name: String
    switch task {
    case .categories: name = "classification_head"
    case .text: name = "regression_head"
    }
    let network = self.network
    let tensors = [
      SafetensorsWriter.Tensor(name: name + ".bias", values: tensors[5], shape: [outputs]),
      SafetensorsWriter.Tensor(
        name: name + ".weight", values: tensors[4], shape: [outputs, inputs]),
      SafetensorsWriter.Tensor(
        name: "per_probe_encoders.bias", values: tensors[3], shape: [shape.representation]),
      SafetensorsWriter.Tensor(
        name: "per_probe_encoders.weight", values: network.encoder.transposed().values,
        shape: [shape.representation, shape.probes * shape.projections]),
      SafetensorsWriter.Tensor(
        name: "probes.weight", values: tensors[0], shape: [shape.columns, shape.probes]),
      SafetensorsWriter.Tensor(
        name: "shared_probe_proj.weight", values: tensors[1],
        shape: [shape.projections, shape.rows]),
    ]
    return tensors.sorted { $0.name < $1.name }
  }
}
