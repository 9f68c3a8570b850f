import Checkpoints
import Experts
import Tensors
import TestSupport
import Testing

/// Training on models that can be learned, and what stops it.
@Suite struct TrainerTests {
  /// Models whose label is the sign of one direction in the weights.
  private static func split(_ count: Int, seed: UInt64) -> TrainingSplit {
    var random = RandomSource(seed: seed)
    var layers: [StoredLayer] = []
    var answers = Matrix(rows: count, columns: 2)
    for model in 0..<count {
      var matrix = Matrix(rows: 8, columns: 6)
      for index in matrix.values.indices { matrix.values[index] = random.uniform(bound: 0.3) }
      let signs = [random.uniform(bound: 1) > 0, random.uniform(bound: 1) > 0]
      for label in 0..<2 {
        for column in 0..<6 { matrix[label, column] += signs[label] ? 1 : -1 }
        answers[model, label] = signs[label] ? 1 : 0
      }
      layers.append(StoredLayer(.full(matrix)))
    }
    return TrainingSplit(layers: layers, targets: .categories(answers))
  }

  private static func start(_ random: inout RandomSource) -> TrainableNetwork {
    TrainableNetwork(
      ProbeXDesign(rows: 8, columns: 6, probes: 8, projections: 8, dimension: 8),
      .categories(labels: 2), generator: &random)
  }

  private static func settings(rate: Float = 1e-2, epochs: Int = 30) -> TrainingSettings {
    TrainingSettings(
      epochs: epochs, batch: 16, seed: 1, adam: Adam.Settings(rate: rate, weightDecay: 1e-5),
      threads: 1)
  }

  @Test("a rule in the weights is learned, and the best epoch is kept")
  func learns() throws {
    var random = RandomSource(seed: 1)
    let network = Self.start(&random)
    var seen: [TrainingProgress] = []
    let result = try Trainer.train(
      network, on: Self.split(80, seed: 2), validation: Self.split(40, seed: 3),
      Self.settings(), generator: &random, progress: { seen.append($0) })
    #expect(seen.map(\.epoch) == Array(1...30))
    #expect(result.bestAccuracy > 0.95)
    #expect(result.bestAccuracy == seen.map(\.accuracy).max())
    #expect(seen.first { $0.accuracy == result.bestAccuracy }?.epoch == result.bestEpoch)
    let again = try Evaluator.accuracy(result.network, on: Self.split(40, seed: 3))
    #expect(again == result.bestAccuracy)
  }

  @Test("a loss that is no number ends training by name")
  func diverges() {
    var random = RandomSource(seed: 1)
    let network = Self.start(&random)
    let error = #expect(throws: TrainingError.self) {
      try Trainer.train(
        network, on: Self.split(80, seed: 2), validation: Self.split(4, seed: 3),
        Self.settings(rate: 1e30), generator: &random)
    }
    #expect(error?.kind == .diverged)
  }

  @Test("a cancelled run stops before the next batch")
  func cancelled() {
    var random = RandomSource(seed: 1)
    let network = Self.start(&random)
    var asked = 0
    let error = #expect(throws: TrainingError.self) {
      try Trainer.train(
        network, on: Self.split(80, seed: 2), validation: Self.split(4, seed: 3),
        Self.settings(), generator: &random,
        isCancelled: {
          asked += 1
          return asked > 7
        })
    }
    #expect(error?.kind == .cancelled && asked == 8)
  }

  @Test("the tensors of a trained network are an expert's")
  func published() throws {
    var random = RandomSource(seed: 5)
    let network = Self.start(&random)
    let folder = try TemporaryFolder()
    let path = try folder.file("expert.safetensors")
    let facts = ExpertFacts(
      tree: "t", bases: [], layer: ExpertFacts.LayerShape(name: "l", rows: 8, columns: 6),
      input: .full, output: .categories(labels: ["a", "b"], threshold: 0.5))
    try ExpertFile.write(facts, network.published, to: path)
    let expert = try ExpertFile.read(path)
    #expect(expert.members[0].network as? ProbeX == network.network as? ProbeX)
    #expect(expert.members[0].head == network.head)
  }

  @Test("random numbers are those of the published generator, and orders are permutations")
  func random() {
    // xoshiro256** seeded by SplitMix64(0), as the reference implementations give it.
    var source = RandomSource(seed: 0)
    #expect(
      (0..<3).map { _ in source.next() }
        == [0x99EC_5F36_CB75_F2B4, 0xBF6E_1F78_4956_452A, 0x1A5F_849D_4933_E6E0])
    let order = source.permutation(1000)
    #expect(order != Array(0..<1000) && order.sorted() == Array(0..<1000))
    #expect((0..<1000).allSatisfy { _ in abs(source.uniform(bound: 0.25)) <= 0.25 })
  }
}
