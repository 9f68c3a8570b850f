import Checkpoints
import Experts
import Tensors
import Testing

/// Every derivative of every network and every task against finite differences, and shards against
/// their batch.
@Suite struct GradientTests {
  private static let (rows, columns, models, labels, text) = (6, 5, 6, 3, 8)

  /// A network, what it is asked, and what it reads.
  struct Row: Sendable, CustomTestStringConvertible {
    let network: NetworkKind
    let task: String
    let rank: Int
    var testDescription: String { "\(network.rawValue), \(task), rank \(rank)" }
  }

  static let cases = NetworkKind.allCases.filter { !$0.isClosedForm }.flatMap { network in
    ["categories", "text", "text, learned", "choice", "number"].flatMap { task in
      [0, 2].map { Row(network: network, task: task, rank: $0) }
    }
  }

  private static func matrix(
    _ rows: Int, _ columns: Int, _ generator: inout RandomSource
  ) -> Matrix {
    Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { _ in generator.uniform(bound: 1) })
  }

  private static func layers(_ rank: Int, _ generator: inout RandomSource) -> [Layer] {
    (0..<models).map { _ in
      guard rank > 0 else { return .full(matrix(rows, columns, &generator)) }
      return .lowRank(
        LowRank(
          scale: -0.75, up: matrix(rows, rank, &generator),
          down: matrix(rank, columns, &generator)))
    }
  }

  private static func design(_ kind: NetworkKind, _ layers: [Layer]) -> any NetworkDesign {
    switch kind {
    case .probeX:
      ProbeXDesign(rows: rows, columns: columns, probes: 4, projections: 3, dimension: 7)
    case .mvProbe:
      MVProbeDesign(rows: rows, columns: columns, probes: 4, projections: 3, dimension: 7)
    case .dense: DenseDesign(rows: rows, columns: columns)
    case .statNN:
      StatNNDesign(
        rows: rows, columns: columns, hidden: 6, dimension: 7,
        norm: StatisticsNorm(of: layers.map(WeightStatistics.init)))
    case .logGram, .direction: preconditionFailure("it is learnt in closed form")
    }
  }

  private static func task(
    _ name: String, _ generator: inout RandomSource
  ) -> (task: TrainingTask, targets: TrainingTargets) {
    let embeddings = matrix(labels, text, &generator)
    let places = (0..<models).map { $0 % labels }
    switch name {
    case "categories":
      let signs = matrix(models, labels, &generator).values.map { Float($0 > 0 ? 1 : 0) }
      return (
        .categories(labels: labels),
        .categories(Matrix(rows: models, columns: labels, values: signs))
      )
    case "text": return (.text(embeddings: embeddings, .fixed(0.5)), .oneOf(places))
    case "text, learned":
      return (.text(embeddings: embeddings, .learned(from: 0.5)), .oneOf(places))
    case "choice": return (.choice(labels: labels), .oneOf(places))
    default: return (.number, .numbers(matrix(models, 1, &generator).values))
    }
  }

  private static func problem(
    _ row: Row
  ) -> (network: TrainableNetwork, layers: [Layer], targets: TrainingTargets) {
    var generator = RandomSource(seed: 11)
    let layers = layers(row.rank, &generator)
    let (task, targets) = task(row.task, &generator)
    let preparation = InputPreparation(scale: 1.5)
    var network = TrainableNetwork(
      design(row.network, layers), task, preparation: preparation, generator: &generator)
    // Twice the usual start, so that no tensor's derivatives are as small as the tolerance.
    for place in network.sizes.indices {
      for index in network.tensors[place].indices { network.tensors[place][index] *= 2 }
    }
    return (network, layers, targets)
  }

  @Test("every derivative agrees with finite differences", arguments: cases)
  func finiteDifferences(_ row: Row) throws {
    let (network, layers, targets) = Self.problem(row)
    let (_, gradients) = network.gradient(layers, targets, batch: Self.models)
    #expect(gradients.map(\.count) == network.sizes)
    func slope(_ place: Int, _ index: Int, _ step: Float) -> Double {
      var (above, below) = (network, network)
      above.tensors[place][index] += step
      below.tensors[place][index] -= step
      let distance = above.tensors[place][index] - below.tensors[place][index]
      return
        (above.gradient(layers, targets, batch: Self.models).loss
        - below.gradient(layers, targets, batch: Self.models).loss) / Double(distance)
    }
    for place in gradients.indices {
      for index in gradients[place].indices {
        // Single precision leaves some 1e-4 of a slope at the smaller step. A response near zero
        // may pass the kink of its ReLU between the two points; a smaller step misses it.
        let errors = [2e-3, 4e-4].lazy.map { step in
          abs(slope(place, index, Float(step)) - Double(gradients[place][index]))
        }
        #expect(errors.contains { $0 < 1e-3 }, "tensor \(place), number \(index)")
      }
      // Derivatives that are as good as zero would pass whatever they are.
      #expect(gradients[place].contains { abs($0) > 1e-2 }, "tensor \(place)")
    }
  }

  @Test("whatever the lists of derivatives held is written over", arguments: cases)
  func written(_ row: Row) throws {
    let (network, layers, targets) = Self.problem(row)
    let (_, gradients) = network.gradient(layers, targets, batch: Self.models)
    var lists = network.sizes.map { [Float](repeating: .nan, count: $0) }
    let stack = LayerStack(layers.map { .layer($0) }, network.preparation)
    _ = network.gradient(stack, targets, batch: Self.models, into: &lists)
    #expect(lists == gradients)
  }

  @Test("shards of a batch add up to the batch", arguments: cases)
  func shards(_ row: Row) throws {
    let (network, layers, targets) = Self.problem(row)
    let whole = network.gradient(layers, targets, batch: Self.models)
    let parts = [Array(0..<2), Array(2..<Self.models)].map { models in
      network.gradient(
        models.map { layers[$0] }, targets.selecting(models), batch: Self.models)
    }
    #expect(abs(parts[0].loss + parts[1].loss - whole.loss) < 1e-6)
    for place in whole.gradients.indices {
      for index in whole.gradients[place].indices {
        let sum = parts[0].gradients[place][index] + parts[1].gradients[place][index]
        #expect(abs(sum - whole.gradients[place][index]) < 1e-5)
      }
    }
  }

  @Test("training computes what the trained network answers", arguments: cases)
  func forward(_ row: Row) throws {
    let (network, layers, _) = Self.problem(row)
    let stack = LayerStack(layers.map { .layer($0) }, network.preparation)
    let trained = network.design.forward(network.tensors, stack).representations
    let answered = network.member.represent(layers)
    #expect(trained.columns == network.network.dimension)
    #expect(zip(trained.values, answered.values).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(trained.values.contains { abs($0) > 1e-2 })
  }

  @Test("a LoRA trains as its product multiplied out", arguments: cases.filter { $0.rank > 0 })
  func factors(_ row: Row) throws {
    let (network, layers, targets) = Self.problem(row)
    let products = layers.map { Layer.full($0.multipliedOut) }
    let ours = network.gradient(layers, targets, batch: Self.models)
    let theirs = network.gradient(products, targets, batch: Self.models)
    #expect(abs(ours.loss - theirs.loss) < 1e-5)
    for (left, right) in zip(ours.gradients, theirs.gradients) {
      #expect(zip(left, right).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }
}
