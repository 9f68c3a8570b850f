import Checkpoints
import Experts
import JSON
import Tensors

/// Small experts of several members, which no file of the repository has: a centred ProbeX on one
/// layer, a normalised MVProbe on another, a StatNN on the first again and a dense reader.
struct MemberFixture {
  static let shapes = [
    ExpertFacts.LayerShape(name: "layer.0.query", rows: 6, columns: 5),
    ExpertFacts.LayerShape(name: "layer.1.output", rows: 4, columns: 7),
  ]
  static let readings = [
    ExpertFacts.Reading(layer: shapes[0], inputScale: 1.5, isCentred: true, weight: 3),
    ExpertFacts.Reading(
      layer: shapes[1], network: .mvProbe, inputScale: -0.1, isNormalised: true, weight: 1),
    ExpertFacts.Reading(layer: shapes[0], network: .statNN, weight: 0.5),
    ExpertFacts.Reading(layer: shapes[1], network: .dense, weight: 0.7),
  ]
  static let embeddings = matrix(5, 9, seed: 77)

  let facts: ExpertFacts
  let members: [TrainableNetwork]

  /// Members for the given readings with the given output.
  init(
    _ output: ExpertFacts.Output, readings: some Collection<ExpertFacts.Reading> = readings,
    calibration: ExpertFacts.Calibration = .none, abstention: ExpertFacts.Abstention? = nil
  ) {
    facts = ExpertFacts(
      tree: "tree", bases: ["org/base"], readings: Array(readings), input: .full, output: output,
      calibration: calibration, abstention: abstention, training: ["epoch": "7"])
    let task = Self.task(output)
    members = facts.readings.enumerated().map { place, reading in
      var generator = RandomSource(seed: UInt64(place))
      let centre = Self.matrix(reading.layer.rows, reading.layer.columns, seed: 50)
      return TrainableNetwork(
        Self.design(reading), task,
        preparation: InputPreparation(
          centre: reading.isCentred ? centre : nil, scale: reading.inputScale,
          isNormalised: reading.isNormalised),
        generator: &generator)
    }
  }

  private static func task(_ output: ExpertFacts.Output) -> TrainingTask {
    switch output {
    case .categories(let labels, _): .categories(labels: labels.count)
    case .choice(let labels): .choice(labels: labels.count)
    case .number: .number
    case .text(_, let temperature, _): .text(embeddings: embeddings, .fixed(temperature))
    }
  }

  private static func design(_ reading: ExpertFacts.Reading) -> any NetworkDesign {
    let (rows, columns) = (reading.layer.rows, reading.layer.columns)
    switch reading.network {
    case .probeX:
      return ProbeXDesign(rows: rows, columns: columns, probes: 3, projections: 2, dimension: 8)
    case .mvProbe:
      return MVProbeDesign(rows: rows, columns: columns, probes: 2, projections: 3, dimension: 6)
    case .dense: return DenseDesign(rows: rows, columns: columns)
    case .statNN:
      let models = (0..<4).map { WeightStatistics(matrix(rows, columns, seed: $0)) }
      return StatNNDesign(
        rows: rows, columns: columns, hidden: 5, dimension: 4, norm: StatisticsNorm(of: models))
    case .logGram, .direction: preconditionFailure("it is learnt in closed form")
    }
  }

  static func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = RandomSource(seed: seed)
    return Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { _ in generator.uniform(bound: 1) })
  }

  /// The tensors of all members as the file holds them.
  var tensors: [SafetensorsWriter.Tensor] {
    members.enumerated().flatMap { place, member in
      let prefix = NetworkTensors.prefix(place, of: members.count)
      return member.published.map { tensor in
        SafetensorsWriter.Tensor(
          name: prefix + tensor.name, type: tensor.type, shape: tensor.shape, bytes: tensor.bytes)
      }
    }
  }

  /// Two models: for each member the layers that it reads.
  var layers: [[Layer]] {
    facts.readings.map { reading in
      (0..<2).map { model in
        .full(
          Self.matrix(
            reading.layer.rows, reading.layer.columns,
            seed: 100 + UInt64(reading.layer.rows) + model))
      }
    }
  }
}
