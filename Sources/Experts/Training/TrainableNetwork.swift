package import Checkpoints
package import Tensors

/// A network with its head while it is trained, and what it makes of a batch.
///
/// Everything that the optimiser changes is a flat list in `tensors`: those of the design, the
/// head's weight, its bias, and the logarithm of the temperature where that is learnt.
package struct TrainableNetwork: Sendable {
  /// The network's architecture.
  package let design: any NetworkDesign
  /// What it is asked about, which is its head's business.
  package let task: TrainingTask
  /// What is done to a layer before the network sees it.
  package let preparation: InputPreparation
  /// Flat lists, in the order that the type says.
  package var tensors: [[Float]]

  /// A network with PyTorch's default initialisation.
  package init(
    _ design: any NetworkDesign, _ task: TrainingTask,
    preparation: InputPreparation = InputPreparation(), generator: inout RandomSource
  ) {
    self.design = design
    self.task = task
    self.preparation = preparation
    let (outputs, inputs) = task.headShape(dimension: design.dimension)
    tensors = design.initial(&generator)
    tensors.append(generator.uniform(count: outputs * inputs, fanIn: inputs))
    tensors.append(generator.uniform(count: outputs, fanIn: inputs))
    if case .text(_, .learned(let start)) = task { tensors.append([Vector.logarithm(start)]) }
  }

  /// A network over given tensors, in the order of `tensors`.
  package init(
    _ design: any NetworkDesign, _ task: TrainingTask,
    preparation: InputPreparation = InputPreparation(), tensors: [[Float]]
  ) {
    self.design = design
    self.task = task
    self.preparation = preparation
    self.tensors = tensors
    precondition(tensors.map(\.count) == sizes, "tensors of another network")
  }

  /// Numbers of each tensor.
  package var sizes: [Int] {
    let (outputs, inputs) = task.headShape(dimension: design.dimension)
    var sizes = design.sizes + [outputs * inputs, outputs]
    if case .text(_, .learned) = task { sizes.append(1) }
    return sizes
  }

  private var headPlace: Int { design.sizes.count }

  /// The network that answers, over the same storage.
  package var network: any LayerNetwork { design.network(tensors) }

  /// The head, over the same storage.
  package var head: Linear {
    let (outputs, inputs) = task.headShape(dimension: design.dimension)
    return Linear(
      weight: Matrix(rows: outputs, columns: inputs, values: tensors[headPlace]),
      bias: tensors[headPlace + 1])
  }

  /// As part of an expert.
  package var member: ExpertMember {
    ExpertMember(preparation: preparation, network: network, head: head)
  }

  /// What cosines are divided by; 1 for tasks without texts.
  package var temperature: Float {
    switch task {
    case .text(_, .fixed(let temperature)): temperature
    case .text(_, .learned): Vector.exponential(tensors[headPlace + 2][0])
    default: 1
    }
  }

  /// The loss of one shard of a batch, and its derivative by each of `tensors`.
  ///
  /// - Parameters:
  ///   - stack: the shard's layers.
  ///   - batch: models of the whole batch, over which the loss is the mean.
  ///   - gradients: lists of `sizes`, which are written over.
  package func gradient(
    _ stack: LayerStack, _ targets: TrainingTargets, batch: Int, into gradients: inout [[Float]]
  ) -> Double {
    let pass = design.forward(tensors, stack)
    let objective = objective(pass.representations, targets, batch)
    pass.backward(objective.representations, &gradients)
    gradients[headPlace] = objective.weight.values
    gradients[headPlace + 1] = objective.bias
    if case .text(_, .learned) = task { gradients[headPlace + 2] = [objective.logTemperature] }
    return objective.loss
  }

  /// The same of layers as they were read, with lists of its own.
  package func gradient(
    _ layers: [Layer], _ targets: TrainingTargets, batch: Int
  ) -> (loss: Double, gradients: [[Float]]) {
    var gradients = sizes.map { [Float](repeating: 0, count: $0) }
    let stack = LayerStack(layers.map(HeldLayer.layer), preparation)
    let loss = gradient(stack, targets, batch: batch, into: &gradients)
    return (loss, gradients)
  }

  private func objective(
    _ representations: Matrix, _ targets: TrainingTargets, _ batch: Int
  ) -> ObjectiveGradient {
    switch (task, targets) {
    case (.categories, .categories(let wanted)):
      Objective.categories(representations, head, targets: wanted, batch: batch)
    case (.text(let embeddings, _), .oneOf(let places)):
      Objective.text(
        representations, head, embeddings: embeddings, targets: places, temperature: temperature,
        batch: batch)
    case (.choice, .oneOf(let places)):
      Objective.choice(representations, head, targets: places, batch: batch)
    case (.number, .numbers(let wanted)):
      Objective.number(representations, head, targets: wanted, batch: batch)
    default:
      preconditionFailure("targets of another kind of task")
    }
  }

  /// The tensors under their published names and in their published shapes, as expert files hold
  /// them, in the order of their names.
  package var published: [SafetensorsWriter.Tensor] {
    (design.published(tensors) + member.tensorsBesideNetwork(isText: task.isText))
      .sorted { $0.name < $1.name }
  }
}
