import Checkpoints
import Experts
import Tensors
import Testing

/// Every network that is trained by descent learns a rule that it can see.
@Suite struct LearningTests {
  private static let (rows, columns) = (8, 6)

  /// A rule, and which networks see it: where weights are large, or how large they are.
  enum Rule: CaseIterable {
    case place
    case size

    var networks: [NetworkKind] {
      switch self {
      case .place: [.probeX, .mvProbe, .dense]
      case .size: [.statNN]
      }
    }
  }

  static let cases = Rule.allCases.flatMap { rule in rule.networks.map { (rule, $0) } }

  private static func split(_ rule: Rule, _ count: Int, seed: UInt64) -> TrainingSplit {
    var generator = RandomSource(seed: seed)
    var layers: [StoredLayer] = []
    var answers: [Int] = []
    for _ in 0..<count {
      let answer = generator.uniform(bound: 1) > 0 ? 1 : 0
      let bound: Float = rule == .size && answer == 1 ? 0.6 : 0.3
      var matrix = Matrix(rows: rows, columns: columns)
      for index in matrix.values.indices { matrix.values[index] = generator.uniform(bound: bound) }
      if rule == .place {
        for column in 0..<columns { matrix[answer, column] += 1 }
      }
      layers.append(StoredLayer(.full(matrix)))
      answers.append(answer)
    }
    return TrainingSplit(layers: layers, targets: .oneOf(answers))
  }

  private static func design(
    _ kind: NetworkKind, _ models: TrainingSplit
  ) throws -> any NetworkDesign {
    switch kind {
    case .probeX:
      ProbeXDesign(rows: rows, columns: columns, probes: 8, projections: 8, dimension: 8)
    case .mvProbe:
      MVProbeDesign(rows: rows, columns: columns, probes: 8, projections: 8, dimension: 8)
    case .dense: DenseDesign(rows: rows, columns: columns)
    case .statNN:
      StatNNDesign(
        rows: rows, columns: columns, hidden: 16, dimension: 8,
        norm: StatisticsNorm(of: try models.layers.map { WeightStatistics(try $0.held().layer) }))
    case .logGram, .direction: preconditionFailure("learnt in closed form")
    }
  }

  @Test("and answers for models that it has not seen", arguments: cases)
  func learns(_ rule: Rule, _ kind: NetworkKind) throws {
    let models = Self.split(rule, 96, seed: 2)
    var generator = RandomSource(seed: 1)
    let network = TrainableNetwork(
      try Self.design(kind, models), .choice(labels: 2), generator: &generator)
    let result = try Trainer.train(
      network, on: models, validation: Self.split(rule, 48, seed: 3),
      TrainingSettings(
        epochs: 30, batch: 16, seed: 1, adam: Adam.Settings(rate: 1e-2, weightDecay: 1e-5),
        threads: 1),
      generator: &generator)
    let unseen = Self.split(rule, 48, seed: 4)
    #expect(try Evaluator.accuracy(result.network, on: unseen) > 0.9)
  }
}
