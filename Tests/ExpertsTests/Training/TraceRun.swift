import Checkpoints
import Experts
import Foundation
import Tensors
import TestSupport
import Testing

/// One run of `Golden/trace.py`: where PyTorch started, what it trained on, where it came to.
struct TraceRun: Decodable, CustomTestStringConvertible {
  let network: String
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
  let numbers: String
  let representations: String
  let rate: Float
  let decay: Float
  let temperature: Float
  let losses: [Double]
  let final: [String: String]

  static let (rows, columns, probes, projections, representation, hidden) = (6, 5, 4, 3, 7, 5)
  static let (models, labels, text) = (9, 3, 8)

  /// All of the file's; none when it cannot be read, which a test of their number notices.
  static let all: [TraceRun] = {
    let url = URL(filePath: Repository.path("Tests/ExpertsTests/Golden/trace.json"))
    let runs = (try? Data(contentsOf: url)).map { data in
      try? JSONDecoder().decode([TraceRun].self, from: data)
    }
    return (runs ?? nil) ?? []
  }()

  var testDescription: String { "\(network), \(kind), rank \(rank)" }

  /// The layers of its models.
  func modelLayers() throws -> [Layer] {
    let (rows, columns) = (Self.rows, Self.columns)
    func matrix(_ values: [Float], _ model: Int, _ rows: Int, _ columns: Int) -> Matrix {
      let count = rows * columns
      return Matrix(
        rows: rows, columns: columns,
        values: Array(values[model * count..<(model + 1) * count]))
    }
    if let layers {
      let values = try Golden.floats(layers)
      return (0..<Self.models).map { .full(matrix(values, $0, rows, columns)) }
    }
    let ups = try Golden.floats(try #require(up))
    let downs = try Golden.floats(try #require(down))
    return try (0..<Self.models).map { model in
      .lowRank(
        LowRank(
          scale: try #require(scale), up: matrix(ups, model, rows, rank),
          down: matrix(downs, model, rank, columns)))
    }
  }

  /// The network's sizes.
  func design() throws -> any NetworkDesign {
    let (rows, columns) = (Self.rows, Self.columns)
    switch try #require(NetworkKind(rawValue: network)) {
    case .probeX:
      return ProbeXDesign(
        rows: rows, columns: columns, probes: Self.probes, projections: Self.projections,
        dimension: Self.representation)
    case .mvProbe:
      return MVProbeDesign(
        rows: rows, columns: columns, probes: Self.probes, projections: Self.projections,
        dimension: Self.representation)
    case .dense: return DenseDesign(rows: rows, columns: columns)
    case .statNN:
      return StatNNDesign(
        rows: rows, columns: columns, hidden: Self.hidden, dimension: Self.representation,
        norm: StatisticsNorm(of: try modelLayers().map(WeightStatistics.init)))
    case .logGram, .direction: preconditionFailure("it is learnt in closed form")
    }
  }

  /// PyTorch's names in the order of the design's tensors.
  private var names: [String] {
    switch network {
    case "probex":
      [
        "probes.weight", "shared_probe_proj.weight", "per_probe_encoders.weight",
        "per_probe_encoders.bias",
      ]
    case "mvprobe":
      ["xu", "xxtu", "xtu", "xtxu"].map { "probes_\($0).weight" }
        + ["row", "row2", "col", "col2"].map { "shared_probe_proj_\($0).weight" }
        + ["concat_all4_encoder.weight", "concat_all4_encoder.bias"]
    case "statnn": ["hidden.weight", "hidden.bias", "encoder.weight", "encoder.bias"]
    default: []
    }
  }

  /// The network over PyTorch's tensors, before the first step or after the last.
  func trainable(_ tensors: [String: String]) throws -> TrainableNetwork {
    func floats(_ name: String) throws -> [Float] {
      let values = try Golden.floats(try #require(tensors[name]))
      // Encoders of responses are kept turned.
      guard name == "per_probe_encoders.weight" || name == "concat_all4_encoder.weight" else {
        return values
      }
      let inputs = values.count / Self.representation
      return Matrix(rows: Self.representation, columns: inputs, values: values).transposed().values
    }
    let learned = kind == "text, learned" ? ["log_temperature"] : []
    return TrainableNetwork(
      try design(), try task(),
      tensors: try (names + ["head.weight", "head.bias"] + learned).map(floats))
  }

  private func task() throws -> TrainingTask {
    let embeddings = Matrix(
      rows: Self.labels, columns: Self.text, values: try Golden.floats(embeddings))
    return switch kind {
    case "categories": .categories(labels: Self.labels)
    case "text": .text(embeddings: embeddings, .fixed(temperature))
    case "text, learned": .text(embeddings: embeddings, .learned(from: temperature))
    case "choice": .choice(labels: Self.labels)
    default: .number
    }
  }

  /// The right answers.
  func trainingTargets() throws -> TrainingTargets {
    switch kind {
    case "categories":
      .categories(
        Matrix(rows: Self.models, columns: Self.labels, values: try Golden.floats(answers)))
    case "number": .numbers(try Golden.floats(numbers))
    default: .oneOf(targets)
    }
  }
}
