import Checkpoints
import Experts
import Foundation
import Tensors
import TestSupport
import Testing

/// Training against PyTorch: the same start, the same ten steps, the same losses.
@Suite struct TraceTests {
  struct Run: Decodable {
    let kind: String
    let rank: Int
    let tensors: [String: String]
    let layers: String?
    let up: String?
    let down: String?
    let scale: Float?
    let embeddings: String
    let targets: [Int]
    let answers: String
    let rate: Float
    let decay: Float
    let temperature: Float
    let losses: [Double]
    let final: [String: String]
  }

  static let (rows, columns, probes, projections, representation) = (6, 5, 4, 3, 7)
  static let (models, labels, text) = (9, 3, 8)

  static func runs() throws -> [Run] {
    let url = URL(filePath: Repository.path("Tests/ExpertsTests/Golden/trace.json"))
    return try JSONDecoder().decode([Run].self, from: try Data(contentsOf: url))
  }

  static func layers(_ run: Run) throws -> [Layer] {
    if let layers = run.layers {
      let values = try Golden.floats(layers)
      return (0..<models).map { model in
        let count = rows * columns
        return .full(
          Matrix(
            rows: rows, columns: columns,
            values: Array(values[model * count..<(model + 1) * count])))
      }
    }
    let up = try Golden.floats(try #require(run.up))
    let down = try Golden.floats(try #require(run.down))
    let (a, b) = (run.rank * columns, rows * run.rank)
    return try (0..<models).map { model in
      .lowRank(
        LowRank(
          scale: try #require(run.scale),
          up: Matrix(
            rows: rows, columns: run.rank, values: Array(up[model * b..<(model + 1) * b])),
          down: Matrix(
            rows: run.rank, columns: columns, values: Array(down[model * a..<(model + 1) * a]))))
    }
  }

  static func network(_ run: Run, _ tensors: [String: String]) throws -> TrainableNetwork {
    func floats(_ name: String) throws -> [Float] { try Golden.floats(try #require(tensors[name])) }
    let encoder = Matrix(
      rows: representation, columns: probes * projections,
      values: try floats("per_probe_encoders.weight"))
    let embeddings = Matrix(rows: labels, columns: text, values: try Golden.floats(run.embeddings))
    return TrainableNetwork(
      ProbeXDesign(
        rows: rows, columns: columns, probes: probes, projections: projections,
        dimension: representation),
      run.kind == "categories"
        ? .categories(labels: labels)
        : .text(embeddings: embeddings, .fixed(run.temperature)),
      tensors: [
        try floats("probes.weight"), try floats("shared_probe_proj.weight"),
        encoder.transposed().values, try floats("per_probe_encoders.bias"),
        try floats("head.weight"), try floats("head.bias"),
      ])
  }

  static func targets(_ run: Run) throws -> TrainingTargets {
    run.kind == "categories"
      ? .categories(
        Matrix(rows: models, columns: labels, values: try Golden.floats(run.answers)))
      : .oneOf(run.targets)
  }

  @Test("ten steps give PyTorch's losses and tensors", arguments: 0..<4)
  func trace(_ index: Int) throws {
    let run = try Self.runs()[index]
    let layers = try Self.layers(run)
    let targets = try Self.targets(run)
    var network = try Self.network(run, run.tensors)
    var adam = Adam(
      Adam.Settings(rate: run.rate, weightDecay: run.decay), sizes: network.tensors.map(\.count))
    for expected in run.losses {
      let (loss, gradients) = network.gradient(layers, targets, batch: Self.models)
      #expect(abs(loss - expected) < 1e-5 * max(1, expected))
      adam.step(&network.tensors, gradients)
    }
    let final = try Self.network(run, run.final)
    for (ours, theirs) in zip(network.tensors, final.tensors) {
      #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) < 2e-4 })
    }
  }

  @Test("every gradient agrees with finite differences", arguments: 0..<4)
  func finiteDifferences(_ index: Int) throws {
    let run = try Self.runs()[index]
    let layers = try Self.layers(run)
    let targets = try Self.targets(run)
    let network = try Self.network(run, run.tensors)
    let (_, gradients) = network.gradient(layers, targets, batch: Self.models)
    func slope(_ place: Int, _ index: Int, step: Float) -> Double {
      var (above, below) = (network, network)
      above.tensors[place][index] += step
      below.tensors[place][index] -= step
      return
        (above.gradient(layers, targets, batch: Self.models).loss
        - below.gradient(layers, targets, batch: Self.models).loss) / Double(2 * step)
    }
    for place in gradients.indices {
      for index in gradients[place].indices {
        // Single precision leaves about 1e-3 of a slope near 1 at the smaller step. A response near
        // zero may pass the kink of its ReLU between the two points; a smaller step misses it.
        let errors = [1e-3, 1e-4, 3e-5].lazy.map { step in
          abs(slope(place, index, step: Float(step)) - Double(gradients[place][index]))
        }
        #expect(errors.contains { $0 < 5e-3 }, "tensor \(place), number \(index)")
      }
    }
  }

  @Test("shards of a batch add up to the batch, whole matrices or factors", arguments: 0..<4)
  func shards(_ index: Int) throws {
    let run = try Self.runs()[index]
    let layers = try Self.layers(run)
    let network = try Self.network(run, run.tensors)
    let data = TrainingSplit(
      layers: layers.map { StoredLayer($0, storedAs: .f32) }, targets: try Self.targets(run))
    var results: [[[Float]]] = []
    for threads in [1, 2] {
      var random = RandomSource(seed: 7)
      let settings = TrainingSettings(
        epochs: 3, batch: 4, seed: 7, adam: Adam.Settings(rate: 1e-2, weightDecay: 1e-3),
        threads: threads)
      let result = try Trainer.train(
        network, on: data, validation: data, settings, generator: &random)
      #expect(result.losses.count == 9)
      results.append(result.network.tensors)
    }
    #expect(results[0] == results[1])
  }
}
